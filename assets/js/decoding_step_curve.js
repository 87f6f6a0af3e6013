// The sorted distribution of a step, rank against probability, and below it on the same axis what each truncating
// processor alone would keep of it.
(() => {
  "use strict";
  const house = (window.glassworks ??= {});
  const attention = (house.attention ??= {});
  const step = (house.step ??= {});
  const SVG = "http://www.w3.org/2000/svg";
  const HEIGHT = 150;
  const LOWEST = 1e-9; // probabilities below are drawn at the foot
  const count = (value) => value.toLocaleString("en");

  const DIGITS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  // A power of ten: "10 %", "0.1 %", "10⁻⁵ %"
  const written = (power) => (power >= -5 ? step.share(10 ** power) : `10⁻${[...String(-power - 2)].map((digit) => DIGITS[digit]).join("")} %`);

  const drawn = (tag, attributes) => {
    const node = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    return node;
  };

  class Curve {
    constructor() {
      const { make } = attention;
      this.table = make("table", "gw-ds-curve");
      this.lead = make("p", "gw-ds-quiet");
      this.view = make("div", "gw-ds-curves", make("h4", "", "The same distribution, cut in seven ways"), this.lead, this.table);
    }

    show(curve) {
      const { make } = attention;
      Object.assign(this, curve, { last: curve.ranks[curve.ranks.length - 1] });
      this.lead.textContent = `${this.base === "Raw" ? "The raw distribution" : `What “${this.base}” leaves`}, from the likeliest of ${count(this.last)} tokens on. ` +
        "Each cut stands here alone; in the strategy it sees only what the ones before it have left.";
      const head = make("tr", "", this.cell("th", "", "Cut"), this.cell("th", "gw-ds-track", "rank, from the likeliest"), this.cell("th", "gw-ds-keeps", "Keeps"));
      for (const one of head.children) one.scope = "col";
      const body = make("tbody", "", this.plot(), this.axis(), ...this.cuts.map((cut) => this.lane(cut)));
      const widths = make("colgroup", "", make("col", "gw-ds-col-name"), make("col"), make("col", "gw-ds-col-keeps"));
      this.table.replaceChildren(widths, make("thead", "", head), body);
    }

    cell(tag, className, ...children) {
      return attention.make(tag, className, ...children);
    }

    // Where a rank stands, 0 to 1; whole ranks have half a rank on either side.
    across(rank) {
      return (Math.log(rank) - Math.log(0.5)) / (Math.log(this.last + 0.5) - Math.log(0.5));
    }

    down(probability) {
      const top = Math.log(this.top), foot = Math.log(this.foot);
      return top - foot < 1e-6 ? 0.5 : (top - Math.log(Math.max(this.foot, probability))) / (top - foot);
    }

    // --- the curve --------------------------------------------------------------------------------------------

    plot() {
      const { make } = attention;
      this.top = Math.max(this.probs[0], LOWEST);
      this.foot = Math.min(this.top / 10, Math.max(LOWEST, this.probs[this.probs.length - 1]));
      const svg = drawn("svg", { viewBox: `0 0 1000 ${HEIGHT}`, preserveAspectRatio: "none", height: HEIGHT, role: "img" });
      svg.setAttribute("aria-label", `Sorted probabilities: the likeliest token has ${step.share(this.probs[0])}, the last of ${count(this.last)} has ${step.share(this.probs[this.probs.length - 1])}`);
      for (const { at } of this.ticks()) svg.append(drawn("line", { class: "gw-ds-grid-line", x1: 0, x2: 1000, y1: HEIGHT * at, y2: HEIGHT * at }));
      for (const cut of this.cuts.filter(({ on }) => on)) svg.append(...this.edges(cut, "gw-ds-edge"));
      this.hover = drawn("g", {});
      const points = this.ranks.map((rank, i) => `${(1000 * this.across(rank)).toFixed(1)},${(HEIGHT * this.down(this.probs[i])).toFixed(1)}`);
      svg.append(this.hover, drawn("polyline", { class: "gw-ds-line", points: points.join(" ") }));
      if (points.length === 1) svg.append(drawn("circle", { class: "gw-ds-point", cx: points[0].split(",")[0], cy: points[0].split(",")[1], r: 4 }));
      const labels = this.ticks().map(({ at, words }) => {
        const label = make("small", "", words);
        label.style.top = `${100 * at}%`;
        return label;
      });
      const left = make("td", "gw-ds-heights", make("div", "", ...labels));
      return make("tr", "gw-ds-plot", left, make("td", "gw-ds-track", svg), make("td", "gw-ds-keeps"));
    }

    // Whole powers of ten between the ends, at most four of them.
    ticks() {
      const high = Math.floor(Math.log10(this.top) + 1e-9), low = Math.ceil(Math.log10(this.foot) - 1e-9);
      const by = Math.max(1, Math.ceil((high - low + 1) / 4)), found = [];
      for (let power = high; power >= low; power -= by) found.push({ words: written(power), at: this.down(10 ** power) });
      return found.length ? found : [{ words: step.share(this.top), at: this.down(this.top) }];
    }

    edges({ first, last }, kind) {
      const places = [...(first > 1 ? [first - 0.5] : []), last + 0.5].map((rank) => 1000 * this.across(rank));
      return places.map((x) => drawn("line", { class: kind, x1: x, x2: x, y1: 0, y2: HEIGHT }));
    }

    axis() {
      const { make } = attention, marks = make("div", "gw-ds-ranks");
      const few = this.last < 10;
      for (let rank = 1; rank <= this.last; rank = few ? rank + 1 : rank * 10) {
        const mark = make("small", "", count(rank));
        mark.style.left = `${100 * this.across(rank)}%`;
        marks.append(mark);
      }
      return make("tr", "gw-ds-axis", make("td", "", make("small", "", "rank")), make("td", "gw-ds-track", marks), make("td"));
    }

    // --- the cuts -----------------------------------------------------------------------------------------------

    lane(cut) {
      const { make } = attention, bar = make("i", cut.on ? "gw-ds-on" : "gw-ds-off");
      const from = this.across(cut.first - 0.5), to = this.across(cut.last + 0.5);
      bar.style.left = `${100 * from}%`;
      bar.style.width = `${100 * (to - from)}%`;
      const head = make("th", "", make("span", "", cut.label), make("small", "", `${+cut.value.toPrecision(4)}${cut.on ? "" : ", off"}`));
      head.scope = "row";
      const tokens = `${count(cut.kept)} token${cut.kept === 1 ? "" : "s"}`;
      const ranks = cut.first > 1 ? `, ranks ${count(cut.first)} to ${count(cut.last)}` : "";
      const keeps = make("td", "gw-ds-keeps", make("b", "", count(cut.kept)), make("small", "", `token${cut.kept === 1 ? "" : "s"}, ${step.share(cut.mass)}`), make("span", "gw-sr", ranks));
      const row = make("tr", "gw-ds-lane", head, make("td", "gw-ds-track", make("div", "", bar)), keeps);
      row.title = `${cut.label} ${+cut.value.toPrecision(4)} ${cut.on ? "keeps" : "would keep"} ${tokens} with ${step.share(cut.mass)}${ranks}`;
      row.addEventListener("pointerenter", () => this.hover.replaceChildren(...this.edges(cut, "gw-ds-edge gw-ds-tried")));
      row.addEventListener("pointerleave", () => this.hover.replaceChildren());
      return row;
    }
  }

  Object.assign(step, { Curve });
})();
