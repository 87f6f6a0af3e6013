// A text that several models have read, cut where all of them cut it: each stretch coloured by what it cost one of
// them for a byte, or by how much more one needs than the first.
(() => {
  "use strict";
  const house = (window.glassworks ??= {});
  const COSTS = [0.1, 0.25, 0.5, 1, 1.5, 2.5, 4]; // bits a byte
  const GAPS = [0.5, 1.5, 4]; // bits of a stretch, to either side
  const SHOWN = 2048; // stretches drawn at once
  const HINT = "Point at a piece of the text, or walk with the arrow keys, for what it cost each model.";
  const WORDS = ["4 less", "1.5 less", "0.5 less", "alike", "0.5 more", "1.5 more", "4 more"];

  const bits = (value) => (value === null ? "not predicted" : `${value.toFixed(2)} bits`);

  // Which of the seven steps around zero a difference is on, from -3 to 3.
  const side = (value) => Math.sign(value) * GAPS.filter((limit) => Math.abs(value) >= limit).length;

  class LanguageText {
    constructor(element) {
      this.element = element;
    }

    adopt() {
      const data = house.attention.carried(this.element);
      if (!data || !data.models) return;
      this.data = data;
      this.end = Math.min(SHOWN, data.texts.length);
      this.views = this.viewsOf(data.models);
      this.view = Object.keys(this.views).at(-1);
      this.build();
      this.draw();
    }

    // Each model alone, then each other one beside the first.
    viewsOf(models) {
      const views = {};
      models.forEach((model, at) => { views[`cost${at}`] = { title: model.letter, at }; });
      models.slice(1).forEach((model, at) => { views[`gap${at + 1}`] = { title: `${model.letter} − ${models[0].letter}`, at: at + 1, gap: true }; });
      return views;
    }

    build() {
      const { make, button, choice } = house.attention;
      const titles = Object.entries(this.views).map(([name, { title }]) => [name, title]);
      const views = choice("Colour", titles, this.view, (name) => { this.view = name; this.draw(); });
      this.legend = make("div");
      this.told = make("p", "gw-sum-told", HINT);
      this.told.setAttribute("aria-live", "polite");
      this.chips = make("div", "gw-text-chips gw-lm-text");
      this.chips.setAttribute("role", "group");
      this.chips.setAttribute("aria-label", "The text, cut where all models cut it");
      house.attention.read(this.chips, () => this.end, (chip) => this.tell(chip));
      this.more = button("", () => { this.end = Math.min(this.data.texts.length, this.end + SHOWN); this.draw(); });
      const place = this.element.querySelector(".gw-sum-place");
      place.replaceChildren(make("div", "gw-sum-bar", views, this.legend), this.told, this.chips, this.more);
    }

    draw() {
      const { make } = house.attention, { gap } = this.views[this.view];
      this.legend.replaceChildren(gap ? this.gaps() : this.costs());
      const chips = [];
      for (let at = 0; at < this.end; at++) {
        chips.push(this.chip(at));
        if (this.data.texts[at].includes("⏎")) chips.push(make("br"));
      }
      this.chips.replaceChildren(...chips);
      if (this.chips.firstChild) this.chips.firstChild.tabIndex = 0;
      const left = this.data.texts.length - this.end;
      this.more.hidden = !left;
      this.more.textContent = `Show ${Math.min(SHOWN, left).toLocaleString("en")} more pieces`;
    }

    costs() {
      return house.attention.scale("bits per byte", COSTS, (limit) => `${limit}`);
    }

    gaps() {
      const { make } = house.attention, swatches = make("span", "gw-lm-sides");
      WORDS.forEach((word, at) => {
        const swatch = make("i", "gw-lm-side");
        swatch.dataset.side = at - 3;
        swatches.append(make("span", "", swatch, make("small", "", word)));
      });
      const node = make("div", "gw-scale", make("span", "gw-scale-name", "bits"), swatches);
      node.setAttribute("aria-hidden", "true");
      return node;
    }

    chip(at) {
      const { make, colour } = house.attention, { texts, bytes, bits: costs } = this.data, { at: of, gap } = this.views[this.view];
      const chip = make("span", "gw-token", texts[at] || "∅");
      chip.tabIndex = -1;
      chip.dataset.at = at;
      chip.setAttribute("role", "img");
      chip.setAttribute("aria-label", `${texts[at]}: ${this.words(at).join(", ")}`);
      const cost = costs[of][at], first = costs[0][at];
      if (!gap) return colour(chip, cost === null ? null : cost / Math.max(1, bytes[at]), COSTS);
      chip.classList.add("gw-lm-side");
      chip.dataset.side = cost === null || first === null ? "none" : side(cost - first);
      return chip;
    }

    words(at) {
      return this.data.models.map((model, of) => `${model.letter} ${bits(this.data.bits[of][at])}`);
    }

    tell(chip) {
      const { make } = house.attention;
      if (!chip) return this.told.replaceChildren(HINT);
      const at = +chip.dataset.at, size = this.data.bytes[at];
      const words = this.words(at).map((word) => make("span", "", word));
      return this.told.replaceChildren(make("span", "gw-token", this.data.texts[at]), make("span", "", `${size} byte${size === 1 ? "" : "s"}`), ...words);
    }
  }

  Object.assign(house, { LanguageText });
})();
