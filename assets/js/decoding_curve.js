// Entropy and surprisal along a text, as two lines above each other's place; a rule follows the token that is told.
(() => {
  "use strict";
  const decoding = ((window.glassworks ??= {}).decoding ??= {});
  const HEIGHT = 48, LEAST = 4; // view units, and nats that the height holds at least
  const LINES = [["entropy", "entropies"], ["surprisal", "surprisals"]];
  const svg = (tag, attributes) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    return node;
  };

  class DecodingCurve {
    // `tell(position)` is called for what is pointed at, with null when nothing is.
    constructor(label, tell) {
      this.element = svg("svg", { class: "gw-curve", preserveAspectRatio: "none", role: "img", "aria-label": label });
      this.lines = LINES.map(([name]) => svg("polyline", { class: `gw-curve-${name}` }));
      this.rule = svg("line", { class: "gw-curve-rule", y1: 0, y2: HEIGHT, visibility: "hidden" });
      this.element.append(...this.lines, this.rule);
      this.element.addEventListener("pointermove", (event) => {
        const box = this.element.getBoundingClientRect();
        if (this.count) tell(Math.min(this.count - 1, Math.floor(((event.clientX - box.left) / box.width) * this.count)));
      });
      this.element.addEventListener("pointerleave", () => tell(null));
    }

    // `values` {entropies, surprisals}, in nats; null where there is none.
    draw(values) {
      this.count = values.surprisals.length;
      const most = Math.max(LEAST, ...values.surprisals, ...values.entropies);
      this.element.setAttribute("viewBox", `0 0 ${Math.max(1, this.count)} ${HEIGHT}`);
      LINES.forEach(([, name], at) => {
        const points = values[name].map((value, x) => (value === null ? "" : `${x + 0.5},${(HEIGHT - 1 - (value / most) * (HEIGHT - 2)).toFixed(1)}`));
        this.lines[at].setAttribute("points", points.join(" "));
      });
    }

    mark(position) {
      this.rule.setAttribute("visibility", position === null ? "hidden" : "visible");
      if (position === null) return;
      this.rule.setAttribute("x1", position + 0.5);
      this.rule.setAttribute("x2", position + 0.5);
    }
  }

  decoding.Curve = DecodingCurve;
})();
