// Lines between the two columns, at most LINES at any time, and what of a token's weight lies out of view.
(() => {
  "use strict";
  const attention = ((window.glassworks ??= {}).attention ??= {});
  const LINES = 2000;
  const SVG = "http://www.w3.org/2000/svg";

  class Lines {
    // `go(keys | queries, place)` is called to bring a token into view.
    constructor(queries, keys, go) {
      Object.assign(this, { queries, keys });
      const { make } = attention;
      this.svg = document.createElementNS(SVG, "svg");
      this.svg.setAttribute("aria-hidden", "true");
      this.edges = ["gw-att-above", "gw-att-below"].map((name) => {
        const node = attention.button("", () => go(node.column, node.place));
        node.classList.add("gw-att-edge", name);
        node.hidden = true;
        return node;
      });
      this.view = make("div", "gw-att-lines", this.svg, ...this.edges);
      this.drawn = [];
    }

    // `pairs` are `{ query, key, weight }`, heaviest last so that they lie on top; `far` is the column whose tokens
    // out of view are told of, or null.
    draw(pairs, far) {
      const width = this.view.clientWidth, height = this.queries.height;
      this.svg.setAttribute("width", width);
      this.svg.setAttribute("height", height);
      let used = 0;
      for (const { query, key, weight } of pairs) {
        const y1 = this.queries.y(query), y2 = this.keys.y(key);
        if ((y1 < 0 && y2 < 0) || (y1 > height && y2 > height) || used === LINES) continue;
        this.put(used++, y1, y2, width, weight);
      }
      while (this.drawn.length > used) this.drawn.pop().remove();
      this.tell(pairs, far, height);
    }

    put(at, y1, y2, width, weight) {
      if (!this.drawn[at]) {
        this.drawn[at] = document.createElementNS(SVG, "line");
        this.svg.append(this.drawn[at]);
      }
      const told = {
        x1: 0, y1, x2: width, y2, "stroke-width": (0.7 + 3.3 * weight).toFixed(2),
        "stroke-opacity": (0.04 + 0.96 * weight ** 0.6).toFixed(3),
      };
      for (const [name, value] of Object.entries(told)) this.drawn[at].setAttribute(name, value);
    }

    tell(pairs, far, height) {
      const outside = [[], []];
      for (const pair of far ? pairs : []) {
        const place = far === this.keys ? pair.key : pair.query, y = far.y(place);
        if (y < 0) outside[0].push({ place, ...pair });
        if (y > height) outside[1].push({ place, ...pair });
      }
      outside.forEach((found, which) => {
        const node = this.edges[which];
        node.hidden = !found.length;
        if (!found.length) return;
        const mass = found.reduce((sum, { weight }) => sum + weight, 0);
        const heaviest = found.reduce((a, b) => (b.weight > a.weight ? b : a));
        const share = far === this.keys ? `, ${attention.percent(mass)}` : "";
        node.textContent = `${which ? "▼" : "▲"} ${attention.counted(found.length, far.side)}${share}`;
        node.title = `Go to the heaviest of them, token ${heaviest.place}`;
        Object.assign(node, { column: far, place: heaviest.place });
      });
    }
  }

  Object.assign(attention, { Lines, LINES });
})();
