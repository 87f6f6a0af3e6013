// The board on which interventions are chosen. What is chosen stays here until the page sends it with Compare; the
// server checks each again. Its frame comes from app/attention/intervene_view.py; all of it is drawn as text.
(() => {
  "use strict";
  const glassworks = (window.glassworks = window.glassworks ?? {});
  const MOST = 256; // interventions at once
  const node = (name, props = {}, ...inside) => {
    const made = Object.assign(document.createElement(name), props);
    made.append(...inside);
    return made;
  };
  const blank = { part: "self", layer: -1, head: -1, query: -1, key: 0 };

  class Board {
    constructor(element) {
      this.element = element;
      element.addEventListener("click", (event) => this.pressed(event));
      element.addEventListener("submit", (event) => event.preventDefault());
    }

    // What is chosen on the page's board, and of what subject, as JSON: for the button that sends it.
    static chosenOn(selector) {
      return document.querySelector(`${selector} .gw-board`)?.dataset.chosen ?? "";
    }

    adopt() {
      this.frame = this.element.querySelector(".gw-board");
      if (!this.frame || this.frame.dataset.chosen) return;
      this.data = JSON.parse(this.frame.dataset.board);
      this.chosen = new Map(); // the change as JSON → its name
      this.list = node("div", { className: "gw-board-chosen" });
      this.list.setAttribute("aria-live", "polite");
      const hint = node("p", { className: "gw-hint",
        textContent: "Press what is to be switched off; press it again to have it back. Layers and heads count from 0." });
      const parts = node("div", { className: "gw-board-parts" }, ...this.data.parts.map((part) => this.heads(part)));
      this.frame.querySelector(".gw-board-place").replaceChildren(hint, parts, this.masks(), this.list);
      this.paint();
    }

    // --- heads and sub-layers -----------------------------------------------------------------------------------
    heads(part) {
      const prefix = this.data.parts.length > 1 ? `${part.title.toLowerCase()} ` : "";
      const heads = [...Array(part.heads).keys()];
      const head = node("tr", {}, cell("Layer"), ...heads.map((number) => cell(`head ${number}`, String(number))),
        cell("all heads"), ...(part.mlp ? [cell("MLP")] : []));
      const rows = [...Array(part.layers).keys()].map((layer) => {
        const name = `${prefix}layer ${layer}`, at = { part: part.name, layer };
        const toggles = [
          ...heads.map((number) => this.toggle({ ...at, kind: "head", head: number }, `${name}, head ${number}`)),
          this.toggle({ ...at, kind: "attention" }, `${name}, all heads`, "gw-toggle-wide"),
          ...(part.mlp ? [this.toggle({ ...at, kind: "mlp" }, `${name}, MLP`, "gw-toggle-wide")] : []),
        ];
        return node("tr", {}, Object.assign(node("th", { textContent: layer }), { scope: "row" }),
          ...toggles.map((toggle) => node("td", {}, toggle)));
      });
      const table = node("table", {}, node("caption", { textContent: part.title }), node("thead", {}, head), node("tbody", {}, ...rows));
      return this.group(node("div", { className: "gw-board-part" }, table), `${part.title}: heads and layers`);
    }

    // --- who may see whom ---------------------------------------------------------------------------------------
    masks() {
      if (!this.data.masks)
        return node("p", { className: "gw-hint", textContent: "Who may see whom cannot be changed in models of this kind." });
      this.scope = { part: this.data.parts.at(-1).name, layer: -1, head: -1 };
      if (this.scope.part === "cross") this.scope.part = "decoder";
      this.mask = node("div");
      this.drawMasks();
      return node("details", { className: "gw-board-mask" }, node("summary", { textContent: "Who may see whom" }), this.mask);
    }

    drawMasks() {
      const part = this.data.parts.find(({ name }) => name === this.scope.part);
      const every = (word, count) => [[-1, `every ${word}`], ...[...Array(count).keys()].map((at) => [at, `${word} ${at}`])];
      const bar = node("div", { className: "gw-board-scope" });
      if (this.data.parts.length > 1) bar.append(this.choice("In", "part", this.data.parts.map(({ name, title }) => [name, title])));
      bar.append(this.choice(bar.childElementCount ? "" : "In", "layer", every("layer", part.layers)), this.choice("", "head", every("head", part.heads)));
      if (part.name !== "cross") bar.append(this.nearest(part));
      this.mask.replaceChildren(bar, ...glassworks.boardMasks(this, part));
      this.paint();
    }

    choice(label, name, options) {
      const select = node("select", { name }, ...options.map(([value, textContent]) => node("option", { value, textContent })));
      select.setAttribute("aria-label", name === "part" ? "Attention" : name);
      select.value = this.scope[name];
      select.addEventListener("change", () => {
        const value = name === "part" ? select.value : Number(select.value);
        this.scope = name === "part" ? { part: value, layer: -1, head: -1 } : { ...this.scope, [name]: value };
        this.drawMasks();
        this.mask.querySelector(`select[name="${name}"]`).focus();
      });
      return node("label", {}, label, select);
    }

    // Only one such field for each place: a new number takes the former one's.
    nearest(part) {
      const field = node("input", { type: "number", name: "nearest", min: 1, max: part.queries.length, step: 1 });
      const own = (change) => change.kind === "local" && ["part", "layer", "head"].every((one) => change[one] === this.scope[one]);
      for (const key of this.chosen.keys()) if (own(JSON.parse(key))) field.value = JSON.parse(key).key;
      field.addEventListener("change", () => {
        for (const key of [...this.chosen.keys()]) if (own(JSON.parse(key))) this.chosen.delete(key);
        const count = Number(field.value);
        if (field.value !== "" && Number.isInteger(count) && count > 0)
          this.turn(JSON.stringify({ ...blank, ...this.scope, kind: "local", key: count }),
            `only the nearest ${count}${this.where()}`);
        else field.value = "";
        this.paint();
      });
      return node("label", {}, "each token sees only the nearest", field, part.causal ? "tokens, itself included" : "to either side, itself included");
    }

    where() {
      const part = this.data.parts.length > 1 ? [this.data.parts.find(({ name }) => name === this.scope.part).title.toLowerCase()] : [];
      const places = ["layer", "head"].filter((name) => this.scope[name] >= 0).map((name) => `${name} ${this.scope[name]}`);
      const all = [...part, ...places];
      return all.length ? ` (${all.join(", ")})` : "";
    }

    // --- toggles ------------------------------------------------------------------------------------------------
    toggle(change, name, style = "", text = "") {
      const made = node("button", { type: "button", className: `gw-toggle ${style}`.trim(), title: name, textContent: text, tabIndex: -1 });
      made.dataset.change = JSON.stringify({ ...blank, ...change });
      made.setAttribute("aria-label", name);
      return made;
    }

    // Buttons among which the arrow keys move: one stop for Tab.
    group(element, label) {
      element.dataset.rove = "";
      element.setAttribute("role", "group");
      element.setAttribute("aria-label", label);
      const first = element.querySelector("button");
      if (first) first.tabIndex = 0;
      return element;
    }

    pressed(event) {
      const toggle = event.target.closest(".gw-toggle"), back = event.target.closest("button[data-back]");
      if (toggle) this.turn(toggle.dataset.change, toggle.title);
      else if (back) {
        const at = [...this.list.querySelectorAll("button")].indexOf(back);
        if (back.dataset.back) this.chosen.delete(back.dataset.back);
        else this.chosen.clear();
        this.afterTaken(at);
      } else return;
      this.paint();
      if (back) this.refocus?.();
    }

    afterTaken(at) {
      this.refocus = () => {
        const left = this.list.querySelectorAll("button");
        (left[Math.min(at, left.length - 1)] ?? this.element.querySelector('.gw-toggle[tabindex="0"]'))?.focus();
        this.refocus = null;
      };
      const field = this.mask?.querySelector('input[name="nearest"]');
      if (field && ![...this.chosen.keys()].some((key) => JSON.parse(key).kind === "local")) field.value = "";
    }

    turn(key, name) {
      if (this.chosen.has(key)) this.chosen.delete(key);
      else if (this.chosen.size < MOST) this.chosen.set(key, name);
    }

    paint() {
      if (!this.list) return;
      const interventions = [...this.chosen.keys()].map((key) => JSON.parse(key));
      this.frame.dataset.chosen = JSON.stringify({ subject: this.data.subject, interventions });
      for (const toggle of this.element.querySelectorAll(".gw-toggle"))
        toggle.setAttribute("aria-pressed", String(this.chosen.has(toggle.dataset.change)));
      const count = this.chosen.size;
      const full = count === MOST ? " (no more at once)" : "";
      const words = node("span", { textContent: count ? `${count} switched off${full}:` : "Nothing is switched off." });
      const backs = [...this.chosen].map(([key, name]) => this.back(name, key, `have it back: ${name}`));
      if (count > 1) backs.push(this.back("all", "", "have everything back"));
      this.list.replaceChildren(words, ...backs);
    }

    back(name, key, label) {
      const made = node("button", { type: "button", textContent: `${name} ✕` });
      made.dataset.back = key;
      made.setAttribute("aria-label", label);
      return made;
    }
  }

  function cell(name, shown = name) {
    const made = node("th", { textContent: shown, scope: "col" });
    if (shown !== name) made.title = name;
    return made;
  }

  glassworks.Board = Board;
})();
