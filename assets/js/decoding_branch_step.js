// The panel of a branch tree's token: what else the model would say there, a text of one's own, and going on.
(() => {
  "use strict";
  const house = (window.glassworks ??= {});
  const decoding = (house.decoding ??= {});
  const make = (...given) => house.attention.make(...given);
  const ROOT = 0, MOST = 1024, KEPT = 200;
  const glyphs = (text) => text.replaceAll(" ", "·").replaceAll("\n", "⏎").replaceAll("\t", "→").replace(/\p{C}/gu, "�") || "∅";

  class BranchStep {
    // `tree` is a BranchTree: it sends what is asked for.
    constructor(tree) {
      Object.assign(this, { tree, mode: "place", strategy: 0, count: 32, atOnce: true, kept: new Map(), asked: 0 });
      this.element = make("aside", "gw-branch-step");
      this.element.setAttribute("aria-label", "The chosen token");
    }

    // `node` is null while none is chosen.
    show(node) {
      const { data } = this.tree;
      this.node = node;
      if (!data || node === null) {
        const words = "Choose a token of the tree, or of the board above: what else could have stood there, and going on from it.";
        return this.element.replaceChildren(make("p", "gw-hint", words));
      }
      if (node === ROOT || data.isOver(node)) this.mode = node === ROOT ? "after" : "place";
      this.list = make("ol", "gw-branch-candidates");
      this.note = make("p", "gw-branch-note");
      this.note.setAttribute("aria-live", "polite");
      this.element.replaceChildren(this.head(), this.places(), this.list, this.note, this.typing(), this.going());
      return this.ask();
    }

    get base() {
      return this.mode === "after" ? this.node : this.tree.data.parent(this.node);
    }

    head() {
      if (this.node === ROOT) return make("h4", "", "After the prompt");
      const { text, logProb, rank, entropy, id } = this.tree.data.tokens.get(this.node);
      const facts = [["probability", house.attention.share(Math.exp(logProb))], ["rank", rank.toLocaleString("en")], ["entropy", `${entropy.toFixed(2)} nats`], ["id", String(id)]];
      return make("div", "", make("h4", "", make("span", "gw-token", glyphs(text))),
        make("p", "gw-branch-facts", ...facts.map(([name, value]) => make("span", "", `${name} `, make("b", "", value)))));
    }

    places() {
      const options = [];
      if (this.node !== ROOT) options.push(["place", "In its place"]);
      if (!this.tree.data.isOver(this.node)) options.push(["after", "After it"]);
      return house.attention.choice("Candidates", options, this.mode, (mode) => { this.mode = mode; this.ask(); });
    }

    async ask() {
      const { data } = this.tree, base = this.base, key = `${data.id} ${base}`, turn = ++this.asked;
      this.list.replaceChildren();
      this.note.textContent = "Asking the model …";
      try {
        if (!this.kept.has(key)) {
          this.kept.set(key, await house.attention.answerOf(this.tree.server.tree_candidates({ tree: data.id, node: base })));
          if (this.kept.size > KEPT) this.kept.delete(this.kept.keys().next().value);
        }
        if (turn === this.asked) this.draw(this.kept.get(key), base);
      } catch (fault) {
        if (turn === this.asked) this.note.textContent = fault.message;
      }
    }

    draw({ candidates, entropy }, base) {
      const { data } = this.tree;
      this.list.replaceChildren(...candidates.map(([id, text, probability]) => {
        const bar = make("i"), there = data.child(base, id);
        bar.style.width = `${100 * probability}%`;
        const button = make("button", "gw-branch-candidate", make("span", "gw-token", glyphs(text)), make("span", "gw-branch-bar", bar),
          make("span", "gw-branch-share", house.attention.share(probability)));
        button.type = "button";
        const is = there !== undefined;
        if (is) button.append(make("small", "", there === this.node ? "this one" : "in the tree"));
        button.setAttribute("aria-label", `${glyphs(text)}, ${house.attention.share(probability)}${is ? ", in the tree" : ", take it"}`);
        button.addEventListener("click", () => (is ? this.tree.select(there) : this.take({ do: "take", node: base, token: id })));
        return make("li", "", button);
      }));
      const shown = candidates.reduce((sum, [, , probability]) => sum + probability, 0);
      this.note.textContent = `${house.attention.share(Math.max(0, 1 - shown))} for all others; entropy ${entropy.toFixed(2)} nats. Press one to take it.`;
    }

    typing() {
      const input = make("input", "gw-branch-text");
      Object.assign(input, { type: "text", maxLength: 2000, placeholder: "A text of your own …" });
      input.setAttribute("aria-label", "A text of your own at this place; begin it with a space for a new word");
      const form = make("form", "gw-branch-typing", input, house.attention.button("Put in", () => form.requestSubmit()));
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        if (input.value) this.take({ do: "type", node: this.base, text: input.value });
      });
      return form;
    }

    take(asked) {
      const goesOn = this.atOnce && this.tree.data.strategies.length > 0;
      this.tree.send(asked, goesOn ? (node) => this.goOn(node) : null);
    }

    going() {
      const { strategies } = this.tree.data;
      if (!strategies.length) return make("p", "gw-hint", "To go on, add the texts of a run: its strategies then stand here.");
      const select = make("select"), count = make("input"), once = make("input");
      select.append(...strategies.map((title, at) => Object.assign(make("option", "", title), { value: at })));
      this.strategy = Math.min(this.strategy, strategies.length - 1);
      select.value = this.strategy;
      select.addEventListener("change", () => { this.strategy = +select.value; });
      Object.assign(count, { type: "number", min: 1, max: MOST, value: this.count });
      count.addEventListener("input", () => { this.count = +count.value; });
      Object.assign(once, { type: "checkbox", checked: this.atOnce });
      once.addEventListener("change", () => { this.atOnce = once.checked; });
      const button = house.attention.button("Go on from here", () => this.goOn(this.node));
      button.classList.add("gw-branch-go");
      button.disabled = this.tree.data.isOver(this.node);
      return make("div", "gw-branch-going", make("label", "", make("span", "", "Strategy"), select), make("label", "", make("span", "", "New tokens"), count),
        make("label", "gw-branch-once", once, "Go on as soon as one is taken"), button);
    }

    goOn(node) {
      this.tree.grow({ node, strategy: this.strategy, count: this.count });
    }
  }

  Object.assign(decoding, { BranchStep, glyphs });
})();
