// The trace of a search: the passage that is pointed at is marked in every stage, the one that is pressed stays
// marked and is read below; arrow keys go along a stage and from one stage to the next.
(() => {
  "use strict";
  const rag = ((window.glassworks ??= {}).rag ??= {});

  class Trace {
    constructor(element) {
      this.element = element;
      this.pinned = null;
      element.addEventListener("pointerover", ({ target }) => this.mark(this.of(target)));
      element.addEventListener("pointerleave", () => this.mark(this.pinned));
      element.addEventListener("focusin", ({ target }) => this.mark(this.of(target)));
      element.addEventListener("click", ({ target }) => {
        const chip = target.closest("button[data-passage]");
        if (chip) this.pin(chip.dataset.passage);
      });
      element.addEventListener("keydown", (event) => this.go(event));
    }

    of(target) { return target.closest("[data-passage]")?.dataset.passage ?? this.pinned; }

    all(selector) { return [...this.element.querySelectorAll(selector)]; }

    mark(passage) {
      this.element.firstElementChild?.classList.toggle("gw-trace-following", passage !== null);
      for (const one of this.all("[data-passage]")) one.classList.toggle("gw-on", one.dataset.passage === passage);
    }

    // Pressed again, it is let go.
    pin(passage) {
      this.pinned = this.pinned === passage ? null : passage;
      for (const one of this.all("button[data-passage]")) one.setAttribute("aria-pressed", one.dataset.passage === this.pinned);
      for (const one of this.all("[data-of]")) one.hidden = one.dataset.of !== this.pinned;
      this.mark(this.pinned ?? passage);
    }

    go(event) {
      const chip = event.target.closest("button[data-passage]");
      const step = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
      if (!chip || !step) return;
      event.preventDefault();
      const column = chip.closest(".gw-trace-column");
      const chips = [...column.querySelectorAll("button[data-passage]")];
      const next = step[1] ? chips[chips.indexOf(chip) + step[1]] : this.beside(column, chips.indexOf(chip), step[0], chip);
      next?.focus();
    }

    // The same passage in the next stage that has it, else what stands at the same height in the nearest.
    beside(column, at, step, chip) {
      const columns = this.all(".gw-trace-column");
      const rest = step > 0 ? columns.slice(columns.indexOf(column) + 1) : columns.slice(0, columns.indexOf(column)).reverse();
      const same = rest.map((one) => one.querySelector(`button[data-passage="${chip.dataset.passage}"]`)).find(Boolean);
      if (same || !rest.length) return same;
      const chips = rest[0].querySelectorAll("button[data-passage]");
      return chips[Math.min(at, chips.length - 1)];
    }
  }

  // Called by the component that shows a trace. What the server draws anew has nothing pinned.
  rag.trace = (element, watch) => {
    const trace = new Trace(element);
    watch("value", () => { trace.pinned = null; });
  };
})();
