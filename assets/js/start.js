// The story of the Start tab: a text token by token, the words that each place could have had, and a choice of another.
// It reads a log that only grows (app/start/story.py), a kept one and a live one alike. All of it is drawn as text.
(() => {
  "use strict";
  const house = (window.glassworks ??= {});
  const start = (house.start ??= {});
  const make = (...given) => house.attention.make(...given);
  const SURPRISALS = [0.1, 0.7, 1.6, 2.3, 3, 4.6, 6.9]; // nats: 90, 50, 20, 10, 5, 1, 0.1 %
  const BEFORE = 34; // characters before a place that are quoted
  const EARLY = 24; // tokens among which the first place to look at is sought
  const ENDS = { eos: "it ended the story itself", length: "cut there", context: "the model reads no more" };
  const seed = () => Math.floor(Math.random() * 2 ** 31);
  const named = (type, label, act) => Object.assign(make("button", "", label), { type, onclick: act ?? null });

  class Story {
    constructor(element, props, trigger) {
      Object.assign(this, { element, props, trigger, mark: "kept", head: "", past: [], nodes: [], kept: [], at: null });
      this.build();
      this.read();
    }

    // --- the log ---------------------------------------------------------------------------------------------
    read() {
      const lines = (this.props.value ?? "").split("\n");
      if (!lines[0] || JSON.parse(lines[0]).mark !== this.mark) return; // of a story that nobody waits for any more
      if (lines[0] !== this.head) this.begin(lines[0]);
      for (const line of lines.slice(this.taken)) this.take(JSON.parse(line));
      this.taken = lines.length;
      this.draw();
    }

    begin(line) {
      Object.assign(this, { head: line, taken: 1 });
      this.told = { ...JSON.parse(line), tokens: [...this.kept], state: "waiting" };
    }

    take(told) {
      if (!Array.isArray(told)) return Object.assign(this.told, told);
      const [at, id, text, share, candidates] = told;
      this.told.tokens[at] = { id, text, share, candidates };
      this.told.state = "writing";
      return null;
    }

    // --- the frame -------------------------------------------------------------------------------------------
    build() {
      this.beginning = Object.assign(make("input"), { maxLength: 300, autocomplete: "off", name: "beginning" });
      this.back = named("button", "Take back", () => this.takeBack());
      const form = make("form", "gw-story-begin", make("label", "", "A story that begins", this.beginning),
        named("submit", "Write it anew"), this.back);
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        this.ask(this.beginning.value, seed(), []);
      });
      this.text = make("div", "gw-paper");
      this.text.setAttribute("role", "group");
      this.text.setAttribute("aria-label", "The story, token by token");
      this.text.addEventListener("click", ({ target }) => target.closest(".gw-story-token") && this.open(+target.closest(".gw-story-token").dataset.at));
      this.text.addEventListener("keydown", (event) => this.key(event));
      this.words = make("div", "gw-story-words");
      this.words.setAttribute("role", "region");
      this.words.setAttribute("aria-label", "What could stand here");
      this.status = make("div");
      this.link = make("a", "", "Look closer in Decoding");
      const foot = make("div", "gw-story-foot", this.status, this.link);
      this.frame = make("div", "gw-story", form, this.text, this.words, foot);
      this.element.replaceChildren(this.frame);
    }

    draw() {
      const { told } = this, busy = !["done", "stopped", "failed"].includes(told.state);
      this.frame.dataset.state = told.state;
      this.frame.dataset.mark = told.mark;
      if (document.activeElement !== this.beginning) this.beginning.value = told.prompt;
      this.back.disabled = !this.past.length;
      this.prompt ??= this.text.appendChild(make("span", "gw-prompt"));
      this.prompt.textContent = told.prompt;
      told.tokens.forEach((token, at) => this.put(token, at));
      for (const node of this.nodes.splice(told.tokens.length)) node.remove();
      if (this.at === null && (!busy || told.tokens.length > EARLY)) this.at = this.unsure();
      this.drawWords();
      this.tell();
      const query = { tab: "decoding", prompt: told.prompt, seed: told.seed,
        strategies: JSON.stringify([{ name: "temperature", parameters: { temperature: told.temperature } }, { name: "greedy" }]) };
      this.link.href = `./?${new URLSearchParams(query)}`;
    }

    put(token, at) {
      if (this.nodes[at]?.token === token) return;
      const shown = house.decoding.shown(token.text) || "■ end", node = make("span", `gw-story-token${token.mine ? " gw-mine" : ""}`, shown);
      if (!token.text) node.classList.add("gw-nothing");
      node.dataset.at = at;
      node.setAttribute("role", "button");
      node.tabIndex = at ? -1 : 0;
      node.token = token;
      if (!token.mine) house.attention.colour(node, -Math.log(token.share), SURPRISALS);
      if (this.nodes[at]) this.nodes[at].replaceWith(node);
      else this.text.append(node);
      this.nodes[at] = node;
    }

    // Where the model was least sure, near the beginning: what to look at first.
    unsure() {
      const shares = this.told.tokens.slice(0, EARLY).map(({ share }) => share);
      return shares.length ? shares.indexOf(Math.min(...shares)) : null;
    }

    tell() {
      const { told } = this, { state } = told, numbers = [];
      const heads = { waiting: "Reading the beginning …", loading: "The model is being loaded …", writing: "Writing …",
        done: `Written by ${told.model} in ${told.seconds?.toFixed(1)} s`, stopped: "Stopped", failed: told.words };
      const kept = told.mark === "kept" && state === "done";
      if (state === "done") numbers.push(`${told.tokens.length} tokens, ${ENDS[told.reason] ?? "ended"}`, `temperature ${told.temperature}`, `seed ${told.seed}`);
      const headline = kept ? `Written earlier by ${told.model}` : heads[state];
      const line = make("div", "gw-status", make("span", "gw-dot"), make("strong", "", headline ?? ""), ...numbers.map((one) => make("span", "", one)));
      line.dataset.state = kept ? "idle" : state;
      line.setAttribute("role", state === "failed" ? "alert" : "status");
      if (this.status.textContent !== line.textContent) this.status.replaceChildren(line);
    }

    // --- another word ----------------------------------------------------------------------------------------
    open(at) {
      this.at = at;
      this.drawWords();
    }

    drawWords() {
      const token = this.told.tokens[this.at];
      for (const [at, node] of this.nodes.entries()) node.setAttribute("aria-pressed", String(at === this.at));
      if (token && this.shown === token) return null;
      this.shown = token;
      if (!token) return this.words.replaceChildren(make("p", "", "Choose a word to see what could stand in its place."));
      const before = this.told.prompt + this.told.tokens.slice(0, this.at).map(({ text }) => text).join("");
      const quoted = make("q", "", before.length > BEFORE ? `…${before.slice(-BEFORE).replace(/^\S*\s/, "")}` : before);
      const rest = 1 - token.candidates.reduce((sum, [, , share]) => sum + share, 0);
      const note = `All other tokens together: ${house.attention.share(Math.max(0, rest))}. Take another word, and the story goes on from it with the same luck. Words on a darker ground were less likely.`;
      return this.words.replaceChildren(make("h4", "", "After ", quoted, " the model says:"),
        make("ul", "", ...token.candidates.map((one) => this.candidate(token, one))), make("p", "", note));
    }

    candidate(token, [id, text, share]) {
      const word = (house.decoding.shown(text) || "■ end").trim() || "␣";
      const button = named("button", "", () => id !== token.id && this.choose(id, text, share));
      button.append(make("b", "", word), make("span", "", `${id === token.id ? "✓ " : ""}${house.attention.share(share)}`));
      button.style.setProperty("--share", `${100 * share}%`);
      if (id === token.id) button.setAttribute("aria-current", "true");
      return make("li", "", button);
    }

    choose(id, text, share) {
      const { at, told } = this, before = told.tokens.slice(0, at);
      const mine = { id, text, share, candidates: told.tokens[at].candidates, mine: true };
      this.ask(told.prompt, told.seed, [...before, mine], at);
    }

    ask(prompt, chosen, kept, at = null) {
      if (["done", "stopped"].includes(this.told.state)) this.past.push({ told: this.told, at: this.at });
      Object.assign(this, { mark: crypto.getRandomValues(new Uint32Array(2)).join("-"), kept, at });
      this.told = { ...this.told, mark: this.mark, prompt, seed: chosen, tokens: [...kept], state: "waiting", words: "", reason: "" };
      this.draw();
      this.trigger("write", { value: { mark: this.mark, prompt, seed: chosen, after: kept.map(({ id }) => id) } });
    }

    takeBack() {
      const { told, at } = this.past.pop();
      Object.assign(this, { told, at, mark: "", head: "" }); // what is still being written is not waited for
      this.draw();
    }

    key(event) {
      const at = this.nodes.indexOf(event.target), last = this.nodes.length - 1;
      const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
      if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Enter" || event.key === " ") this.open(at);
      else if (to !== undefined) this.walk(at, Math.max(0, Math.min(last, to)));
      else return;
      event.preventDefault();
    }

    walk(from, to) {
      this.nodes[from].tabIndex = -1;
      this.nodes[to].tabIndex = 0;
      this.nodes[to].focus();
    }
  }

  // Called by the component as it is mounted.
  start.story = (element, props, trigger, watch) => {
    const story = new Story(element, props, trigger);
    watch("value", () => story.read());
  };

  // A link to a tab chooses it in the page that is open, where its button stands there; else it is followed.
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element && event.target.closest("[data-select-tab]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const button = document.querySelector(`#gw-tabs [role="tab"]#tab-${CSS.escape(link.dataset.selectTab)}-button`);
    if (!button?.checkVisibility({ visibilityProperty: true })) return;
    event.preventDefault();
    button.click();
    button.focus();
    scrollTo({ top: 0 });
  });
})();
