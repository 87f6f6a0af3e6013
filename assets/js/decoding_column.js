// One column of the board: a strategy with the settings that count, its text token by token, its curve, its
// measures. What comes is put behind what is there; nothing is built twice. All of it is drawn as text.
(() => {
  "use strict";
  const decoding = ((window.glassworks ??= {}).decoding ??= {});
  const make = (...given) => window.glassworks.attention.make(...given);
  const REASONS = { eos: "it ended the text", length: "all tokens made", context: "the context is full",
    constraint: "nothing more fits the constraint" };
  const rounded = (value, digits = 3) => (value === null || value === undefined ? "–" : String(+value.toPrecision(digits)));
  const part = (value) => (value === null ? "–" : `${(100 * value).toFixed(0)} %`);
  const MEASURES = [
    ["Perplexity", ({ perplexity }) => rounded(perplexity), "Of the text under the model; lower is likelier."],
    ["Judge's", ({ judge_perplexity: judged }) => (judged === null ? "" : rounded(judged)), "Perplexity under the second model."],
    ["Distinct-1/2/3", (one) => [one.distinct_1, one.distinct_2, one.distinct_3].map((n) => rounded(n, 2)).join(" / "),
      "The part of distinct n-grams (Li et al., 2016)."],
    ["Repetition", ({ repetition }) => part(repetition), "The part of 4-grams that occurred before."],
    ["Accepted", ({ drafted, accepted }) => (drafted ? `${accepted} of ${drafted}` : ""), "Draft tokens that were accepted, of those proposed."],
    ["Forwards", ({ forwards }) => String(forwards), "Of the model, that this text took part in."],
    ["Log-probability", ({ score }) => (score === null ? "" : rounded(score)), "The score by which this beam won."],
    ["Speed", (one) => `${rounded(one.tokens_per_second)} tokens/s`, "In this run, all columns beside it."],
    ["First token", ({ first_seconds: first }) => (first === null ? "–" : `${(1000 * first).toFixed(0)} ms`), "From the first forward on."],
  ];

  // Prose with what cannot be seen made visible; a line's end stays one.
  const shown = (text) => text.replace(/[^\P{C}\n]|[^\P{Z} ]/gu, (sign) => {
    const code = sign.codePointAt(0);
    return code < 32 ? String.fromCodePoint(0x2400 + code) : `[U+${code.toString(16).toUpperCase().padStart(4, "0")}]`;
  }).replaceAll("\n", "⏎\n");

  class DecodingColumn {
    constructor(board, at, told) {
      Object.assign(this, { board, at, told, tokens: [], nodes: [], parted: -1, dirty: false });
      this.name = `${decoding.ordinal(at)}: ${told.title}`;
      this.text = make("div", "gw-column-text");
      this.text.setAttribute("role", "group");
      this.text.setAttribute("aria-label", `${this.name}, its text token by token`);
      this.curve = new decoding.Curve(`Entropy and surprisal along ${this.name}`, (position) => board.tell(this, position));
      this.count = make("small", "gw-column-count");
      this.measures = make("dl", "gw-column-measures");
      this.note = make("p", "gw-column-note");
      this.element = make("article", "gw-column", this.head(), make("div", "gw-column-scroll", this.text), this.curve.element, this.note, this.measures, this.taking());
      this.element.dataset.column = at;
      this.element.setAttribute("aria-label", this.name);
    }

    head() {
      const chip = ([label, value]) => make("span", "gw-setting", `${label} `, make("b", "", value));
      const on = this.told.settings.filter(([, , off]) => !off), off = this.told.settings.filter(([, , idle]) => idle);
      const title = make("h3", "", make("b", "gw-ordinal", decoding.ordinal(this.at)), this.told.title, this.count);
      title.title = this.told.words;
      const settings = make("div", "gw-column-settings", ...on.map(chip));
      if (!on.length) settings.append(make("span", "gw-setting", this.told.draws ? "nothing cut" : "no settings"));
      if (!off.length) return make("header", "", title, settings);
      return make("header", "", title, settings, make("details", "gw-column-off", make("summary", "", `${off.length} more, off`), ...off.map(chip)));
    }

    taking() {
      const copy = window.glassworks.attention.button("Copy", () => this.board.house.copy(this.whole, "Text copied"), "Copy the text");
      const save = window.glassworks.attention.button(".txt", () => this.board.house.saveData(this.whole, `${decoding.ordinal(this.at)}-${this.told.name}.txt`),
        "Download the text");
      return make("div", "gw-column-taking", copy, save);
    }

    get whole() {
      return this.outcome ? this.outcome.text : this.tokens.map(({ text }) => text).join("");
    }

    // --- what comes --------------------------------------------------------------------------------------------
    // A beam search may say another beginning than before: then what follows `first` is taken back.
    take([, first, ids, texts, logProbs, ranks, entropies, drafts = [], refused = {}]) {
      for (const node of this.nodes.splice(first)) {
        node.refused?.remove();
        node.remove();
      }
      this.tokens.length = Math.min(this.tokens.length, first);
      if (this.parted >= first) this.parted = -1; // its mark went with its node
      const coming = document.createDocumentFragment();
      ids.forEach((id, i) => {
        const at = first + i;
        const token = { id, text: texts[i], logProb: logProbs[i], rank: ranks[i] ?? null, entropy: entropies[i] ?? null,
          draft: drafts.includes(at), refused: refused[at] ?? "" };
        this.tokens.push(token);
        const node = this.node(token, at);
        this.nodes.push(node);
        coming.append(...(node.refused ? [node.refused, node] : [node]));
      });
      this.text.append(coming);
      if (this.nodes[0]) this.nodes[0].tabIndex = 0;
      this.dirty = true;
    }

    node(token, at) {
      const node = make("span", "gw-piece", shown(token.text) || "∅");
      node.dataset.at = at;
      node.tabIndex = -1;
      node.setAttribute("role", "button");
      if (!token.text) node.classList.add("gw-nothing");
      if (token.draft) node.classList.add("gw-accepted");
      if (token.refused) {
        node.refused = make("del", "gw-refused", shown(token.refused));
        node.refused.title = "Proposed by the draft, and refused";
      }
      return this.board.paint(node, token);
    }

    // Once an update, however many lines of the log it brought.
    settle() {
      if (!this.dirty) return;
      this.dirty = false;
      const { tokens } = this;
      this.count.textContent = `${tokens.length} token${tokens.length === 1 ? "" : "s"}`;
      this.curve.draw({
        surprisals: tokens.map(({ logProb }) => (logProb === null ? null : -logProb)),
        entropies: tokens.map(({ entropy }) => entropy),
      });
    }

    repaint() {
      this.nodes.forEach((node, at) => this.board.paint(node, this.tokens[at]));
    }

    // Where this text leaves that of the first column.
    part(first) {
      if (first === this) return;
      const known = Math.min(first.tokens.length, this.tokens.length);
      let at = 0;
      while (at < known && first.tokens[at].id === this.tokens[at].id) at++;
      if (at === known) at = -1;
      if (at === this.parted) return;
      this.nodes[this.parted]?.classList.remove("gw-parts");
      this.nodes[at]?.classList.add("gw-parts");
      this.parted = at;
    }

    // The strategy could not go on: what it wrote stays, without measures and without steps to open.
    failed(words) {
      this.fault = words;
      this.note.classList.add("gw-column-fault");
      this.note.textContent = words;
    }

    ended(outcome) {
      this.outcome = outcome;
      const last = this.nodes.at(-1);
      if (outcome.reason === "eos" && last?.textContent === "∅") last.textContent = "■";
      const parts = this.at === 0 ? "" : this.parted < 0 ? "the same text as column 1" : `leaves column 1 at token ${this.parted + 1}`;
      this.note.textContent = [REASONS[outcome.reason] ?? outcome.reason, parts].filter(Boolean).join("; ");
      this.measures.replaceChildren(...MEASURES.map(([name, told, words]) => [name, told(outcome), words])
        .filter(([, value]) => value).map(([name, value, words]) => {
          const row = make("div", "", make("dt", "", name), make("dd", "", value));
          row.title = words;
          return row;
        }));
    }
  }

  Object.assign(decoding, { Column: DecodingColumn, shown });
})();
