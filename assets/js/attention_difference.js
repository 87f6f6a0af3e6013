// The part Compare: every head of one model, of the other, and the difference, as small pictures. What is shown comes
// with the page; a head that is chosen is told to whoever listens, by the event gw-open-head on the document.
(() => {
  "use strict";
  const house = (window.glassworks ??= {});
  const attention = (house.attention ??= {});
  const SIDES = ["one", "other", "difference"], GAP = 2, LARGEST = 64, SMALLEST = 9, SMALL = 56;

  const parsed = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

  // 255 pixels, from all of a weight lost to all of it gained, by the root of the change. By night what is far from
  // zero is bright, as it is dark by day.
  function signed(scale) {
    const dark = document.body.classList.contains("dark");
    const names = dark ? [scale[2], scale[1], attention.variable("sunk"), scale[5], scale[4]] : scale;
    const points = names.map(parsed), found = new Uint32Array(255);
    for (let change = -127; change <= 127; change++) {
      const root = Math.sign(change) * Math.sqrt(Math.abs(change) / 127);
      const at = ((root + 1) / 2) * (points.length - 1), low = Math.min(Math.floor(at), points.length - 2);
      const [r, g, b] = points[low].map((from, i) => Math.round(from + (points[low + 1][i] - from) * (at - low)));
      found[change + 127] = (255 << 24) | (b << 16) | (g << 8) | r;
    }
    return found;
  }

  // One head of one side, a pixel a cell.
  function picture({ data, shape }, colours, zero, index) {
    const [, , rows, columns] = shape, canvas = document.createElement("canvas");
    canvas.width = columns;
    canvas.height = rows;
    const context = canvas.getContext("2d"), image = context.createImageData(columns, rows);
    const pixels = new Uint32Array(image.data.buffer), first = index * rows * columns;
    for (let at = 0; at < pixels.length; at++) pixels[at] = colours[data[first + at] + zero];
    context.putImageData(image, 0, 0);
    return canvas;
  }

  class Section {
    constructor(element, told, scale) {
      Object.assign(this, { element, told, scale, width: 0 });
      this.boards = SIDES.map((side) => element.querySelector(`[data-side="${side}"].gw-diff-board`));
      this.line = element.querySelector(".gw-diff-told");
      this.hint = this.line.textContent;
      this.legends();
    }

    async load() {
      const names = [...SIDES, "distance"];
      const found = await Promise.all(names.map((name) => house.unpack(this.told[name])));
      this.arrays = Object.fromEntries(names.map((name, at) => [name, found[at]]));
      this.observer = new ResizeObserver(() => this.resized());
      this.observer.observe(this.boards[0]);
      return this;
    }

    resized() {
      const width = this.boards[0].clientWidth;
      if (!width || width === this.width) return;
      this.width = width;
      const side = Math.floor((width + GAP) / this.told.heads) - GAP;
      this.side = Math.max(SMALLEST, Math.min(LARGEST, side));
      this.paint();
    }

    paint() {
      if (!this.side) return;
      const sequential = attention.colours(), diverging = signed(this.scale);
      this.pictures = Object.fromEntries(SIDES.map((side) => {
        const [colours, zero] = side === "difference" ? [diverging, 127] : [sequential, 0];
        const count = this.told.layers * this.told.heads;
        return [side, Array.from({ length: count }, (_, at) => picture(this.arrays[side], colours, zero, at))];
      }));
      for (const board of this.boards) this.paintBoard(board);
      for (const canvas of this.element.querySelectorAll(".gw-diff-small")) this.paintSmall(canvas);
      this.weights.paint(sequential);
      this.changes.paint(diverging);
    }

    paintBoard(board) {
      const { layers, heads } = this.told, step = this.side + GAP;
      const context = attention.sized(board.querySelector("canvas"), heads * step - GAP, layers * step - GAP);
      this.pictures[board.dataset.side].forEach((image, at) => {
        this.draw(context, image, (at % heads) * step, Math.floor(at / heads) * step, this.side);
      });
    }

    paintSmall(canvas) {
      const { side, layer, head } = canvas.dataset;
      const image = this.pictures[side][layer * this.told.heads + +head];
      this.draw(attention.sized(canvas, SMALL, SMALL), image, 0, 0, SMALL);
    }

    // Each in a square, whatever the numbers of queries and keys.
    draw(context, image, x, y, side) {
      context.imageSmoothingEnabled = image.width > side;
      context.imageSmoothingQuality = "high";
      context.drawImage(image, x, y, side, side);
    }

    // --- pointing ---------------------------------------------------------------------------------------------

    // The head that an event is about: on a picture, or on a button of the table; null for none.
    about({ target, clientX, clientY }) {
      const button = target.closest(".gw-diff-open");
      if (button) return { layer: +button.dataset.layer, head: +button.dataset.head };
      const canvas = target.closest(".gw-diff-board canvas");
      if (!canvas || !this.side) return null;
      const box = canvas.getBoundingClientRect(), step = this.side + GAP;
      const head = Math.floor((clientX - box.left) / step), layer = Math.floor((clientY - box.top) / step);
      return head >= 0 && layer >= 0 && head < this.told.heads && layer < this.told.layers ? { layer, head } : null;
    }

    point(place) {
      const step = this.side + GAP;
      for (const board of this.boards) {
        const mark = board.querySelector(".gw-diff-mark");
        mark.hidden = !place;
        if (place) mark.style.cssText = `left:${place.head * step}px;top:${place.layer * step}px;width:${this.side}px;height:${this.side}px`;
      }
      this.line.textContent = place ? this.sentence(place) : this.hint;
    }

    sentence({ layer, head }) {
      const moved = this.arrays.distance.data[layer * this.told.heads + head];
      return `Layer ${layer}, head ${head}: ${attention.percent(moved)} of its attention lies elsewhere.`;
    }

    legends() {
      const { make } = attention, place = this.element.querySelector(".gw-diff-legend");
      this.weights = attention.legend();
      this.changes = make("div", "gw-att-legend");
      const bar = make("i"), ticks = ["−100 %", "−25 %", "0", "+25 %", "+100 %"].map((text) => make("small", "", text));
      bar.setAttribute("aria-hidden", "true");
      this.changes.append(make("span", "gw-att-legend-name", "difference"), make("div", "", bar, make("span", "", ...ticks)));
      this.changes.paint = (pixels) => {
        const points = Array.from({ length: 17 }, (_, i) => attention.css(pixels[Math.round((i * 254) / 16)]));
        bar.style.background = `linear-gradient(to right, ${points.join(", ")})`;
      };
      place.replaceChildren(this.weights, this.changes);
    }
  }

  class Difference {
    // Listens on the part itself: what is in it is the framework's to replace.
    constructor(element) {
      Object.assign(this, { element, sections: [], epoch: 0 });
      element.addEventListener("pointermove", (event) => this.point(event));
      element.addEventListener("pointerleave", (event) => this.point(event));
      element.addEventListener("focusin", (event) => this.point(event));
      element.addEventListener("click", (event) => this.open(event));
      attention.whenTurned(element, () => this.sections.forEach((section) => section.paint()));
    }

    // Draws what the server has put into the page.
    async adopt() {
      const view = this.element.querySelector(".gw-diff"), epoch = ++this.epoch;
      for (const section of this.sections) section.observer.disconnect();
      this.sections = [];
      if (!view) return;
      const { scale, parts } = JSON.parse(view.dataset.pictures);
      const found = await Promise.all(parts.map((told) => {
        return new Section(view.querySelector(`[data-part="${told.part}"]`), told, scale).load();
      }));
      if (epoch === this.epoch) this.sections = found;
      else for (const section of found) section.observer.disconnect();
    }

    point(event) {
      for (const section of this.sections) {
        section.point(section.element.contains(event.target) ? section.about(event) : null);
      }
    }

    open(event) {
      const section = this.sections.find((one) => one.element.contains(event.target));
      const place = section?.about(event);
      if (!place) return;
      const detail = { part: section.told.part, ...place };
      document.dispatchEvent(new CustomEvent("gw-open-head", { detail, bubbles: true }));
    }
  }

  Object.assign(house, { Difference });
})();
