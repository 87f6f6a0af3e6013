// Chunks side by side: the one that is pointed at, tapped or reached by the arrow keys is outlined in its column,
// and what it is stands at the column's head.
(() => {
  "use strict";
  const rag = ((window.glassworks ??= {}).rag ??= {});

  const held = (piece) => piece.dataset.c.split(" ").map(Number);

  class Chunks {
    constructor(element) {
      this.element = element;
      element.addEventListener("pointerover", ({ target }) => this.at(target));
      element.addEventListener("click", ({ target }) => this.at(target));
      element.addEventListener("keydown", (event) => this.go(event));
    }

    // Where two chunks share the words, the later one is meant.
    at(target) {
      const piece = target.closest("[data-c]");
      if (piece) this.tell(piece.closest(".gw-cuts-text"), held(piece).at(-1));
    }

    tell(column, chunk) {
      if (column.dataset.now === String(chunk)) return;
      column.dataset.now = chunk;
      const told = JSON.parse(column.dataset.told)[chunk - Number(column.dataset.first)];
      const said = this.element.querySelector(`.gw-cuts-name[data-column="${column.dataset.column}"] .gw-cuts-said`);
      said.textContent = said.title = told;
      for (const one of column.querySelectorAll("[data-c]")) one.classList.toggle("gw-on", held(one).includes(chunk));
    }

    go(event) {
      const column = event.target.closest(".gw-cuts-text");
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!column || !step) return;
      event.preventDefault();
      const first = Number(column.dataset.first);
      const last = first + JSON.parse(column.dataset.told).length - 1;
      const now = column.dataset.now === undefined ? first - step * (step > 0) : Number(column.dataset.now);
      const next = Math.min(last, Math.max(first, now + step));
      if (last < first) return;
      this.tell(column, next);
      column.querySelector(".gw-on")?.scrollIntoView({ block: "nearest" });
    }
  }

  // Called by the component that shows the columns.
  rag.chunks = (element) => new Chunks(element);
})();
