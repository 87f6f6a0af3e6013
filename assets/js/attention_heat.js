// One head as a map: queries downwards, keys to the right, with a cross that pointer and arrow keys move.
(() => {
  "use strict";
  const attention = ((window.glassworks ??= {}).attention ??= {});
  const LARGEST = 470, TOKEN = 34; // pixels of the map, and of a token, at most
  const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

  class Heat {
    // `heard` has point({ query, key } | null) and pin({ query, key }).
    constructor(heard) {
      const { make } = attention;
      this.heard = heard;
      this.canvas = make("canvas");
      this.canvas.setAttribute("role", "application");
      this.canvas.setAttribute("aria-roledescription", "map of weights");
      this.canvas.tabIndex = 0;
      this.lines = [make("i", "gw-att-across"), make("i", "gw-att-down")];
      this.board = make("div", "gw-att-heat-board", this.canvas, ...this.lines);
      this.legend = attention.legend();
      const axes = make("div", "gw-att-axes", make("span", "", "queries ↓"), make("span", "", "keys →"));
      this.view = make("div", "gw-att-heat", axes, this.board, this.legend);
      this.canvas.addEventListener("pointermove", (event) => this.move(event));
      this.canvas.addEventListener("pointerleave", () => heard.point(null));
      this.canvas.addEventListener("blur", () => heard.point(null));
      this.canvas.addEventListener("click", (event) => {
        this.move(event);
        if (this.at) heard.pin(this.at);
      });
      this.canvas.addEventListener("keydown", (event) => this.key(event));
      attention.whenTurned(this.view, () => this.paint());
      new ResizeObserver(() => this.resized()).observe(this.view);
    }

    // `queries` and `keys` are the places that are shown; `scale(query)` what each row is multiplied by.
    show(data, queries, keys, scale, name) {
      Object.assign(this, { data, queries, keys, scale, at: null });
      this.canvas.setAttribute("aria-label", `${name}. Arrow keys move the cross, Enter pins it.`);
      this.cross(null);
      this.width = 0;
      this.resized();
    }

    resized() {
      const width = Math.min(LARGEST, this.view.clientWidth, Math.max(200, TOKEN * this.keys?.length));
      if (!this.data || !width || width === this.width) return;
      this.width = width;
      this.paint();
    }

    get size() {
      const ratio = Math.max(0.4, Math.min(1.4, this.queries.length / Math.max(1, this.keys.length)));
      return { width: this.width, height: Math.round(this.width * ratio) };
    }

    paint() {
      if (!this.data || !this.width) return;
      const began = performance.now(), pixels = attention.colours(), { width, height } = this.size;
      this.draw(attention.sized(this.canvas, width, height), width, height, pixels);
      this.board.style.width = `${width}px`;
      this.legend.paint(pixels);
      this.cross(this.at);
      performance.measure("glassworks head", { start: began, end: performance.now() });
    }

    draw(context, width, height, pixels) {
      const picture = this.picture(pixels, Math.round(width), Math.round(height));
      if (!picture) return;
      context.imageSmoothingEnabled = false;
      context.drawImage(picture, 0, 0, width, height);
    }

    // The weights pixel by pixel, no larger than `width` × `height`: a pixel shows the largest in it.
    picture(pixels, width, height) {
      const { data, queries, keys } = this;
      const across = Math.min(keys.length, width), down = Math.min(queries.length, height);
      if (!across || !down) return null;
      const levels = new Uint8Array(across * down);
      const to = Uint16Array.from(keys, (_, i) => Math.floor((i * across) / keys.length));
      const from = (i) => Math.floor((i * down) / queries.length);
      const columns = firsts(keys, data.cell, (j) => to[j]);
      for (const i of firsts(queries, data.cell, from)) {
        const query = queries[i], row = from(i) * across, scale = Math.sqrt(this.scale(query));
        for (const j of columns) {
          const level = Math.min(255, data.level(query, keys[j]) * scale);
          if (level > levels[row + to[j]]) levels[row + to[j]] = level;
        }
      }
      const canvas = document.createElement("canvas");
      canvas.width = across;
      canvas.height = down;
      const context = canvas.getContext("2d"), image = context.createImageData(across, down);
      const out = new Uint32Array(image.data.buffer);
      for (let i = 0; i < levels.length; i++) out[i] = pixels[levels[i]];
      context.putImageData(image, 0, 0);
      return canvas;
    }

    // --- the cross --------------------------------------------------------------------------------------------

    move(event) {
      const box = this.canvas.getBoundingClientRect();
      const part = (at, size) => Math.max(0, Math.min(0.9999, at / size));
      const x = part(event.clientX - box.left, box.width), y = part(event.clientY - box.top, box.height);
      this.heard.point((this.at = this.heaviest(x, y, 1 / box.width, 1 / box.height)));
    }

    // Where several tokens share a pixel, the heaviest of their weights is meant.
    heaviest(x, y, wide, high) {
      const { queries, keys, data } = this;
      const row = Math.floor(y * queries.length), column = Math.floor(x * keys.length);
      const down = Math.max(1, Math.round(high * queries.length)), right = Math.max(1, Math.round(wide * keys.length));
      let best = { query: queries[row], key: keys[column], level: -1 };
      for (let i = row; i < Math.min(row + down, queries.length); i++) {
        for (let j = column; j < Math.min(column + right, keys.length); j++) {
          const level = data.level(queries[i], keys[j]);
          if (level > best.level) best = { query: queries[i], key: keys[j], level };
        }
      }
      return best.query === undefined || best.key === undefined ? null : { query: best.query, key: best.key };
    }

    // Puts the cross on a query, and a key if one is meant.
    cross(at) {
      const [across, down] = this.lines, { width = 0, height = 0 } = this.width ? this.size : {};
      const row = at ? this.queries.indexOf(at.query) : -1, column = at ? this.keys.indexOf(at.key ?? -1) : -1;
      across.hidden = row < 0;
      down.hidden = column < 0;
      const place = (index, count, size) => `${((index + 0.5) / count) * size}px`;
      if (row >= 0) across.style.top = place(row, this.queries.length, height);
      if (column >= 0) down.style.left = place(column, this.keys.length, width);
    }

    key(event) {
      if (event.key === "Enter" && this.at) {
        event.preventDefault();
        this.heard.pin(this.at);
      }
      if (!(event.key in STEPS) || !this.queries.length || !this.keys.length) return;
      event.preventDefault();
      const [down, right] = STEPS[event.key], far = event.shiftKey ? 10 : 1;
      const step = (list, place, by) => {
        const at = list.indexOf(place);
        return list[at < 0 ? 0 : Math.max(0, Math.min(list.length - 1, at + by * far))];
      };
      const from = this.at ?? {};
      this.at = { query: step(this.queries, from.query, down), key: step(this.keys, from.key, right) };
      this.heard.point(this.at);
    }

    // A picture of it with a title, to be saved.
    saved(title) {
      const side = 900, ratio = this.size.height / this.size.width, left = 20, above = 40;
      const canvas = document.createElement("canvas");
      const context = attention.sized(canvas, side + 2 * left, side * ratio + above + left);
      attention.titled(context, canvas, title);
      context.translate(left, above);
      this.draw(context, side, side * ratio, attention.colours());
      return canvas;
    }
  }

  // Of tokens that share a cell of the weights and a pixel, the first is enough: their indices.
  function firsts(places, cell, pixel) {
    const found = [];
    for (let i = 0; i < places.length; i++) {
      const last = found.at(-1);
      const same = cell > 1 && last !== undefined && pixel(i) === pixel(last) &&
        Math.floor(places[i] / cell) === Math.floor(places[last] / cell);
      if (!same) found.push(i);
    }
    return found;
  }

  Object.assign(attention, { Heat });
})();
