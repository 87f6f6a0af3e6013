// The board: strategies as columns that grow together. It reads a log that only grows (app/decoding/board.py): each
// line is read once. Pointing at a token tells its numbers; a click or Enter chooses its step.
(() => {
  "use strict";
  const decoding = ((window.glassworks ??= {}).decoding ??= {});
  const make = (...given) => window.glassworks.attention.make(...given);
  const HINT = "Point at a token for its numbers; choose it to open its step below.";
  const STOPPED = "Stopped before the end: point at a token for its numbers. Only a finished run opens its steps.";
  const SURPRISALS = [0.1, 0.7, 1.6, 2.3, 3, 4.6, 6.9]; // nats: 90, 50, 20, 10, 5, 1, 0.1 %
  const RANKS = [2, 4, 11, 31, 101, 301, 1001];
  const ENTROPIES = [0.5, 1, 1.5, 2, 3, 4, 5];
  const percent = (value) => `${+(100 * value).toPrecision(1)} %`;
  const COLOURS = {
    none: { title: "None" },
    probability: { title: "Probability", limits: SURPRISALS, value: ({ logProb }) => (logProb === null ? null : -logProb),
      scale: ["probability", (limit) => percent(Math.exp(-limit)), ["100 %", ""]] },
    rank: { title: "Rank", limits: RANKS, value: ({ rank }) => rank, scale: ["rank", (limit) => String(limit), ["1", ""]] },
    entropy: { title: "Entropy", limits: ENTROPIES, value: ({ entropy }) => entropy, scale: ["entropy in nats", (limit) => String(limit), ["0", ""]] },
  };

  class DecodingBoard {
    constructor(element, props, trigger, about) {
      Object.assign(this, { element, props, trigger, about, by: "none", chosen: null });
      this.listen();
      this.forget();
      this.read();
    }

    get house() {
      return window.glassworks;
    }

    // --- the log -----------------------------------------------------------------------------------------------
    forget() {
      Object.assign(this, { head: "", taken: 0, columns: [], end: null, chosen: null });
    }

    read() {
      const log = this.props.value ?? "";
      if (!log) return this.empty();
      const lines = log.split("\n");
      if (lines[0] !== this.head) this.begin(lines[0]);
      const began = performance.now();
      for (const line of lines.slice(this.taken)) this.take(JSON.parse(line));
      this.taken = lines.length;
      for (const column of this.columns) {
        column.part(this.columns[0]);
        column.settle();
      }
      if (this.end) this.finish(this.end);
      performance.measure("glassworks decoding update", { start: began });
    }

    finish({ outcomes, faults }) {
      for (const outcome of outcomes) this.columns[outcome.column].ended(outcome);
      faults.forEach((words, column) => words && this.columns[column].failed(words));
    }

    begin(line) {
      this.forget();
      this.head = line;
      this.taken = 1;
      this.run = JSON.parse(line);
      this.columns = this.run.columns.map((told, at) => new decoding.Column(this, at, told));
      this.build();
    }

    take(told) {
      if (Array.isArray(told)) this.columns[told[0]].take(told);
      else {
        this.end = told;
        this.frame.dataset.state = told.state;
        if (told.state === "stopped") this.told.replaceChildren(STOPPED);
      }
    }

    // --- the frame ---------------------------------------------------------------------------------------------
    build() {
      const { attention } = this.house;
      const colours = attention.choice("Colour", Object.entries(COLOURS).map(([name, { title }]) => [name, title]), this.by, (name) => {
        this.by = name;
        this.legend();
        for (const column of this.columns) column.repaint();
      });
      this.scale = make("div", "gw-board-scale");
      this.legend();
      const saving = make("div", "gw-board-saving",
        attention.button("Download .json", () => this.house.saveData(decoding.asJson(this.run, this.columns), "decoding.json")),
        attention.button("Download .csv", () => this.house.saveData(decoding.asCsv(this.columns), "decoding.csv")));
      this.told = make("p", "gw-board-told", HINT);
      this.told.setAttribute("aria-live", "polite");
      const columns = make("div", "gw-columns", ...this.columns.map(({ element }) => element));
      columns.tabIndex = 0;
      columns.setAttribute("role", "region");
      columns.setAttribute("aria-label", "Strategies side by side");
      const prompt = make("p", "gw-columns-prompt", make("span", "gw-prompt", decoding.shown(this.run.prompt)));
      const bar = make("div", "gw-board-bar", make("span", "gw-board-bar-name", "Colour"), colours, this.scale);
      this.frame = make("div", "gw-decoding", prompt, ...this.lesson(), bar, this.told, columns, this.curves(), saving, this.gallery("Another failure:"));
      this.frame.dataset.state = "writing";
      this.frame.dataset.run = this.run.run;
      this.element.replaceChildren(this.frame);
    }

    curves() {
      const name = (style, words) => make("span", "", make("i", `gw-curve-key gw-curve-key-${style}`), words);
      const parts = this.columns.length > 1 ? [make("span", "", make("i", "gw-parts-key", "≠"), "leaves column 1")] : [];
      const drafts = this.run.columns.some(({ parameters }) => "num_draft_tokens" in parameters)
        ? [make("span", "", make("u", "gw-accepted", "draft token"), " accepted, or ", make("del", "gw-refused", "refused"))] : [];
      return make("p", "gw-curve-legend", name("surprisal", "surprisal of the token, in nats"), name("entropy", "entropy of its step"),
        ...parts, ...drafts);
    }

    // What there is to see in a failure of the gallery, when this run is one.
    lesson() {
      const names = JSON.stringify(this.run.columns.map(({ name }) => name));
      const one = this.about.failures.find(({ prompt, strategies }) => prompt === this.run.prompt && JSON.stringify(strategies) === names);
      return one ? [make("p", "gw-board-lesson", make("b", "", `${one.title}. `), one.words)] : [];
    }

    gallery(title) {
      const chips = this.about.failures.map(({ key, title: name, words }) => {
        const chip = Object.assign(make("button", "gw-try", name), { type: "button", title: words });
        chip.dataset.failure = key;
        return chip;
      });
      return make("div", "gw-board-gallery gw-tries", make("span", "", title), ...chips);
    }

    empty() {
      this.forget();
      const examples = this.about.examples.map((text) => {
        const one = Object.assign(make("button", "gw-example", `${text} …`), { type: "button" });
        one.dataset.example = text;
        return one;
      });
      const failures = this.about.failures.map(({ key, title, words }) => {
        const one = Object.assign(make("button", "gw-failure", make("b", "", title), make("span", "", words)), { type: "button" });
        one.dataset.failure = key;
        return one;
      });
      this.element.replaceChildren(make("div", "gw-paper gw-empty gw-board-empty", make("p", "gw-empty-title", "Nothing written yet."),
        make("p", "", "Write a prompt and press Generate, or begin with one of these:"), ...examples,
        make("p", "gw-board-failures-title", "Or reproduce a failure:"), make("div", "gw-failures", ...failures)));
    }

    legend() {
      const { scale } = COLOURS[this.by];
      this.scale.replaceChildren(...(scale ? [this.house.attention.scale(scale[0], COLOURS[this.by].limits, scale[1], scale[2])] : []));
    }

    paint(node, token) {
      const { limits, value } = COLOURS[this.by];
      if (limits) return this.house.attention.colour(node, value(token), limits);
      node.classList.remove("gw-step");
      delete node.dataset.step;
      return node;
    }

    // --- pointing and choosing ---------------------------------------------------------------------------------
    listen() {
      const piece = (event) => event.target.closest?.(".gw-piece");
      const over = (event) => piece(event) && this.tell(this.columnOf(piece(event)), +piece(event).dataset.at);
      this.element.addEventListener("pointerover", over);
      this.element.addEventListener("focusin", over);
      this.element.addEventListener("keydown", (event) => this.key(event, piece(event)));
      this.element.addEventListener("click", (event) => this.pressed(event, piece(event)));
      // Other parts of the tab choose a step too; with `quiet` the server knows already.
      document.addEventListener("gw-decoding-choose", ({ detail }) => this.element.isConnected && this.choose(detail, detail.quiet));
    }

    columnOf(node) {
      return this.columns[+node.closest("[data-column]").dataset.column];
    }

    pressed(event, piece) {
      const { example, failure } = event.target.closest("button")?.dataset ?? {};
      if (example) this.trigger("example", { value: example });
      else if (failure) this.trigger("failure", { value: failure });
      else if (piece) this.choose({ column: this.columnOf(piece).at, sample: 0, position: +piece.dataset.at });
    }

    key(event, piece) {
      if (!piece || event.ctrlKey || event.metaKey || event.altKey) return;
      const column = this.columnOf(piece), at = +piece.dataset.at, last = column.nodes.length - 1;
      const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
      const beside = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (event.key === "Enter" || event.key === " ") piece.click();
      else if (to !== undefined) this.walk(column, Math.max(0, Math.min(last, to)));
      else if (beside) this.walk(this.columns[column.at + beside] ?? column, at);
      else return;
      event.preventDefault();
    }

    // Tab reaches one token of a column; the arrow keys go along its text, up and down to the column beside it.
    walk(column, at) {
      const node = column.nodes[Math.min(at, column.nodes.length - 1)];
      if (!node) return;
      const old = column.text.querySelector('[tabindex="0"]');
      if (old) old.tabIndex = -1;
      node.tabIndex = 0;
      node.focus();
    }

    tell(column, position) {
      this.pointed?.curve.mark(null);
      this.pointed?.nodes[this.lit]?.classList.remove("gw-lit");
      this.pointed = column;
      this.lit = position;
      column.curve.mark(position);
      if (position === null || !column.tokens[position]) return this.told.replaceChildren(this.end?.state === "stopped" ? STOPPED : HINT);
      column.nodes[position].classList.add("gw-lit");
      return this.told.replaceChildren(...this.words(column, position));
    }

    words(column, position) {
      const token = column.tokens[position], { share } = this.house.attention;
      const said = [`column ${decoding.ordinal(column.at)}, token ${position + 1}`];
      if (token.logProb !== null) said.push(`probability ${share(Math.exp(token.logProb))}`);
      if (token.rank !== null) said.push(`rank ${token.rank.toLocaleString("en")}`);
      if (token.logProb !== null) said.push(`surprisal ${(-token.logProb).toFixed(2)} nats`);
      if (token.entropy !== null) said.push(`entropy ${token.entropy.toFixed(2)} nats`);
      if (token.draft) said.push("proposed by the draft, accepted");
      if (token.refused) said.push(`instead of the draft's “${decoding.shown(token.refused)}”`);
      if (position === column.parted) said.push("here it leaves column 1");
      return [make("span", "gw-token", decoding.shown(token.text) || "∅"), ...said.map((one) => make("span", "", one))];
    }

    // Only a finished run is remembered step by step.
    choose({ column, sample, position }, quiet = false) {
      const open = this.end?.state === "done" && sample === 0 && !this.columns[column]?.fault;
      const node = open && this.columns[column]?.nodes[position];
      if (!node) return;
      this.chosen?.removeAttribute("aria-pressed");
      node.setAttribute("aria-pressed", "true");
      this.chosen = node;
      if (quiet) return;
      // The open step goes there at once, also where the server still holds this very token.
      document.dispatchEvent(new CustomEvent("gw-decoding-choose", { detail: { column, sample, position, quiet: true } }));
      this.trigger("select", { value: { column, sample, position } });
    }
  }

  // Called by the component as it is mounted.
  decoding.board = (element, props, trigger, watch, about) => {
    const board = new DecodingBoard(element, props, trigger, about);
    watch("value", () => board.read());
  };
})();
