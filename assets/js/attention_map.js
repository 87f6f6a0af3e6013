// The model view: every head of one kind of attention as a thumbnail, a layer a row. The pictures are one canvas;
// over it lies a button for each head, for pointer, keys and screen readers.
(() => {
  "use strict";
  const attention = ((window.glassworks ??= {}).attention ??= {});
  const GAP = 4, HEADS = 20, GROUPS = 16; // pixels: between thumbnails, of the row of numbers, of the brackets
  const LARGEST = 92, SMALLEST = 26, FINGER = 40, TALL = 600;
  const LAYERS = 44, WINDOWS = 84; // of the numbers at the side, as attention.css has them
  const BESIDE = 300; // what must be left for words to stand beside the pictures
  const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  // The measures that are told of a head: place, name, and how it is written.
  const TOLD = [
    [0, "entropy", (value) => `${value.toFixed(2)} nats`],
    [2, "first token", attentionPercent], [4, "previous token", attentionPercent], [6, "induction", attentionPercent],
  ];
  const MEASURES = 7;
  const HINT = "Point at a head for its measures; click it, or walk with the arrow keys and press Enter, to open it.";

  function attentionPercent(share) {
    return attention.percent(share);
  }

  class ModelMap {
    // `open(layer, head)` is called for the head that is chosen.
    constructor(open) {
      this.open = open;
      const { make } = attention;
      this.labels = make("div", "gw-att-layers");
      this.labels.setAttribute("aria-hidden", "true");
      this.canvas = make("canvas");
      this.canvas.setAttribute("aria-hidden", "true");
      this.grid = make("div", "gw-att-grid");
      this.grid.setAttribute("role", "grid");
      this.board = make("div", "gw-att-board", this.canvas, this.grid);
      this.scroller = make("div", "gw-att-scroll", this.board);
      this.legend = attention.legend();
      this.told = make("p", "gw-att-told", HINT);
      this.told.setAttribute("aria-live", "polite");
      this.more = make("div", "gw-att-bar gw-att-telling");
      const foot = make("div", "gw-att-foot", this.told, this.legend, this.more);
      this.view = make("div", "gw-att-map", make("div", "gw-att-sheet", this.labels, this.scroller), foot);
      this.grid.addEventListener("keydown", (event) => this.key(event));
      this.grid.addEventListener("pointerover", (event) => this.tell(event.target.closest("button")));
      this.grid.addEventListener("focusin", (event) => this.tell(event.target.closest("button")));
      this.grid.addEventListener("pointerleave", () => this.tell(null));
      attention.whenTurned(this.view, () => this.paint());
      new ResizeObserver(() => this.resized()).observe(this.view);
    }

    // `thumbnails` and `measures` are unpacked arrays of `part`.
    show(part, thumbnails, measures) {
      Object.assign(this, { part, thumbnails: thumbnails.data, measures: measures.data, chosen: null });
      [, , this.rows, this.columns] = thumbnails.shape;
      this.width = 0;
      this.resized();
    }

    resized() {
      const { clientWidth } = this.view;
      if (!this.part || !clientWidth || clientWidth === this.width) return;
      this.width = clientWidth;
      const { heads, layers, windows } = this.part, width = clientWidth - (windows.some(Boolean) ? WINDOWS : LAYERS);
      const least = matchMedia("(pointer: coarse), (max-width: 560px)").matches ? FINGER : SMALLEST;
      const fit = Math.floor(width / heads) - GAP, high = Math.max(44, Math.floor(TALL / layers) - GAP);
      this.side = Math.max(least, Math.min(fit, high, LARGEST));
      this.view.classList.toggle("gw-att-beside", width - heads * (this.side + GAP) > BESIDE);
      this.top = HEADS + (this.grouped ? GROUPS : 0);
      this.lay();
      this.paint();
    }

    get grouped() {
      return this.part.kv_heads < this.part.heads;
    }

    place(layer, head) {
      const step = this.side + GAP;
      return { x: head * step, y: this.top + layer * step };
    }

    // --- numbers, brackets and buttons ----------------------------------------------------------------------

    lay() {
      const { make } = attention, { layers, heads, windows } = this.part;
      const { x: width, y: height } = this.place(layers, heads);
      this.board.style.cssText = `width:${width}px;height:${height}px`;
      this.labels.style.height = `${height}px`;
      this.labels.replaceChildren(make("i", "", "layer"), ...Array.from({ length: layers }, (_, layer) => {
        const node = make("span", "", String(layer));
        if (windows[layer]) node.append(make("small", "", `window ${windows[layer].toLocaleString("en")}`));
        node.style.cssText = `top:${this.place(layer, 0).y}px;height:${this.side}px`;
        return node;
      }));
      this.grid.setAttribute("aria-label", `${layers} layers with ${heads} heads each`);
      this.grid.replaceChildren(this.header(), ...Array.from({ length: layers }, (_, layer) => this.row(layer)));
      this.mark(this.chosen);
    }

    header() {
      const { make } = attention, node = make("div", "gw-att-numbers");
      node.setAttribute("aria-hidden", "true");
      for (let head = 0; head < this.part.heads; head++) {
        const number = make("span", "", String(head));
        number.style.cssText = `left:${this.place(0, head).x}px;width:${this.side}px`;
        node.append(number);
      }
      if (!this.grouped) return node;
      const { heads, kv_heads: shared } = this.part, each = heads / shared;
      for (let group = 0; group < shared; group++) {
        const from = this.place(0, group * each).x, to = this.place(0, (group + 1) * each).x - GAP;
        const name = to - from > 60 ? `key head ${group}` : to - from > 24 ? `k ${group}` : "";
        const bracket = make("div", "gw-att-bracket", make("em", "", name));
        bracket.title = `Heads ${group * each} to ${(group + 1) * each - 1} share key head ${group}`;
        bracket.style.cssText = `left:${from}px;width:${to - from}px;top:${HEADS}px`;
        node.append(bracket);
      }
      return node;
    }

    row(layer) {
      const { make } = attention, node = make("div");
      node.setAttribute("role", "row");
      for (let head = 0; head < this.part.heads; head++) {
        const { x, y } = this.place(layer, head), one = make("button");
        one.type = "button";
        one.tabIndex = layer || head ? -1 : 0;
        one.setAttribute("role", "gridcell");
        one.setAttribute("aria-label", this.sentence(layer, head));
        Object.assign(one.dataset, { layer, head });
        one.style.cssText = `left:${x}px;top:${y}px;width:${this.side}px;height:${this.side}px`;
        one.addEventListener("click", () => this.open(layer, head));
        node.append(one);
      }
      return node;
    }

    at(layer, head) {
      return this.grid.querySelector(`[data-layer="${layer}"][data-head="${head}"]`);
    }

    // Marks the open head; null: none.
    mark(chosen) {
      this.chosen = chosen;
      for (const old of this.grid.querySelectorAll('[aria-selected="true"]')) old.removeAttribute("aria-selected");
      const node = chosen && this.at(chosen.layer, chosen.head);
      if (!node) return;
      node.setAttribute("aria-selected", "true");
      this.rove(node);
    }

    // --- what is told of a head -------------------------------------------------------------------------------

    measure(layer, head, which) {
      return this.measures[(layer * this.part.heads + head) * MEASURES + which];
    }

    words(layer, head) {
      const told = TOLD.map(([which, name, written]) => [name, this.measure(layer, head, which), written]);
      return told.filter(([, value]) => Number.isFinite(value)).map(([name, value, written]) => [name, written(value)]);
    }

    sentence(layer, head) {
      const window = this.part.windows[layer];
      const more = this.words(layer, head).map(([name, value]) => `${name} ${value}`);
      if (window) more.push(`window of ${window} tokens`);
      return `Layer ${layer}, head ${head}: ${more.join(", ")}`;
    }

    tell(node) {
      const { make } = attention;
      if (!node) return this.told.replaceChildren(HINT);
      const { layer, head } = node.dataset;
      const words = this.words(+layer, +head).map(([name, value]) => make("span", "", `${name} `, make("b", "", value)));
      return this.told.replaceChildren(make("strong", "", `Layer ${layer}, head ${head}`), ...words);
    }

    // The head of which a measure is largest, with its value; null where none has it.
    strongest(which) {
      let best = null;
      for (let layer = 0; layer < this.part.layers; layer++) {
        for (let head = 0; head < this.part.heads; head++) {
          const value = this.measure(layer, head, which);
          if (Number.isFinite(value) && (!best || value > best.value)) best = { layer, head, value };
        }
      }
      return best;
    }

    key(event) {
      const node = event.target.closest("button");
      if (!node || !(event.key in STEPS)) return;
      event.preventDefault();
      const [down, right] = STEPS[event.key];
      const next = this.at(+node.dataset.layer + down, +node.dataset.head + right);
      if (!next) return;
      this.rove(next);
      next.focus();
    }

    // One head is reached by Tab, the others from there.
    rove(node) {
      for (const old of this.grid.querySelectorAll('[tabindex="0"]')) old.tabIndex = -1;
      node.tabIndex = 0;
    }

    // --- the pictures -----------------------------------------------------------------------------------------

    paint() {
      if (!this.part || !this.side) return;
      const began = performance.now();
      const { layers, heads } = this.part, { x: width, y: height } = this.place(layers, heads);
      const pixels = attention.colours();
      this.legend.paint(pixels);
      this.draw(attention.sized(this.canvas, width, height), this.atlas(pixels));
      performance.measure("glassworks model view", { start: began, end: performance.now() });
    }

    // All thumbnails cell by pixel on one canvas.
    atlas(pixels) {
      const { layers, heads } = this.part, { rows, columns } = this;
      const canvas = document.createElement("canvas");
      canvas.width = heads * columns;
      canvas.height = layers * rows;
      const context = canvas.getContext("2d");
      const image = context.createImageData(canvas.width, canvas.height), out = new Uint32Array(image.data.buffer);
      let at = 0;
      for (let layer = 0; layer < layers; layer++) {
        for (let head = 0; head < heads; head++) {
          for (let row = 0; row < rows; row++) {
            let to = (layer * rows + row) * canvas.width + head * columns;
            for (let column = 0; column < columns; column++) out[to++] = pixels[this.thumbnails[at++]];
          }
        }
      }
      context.putImageData(image, 0, 0);
      return canvas;
    }

    draw(context, atlas) {
      const { layers, heads } = this.part, { rows, columns, side } = this;
      context.imageSmoothingEnabled = columns > side;
      for (let layer = 0; layer < layers; layer++) {
        for (let head = 0; head < heads; head++) {
          const { x, y } = this.place(layer, head);
          context.drawImage(atlas, head * columns, layer * rows, columns, rows, x, y, side, side);
        }
      }
    }

    // A picture of it with its numbers, to be saved.
    picture(title) {
      const { layers, heads, windows } = this.part, left = 84, above = 34;
      const { x: width, y: height } = this.place(layers, heads);
      const canvas = document.createElement("canvas");
      const context = attention.sized(canvas, width + left + 12, height + above + 12);
      attention.titled(context, canvas, title);
      context.translate(left, above);
      context.font = "12px system-ui, sans-serif";
      context.textBaseline = "middle";
      context.fillStyle = attention.variable("muted");
      context.textAlign = "center";
      for (let head = 0; head < heads; head++) context.fillText(head, this.place(0, head).x + this.side / 2, HEADS / 2);
      context.textAlign = "right";
      for (let layer = 0; layer < layers; layer++) {
        const name = windows[layer] ? `${layer}, window ${windows[layer]}` : `layer ${layer}`;
        context.fillText(name, -10, this.place(layer, 0).y + this.side / 2, left - 14);
      }
      this.draw(context, this.atlas(attention.colours()));
      return canvas;
    }
  }

  Object.assign(attention, { ModelMap });
})();
