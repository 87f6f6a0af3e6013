// Beam searches as they grow: a step is a column of nodes, an edge leads to each node from its parent. Only the
// columns in view are in the page. Tokens are put in as text.
(() => {
  "use strict";
  const house = (window.glassworks ??= {});
  const decoding = (house.decoding ??= {});
  const make = (...given) => house.attention.make(...given);
  const NS = "http://www.w3.org/2000/svg";
  const WIDE = 104, GAP = 34, HIGH = 38, LANE = 46, TOP = 26, SPARE = 2; // pixels; columns beyond the view on each side
  const LETTERS = 11; // of a token that fit
  const ZOOMS = [0.4, 0.55, 0.75, 1, 1.3, 1.7];
  const HINT = "Point at a node, or walk with the arrow keys, for the whole text of its path.";

  const svg = (tag, props = {}, ...inside) => {
    const made = document.createElementNS(NS, tag);
    for (const [name, value] of Object.entries(props)) made.setAttribute(name, value);
    made.append(...inside);
    return made;
  };
  const glyphs = (text) => text.replaceAll(" ", "·").replaceAll("\n", "⏎").replaceAll("\t", "→").replace(/\p{C}/gu, "�") || "∅";
  const cut = (text) => { const all = [...text]; return all.length > LETTERS ? `${all.slice(0, LETTERS - 1).join("")}…` : text; };
  const share = (logProb) => house.attention.share(Math.exp(logProb));

  class BeamTree {
    constructor(element, props) {
      Object.assign(this, { element, props, zoom: 3, dead: true, folds: true, chosen: null, at: null, pinned: false });
      this.log = new decoding.BeamLogReader();
      this.opened = new Set(); // of the column that is shown: first steps of stretches that were unfolded
      this.build();
    }

    adopt() {
      const run = this.log.run;
      if (!this.log.take(this.props.value ?? "")) return;
      if (this.log.run !== run) Object.assign(this, { chosen: null, at: null, pinned: false, opened: new Set() });
      if (!this.log.columns.has(this.chosen)) this.chosen = [...this.log.columns.keys()][0] ?? null;
      this.buildChoice();
      const follows = !this.log.over && this.box.scrollLeft + this.box.clientWidth >= this.box.scrollWidth - 40;
      this.layout();
      if (follows) this.box.scrollLeft = this.box.scrollWidth;
      this.draw();
    }

    get search() {
      return this.log.columns.get(this.chosen);
    }

    // --- the frame ------------------------------------------------------------------------------------------

    build() {
      const { button } = house.attention;
      this.empty = make("p", "gw-hint");
      this.choices = make("div");
      const check = (label, name) => {
        const input = make("input"), node = make("label", "gw-beams-check", input, label);
        Object.assign(input, { type: "checkbox", checked: this[name] });
        input.addEventListener("change", () => { this[name] = input.checked; this.opened.clear(); this.layout(); this.draw(); });
        return node;
      };
      const zoom = (by) => { this.zoom = Math.max(0, Math.min(ZOOMS.length - 1, this.zoom + by)); this.layout(); this.draw(); };
      const zooms = make("div", "gw-att-bar", button("−", () => zoom(-1), "Smaller"), button("+", () => zoom(1), "Larger"));
      zooms.setAttribute("role", "group");
      zooms.setAttribute("aria-label", "Size of the tree");
      this.bar = make("div", "gw-beams-bar", this.choices, check("Dead ends", "dead"), check("Fold what does not branch", "folds"), zooms);
      this.pane = svg("svg", { role: "tree", "aria-label": "Beam search, steps from left to right" });
      this.box = make("div", "gw-beams-box", this.pane);
      this.told = make("div", "gw-beams-told");
      this.told.setAttribute("aria-live", "polite");
      this.key = make("p", "gw-beams-key", make("i", "gw-beams-won"), "the winning text", make("i", "gw-beams-over"), "a finished text",
        make("i", "gw-beams-dead"), "not followed further");
      this.element.replaceChildren(make("div", "gw-beams", this.empty, this.bar, this.box, this.key, this.told));
      this.listen();
      this.layout();
      this.draw();
    }

    buildChoice() {
      const all = [...this.log.columns].map(([column, { title }]) => [String(column), title]);
      if (this.shownChoices === JSON.stringify(all)) return;
      this.shownChoices = JSON.stringify(all);
      this.choices.replaceChildren(all.length > 1
        ? house.attention.choice("Beam search", all, String(this.chosen), (name) => {
          Object.assign(this, { chosen: +name, at: null, pinned: false, opened: new Set() });
          this.layout();
          this.draw();
        })
        : make("strong", "gw-beams-title", all.length ? all[0][1] : ""));
    }

    listen() {
      let frame = 0;
      this.box.addEventListener("scroll", () => {
        cancelAnimationFrame(frame);
        frame = requestAnimationFrame(() => this.draw());
      });
      new ResizeObserver(() => this.draw()).observe(this.box);
      this.box.addEventListener("wheel", (event) => {
        if (!event.ctrlKey) return;
        event.preventDefault();
        this.zoom = Math.max(0, Math.min(ZOOMS.length - 1, this.zoom + (event.deltaY < 0 ? 1 : -1)));
        this.layout();
        this.draw();
      }, { passive: false });
      const there = (event) => event.target.closest("[data-step]");
      this.pane.addEventListener("pointerover", (event) => { if (there(event) && !this.pinned) this.tell(there(event)); });
      this.pane.addEventListener("focusin", (event) => { if (there(event)) this.tell(there(event)); });
      this.pane.addEventListener("click", (event) => { if (there(event)) this.press(there(event)); });
      this.pane.addEventListener("keydown", (event) => this.key_(event));
    }

    // --- where everything stands ----------------------------------------------------------------------------

    layout() {
      const search = this.search, any = Boolean(search && search.steps.length);
      this.empty.hidden = any;
      this.empty.textContent = this.log.run === null
        ? "With a strategy Beam search its tree grows here, step by step."
        : "None of these strategies is a beam search: add one, and its tree grows here."; 
      if (this.log.run !== null && search && !any) this.empty.textContent = "The search begins …";
      for (const node of [this.bar, this.box, this.key, this.told]) node.hidden = !any;
      if (!any) return;
      const alive = search.alive();
      this.isAlive = (at, node) => alive[at][node];
      this.columns = search.columns((at, node) => this.dead || alive[at][node], this.folds, this.opened);
      this.lanes = Math.max(...this.columns.map(({ nodes }) => nodes.length));
      this.where = new Map(this.columns.flatMap(({ from, to }, x) => Array.from({ length: to - from + 1 }, (_, i) => [from + i, x])));
      const scale = ZOOMS[this.zoom], width = this.columns.length * (WIDE + GAP) + 8, height = TOP + this.lanes * LANE + 4;
      for (const [name, value] of Object.entries({ width: width * scale, height: height * scale, viewBox: `0 0 ${width} ${height}` })) {
        this.pane.setAttribute(name, value);
      }
      if (!this.at) this.tell(null);
    }

    x(column) {
      return 4 + column * (WIDE + GAP);
    }

    // --- what is in view ------------------------------------------------------------------------------------

    draw() {
      if (!this.search || !this.columns || this.box.hidden) return;
      const scale = ZOOMS[this.zoom] * (WIDE + GAP), focused = this.pane.contains(document.activeElement) ? document.activeElement.dataset.key : null;
      const from = Math.max(0, Math.floor(this.box.scrollLeft / scale) - SPARE);
      const to = Math.min(this.columns.length, Math.ceil((this.box.scrollLeft + (this.box.clientWidth || 800)) / scale) + SPARE);
      const edges = [], nodes = [];
      for (let x = from; x < to; x++) {
        nodes.push(this.heading(x));
        this.columns[x].nodes.forEach((node, lane) => {
          if (x > 0) edges.push(...this.edge(x, node, lane));
          nodes.push(this.node(x, node, lane));
        });
      }
      this.pane.replaceChildren(...edges, ...nodes);
      const rove = this.find(focused) ?? this.find(this.at && this.keyOf(...this.at)) ?? this.pane.querySelector("[data-step]");
      if (rove) rove.setAttribute("tabindex", "0");
      if (focused && this.find(focused)) this.find(focused).focus({ preventScroll: true });
    }

    find(key) {
      return key ? this.pane.querySelector(`[data-key="${key}"]`) : null;
    }

    keyOf(at, node) {
      const x = this.where.get(at), column = this.columns[x];
      return column && (column.from === column.to ? `${at}-${node}` : `${column.to}-${node}`);
    }

    heading(x) {
      const { from, to } = this.columns[x], text = from === to ? String(from + 1) : `${from + 1}–${to + 1}`;
      return svg("text", { x: this.x(x) + WIDE / 2, y: 14, class: "gw-beams-step", "text-anchor": "middle" }, text);
    }

    // From a parent, which a folded stretch may hold, to a node.
    edge(x, node, lane) {
      const search = this.search, { from } = this.columns[x], before = this.columns[x - 1];
      const first = this.back(x, node), parent = search.steps[from].parents[first];
      const row = before.nodes.indexOf(parent);
      if (row < 0) return [];
      const x0 = this.x(x - 1) + WIDE, x1 = this.x(x), y0 = TOP + row * LANE + HIGH / 2, y1 = TOP + lane * LANE + HIGH / 2;
      return [svg("path", { d: `M${x0} ${y0} C${x0 + GAP / 2} ${y0} ${x1 - GAP / 2} ${y1} ${x1} ${y1}`, class: `gw-beams-edge ${this.kind(from, first)}` })];
    }

    // The node of a column's first step that leads to this one of its last.
    back(x, node) {
      const { from, to } = this.columns[x];
      for (let at = to; at > from; at--) node = this.search.steps[at].parents[node];
      return node;
    }

    kind(at, node) {
      const search = this.search;
      if (search.won(at, node)) return "gw-beams-won";
      return this.isAlive(at, node) ? (search.steps[at].ended.has(node) ? "gw-beams-over" : "") : "gw-beams-dead";
    }

    node(x, node, lane) {
      const search = this.search, { from, to } = this.columns[x], step = search.steps[to], folded = from < to;
      const y = TOP + lane * LANE, ended = step.ended.has(node);
      const title = folded ? `… ${to - from + 1} tokens` : cut(glyphs(step.texts[node]));
      const small = folded ? "unfold" : `${share(step.logProbs[node])} · ${step.scores[node].toFixed(1)}`;
      const group = svg("g", { class: `gw-beams-node ${this.kind(to, node)}${folded ? " gw-beams-fold" : ""}`, role: "treeitem", tabindex: "-1",
        "aria-level": to + 1, "aria-label": this.words(from, to, node), "data-step": to, "data-from": from, "data-node": node, "data-key": `${to}-${node}` },
      svg("rect", { x: this.x(x), y, width: WIDE, height: HIGH, rx: 7 }),
      svg("text", { x: this.x(x) + 9, y: y + 16, class: "gw-beams-token" }, title),
      svg("text", { x: this.x(x) + 9, y: y + 30, class: "gw-beams-small" }, small));
      if (ended) group.append(svg("rect", { x: this.x(x) + WIDE - 14, y: y + 7, width: 7, height: 7, class: "gw-beams-end" }));
      if (this.at && this.at[0] === to && this.at[1] === node) group.setAttribute("aria-selected", "true");
      return group;
    }

    words(from, to, node) {
      const step = this.search.steps[to], kind = this.search.won(to, node) ? ", on the winning path"
        : step.ended.has(node) ? ", a finished text" : this.isAlive(to, node) ? "" : ", not followed further";
      if (from < to) return `Steps ${from + 1} to ${to + 1} do not branch: Enter unfolds them`;
      return `Step ${to + 1}: ${glyphs(step.texts[node])}, probability ${share(step.logProbs[node])}, score ${step.scores[node].toFixed(2)}${kind}`;
    }

    // --- one node -------------------------------------------------------------------------------------------

    tell(node) {
      if (!node) return this.told.replaceChildren(make("p", "gw-hint", HINT));
      const at = +node.dataset.step, one = +node.dataset.node, step = this.search.steps[at];
      this.at = [at, one];
      for (const old of this.pane.querySelectorAll("[aria-selected]")) old.removeAttribute("aria-selected");
      node.setAttribute("aria-selected", "true");
      for (const old of this.pane.querySelectorAll('[tabindex="0"]')) old.setAttribute("tabindex", "-1");
      node.setAttribute("tabindex", "0");
      const facts = [["step", String(at + 1)], ["probability", share(step.logProbs[one])], ["score", `${step.scores[one].toFixed(3)} nats`]];
      const kind = this.search.won(at, one) ? "on the winning path" : step.ended.has(one) ? "a finished text" : this.isAlive(at, one) ? "" : "not followed further";
      this.told.replaceChildren(make("p", "gw-beams-facts", ...facts.map(([name, value]) => make("span", "", `${name} `, make("b", "", value))), make("span", "", kind)),
        make("p", "gw-beams-path", this.search.text(at, one)));
    }

    press(node) {
      if (+node.dataset.from < +node.dataset.step) {
        this.opened.add(+node.dataset.from);
        this.layout();
        return this.draw();
      }
      this.pinned = !(this.pinned && this.at && node.dataset.key === `${this.at[0]}-${this.at[1]}`);
      return this.tell(node);
    }

    key_(event) {
      const node = event.target.closest("[data-step]");
      if (!node || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        this.press(node);
        return;
      }
      const to = this.moved(event.key, this.where.get(+node.dataset.step), +node.dataset.node);
      if (!to) return;
      event.preventDefault();
      this.go(...to);
    }

    // The column and node that a key leads to.
    moved(key, x, node) {
      const { nodes, to } = this.columns[x], lane = nodes.indexOf(node);
      if (key === "ArrowUp" || key === "ArrowDown") {
        const next = nodes[lane + (key === "ArrowUp" ? -1 : 1)];
        return next === undefined ? null : [x, next];
      }
      if (key === "Home") return [0, this.columns[0].nodes[0]];
      if (key === "End") return [this.columns.length - 1, this.columns.at(-1).nodes[0]];
      if (key === "ArrowLeft" && x > 0) return [x - 1, this.search.steps[this.columns[x].from].parents[this.back(x, node)]];
      if (key === "ArrowRight" && x + 1 < this.columns.length) {
        const next = this.columns[x + 1], mine = next.nodes.filter((one) => this.search.steps[next.from].parents[this.back(x + 1, one)] === node);
        const best = mine.find((one) => this.search.won(next.to, one)) ?? mine.find((one) => this.isAlive(next.to, one)) ?? mine[0];
        return best === undefined || this.search.steps[to].ended.has(node) ? null : [x + 1, best];
      }
      return null;
    }

    go(x, node) {
      const scale = ZOOMS[this.zoom], left = this.x(x) * scale, right = left + WIDE * scale;
      if (left < this.box.scrollLeft) this.box.scrollLeft = left - 20;
      if (right > this.box.scrollLeft + this.box.clientWidth) this.box.scrollLeft = right - this.box.clientWidth + 20;
      this.draw();
      this.find(`${this.columns[x].to}-${node}`)?.focus({ preventScroll: true });
    }
  }

  Object.assign(house, { BeamTree });
})();
