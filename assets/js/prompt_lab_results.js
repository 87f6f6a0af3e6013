// The results of the prompt lab: tables that sort, and buttons in tables that choose an item, a pair or a page.
(() => {
  "use strict";
  const SAME_MS = 1500; // the item that stands there already is not drawn again: then it is shown after this time

  const valueOf = (row, at) => {
    const cell = row.cells[at];
    const told = cell?.dataset.value;
    return told === undefined ? cell?.textContent.trim() ?? "" : told === "" ? null : Number(told);
  };

  // What has no value stands last, whichever way it is sorted.
  const before = (one, two, down) => {
    if (one === null || two === null || one === two) return (one === null) - (two === null);
    const order = typeof one === "number" ? one - two : String(one).localeCompare(String(two));
    return down ? -order : order;
  };

  /** A table whose headings sort. The order outlives a redraw with newer figures. */
  class LabTable {
    constructor(element) {
      this.element = element;
      this.at = null;
      element.addEventListener("click", (event) => {
        const button = event.target.closest("button[data-sort]");
        if (button) this.turn(button);
      });
    }

    heads() { return [...this.element.querySelectorAll("thead th")]; }

    adopt() { if (this.at !== null) this.sort(); }

    turn(button) {
      const at = this.heads().indexOf(button.closest("th"));
      this.down = at === this.at ? !this.down : button.dataset.sort === "most";
      this.at = at;
      this.sort();
    }

    sort() {
      const body = this.element.querySelector("tbody");
      const heads = this.heads();
      if (!body || this.at >= heads.length) return;
      const rows = [...body.rows];
      const whole = rows.filter((row) => row.cells.length === heads.length);
      whole.sort((one, two) => before(valueOf(one, this.at), valueOf(two, this.at), this.down));
      body.append(...whole, ...rows.filter((row) => row.cells.length !== heads.length));
      heads.forEach((head, at) => head.setAttribute("aria-sort", at !== this.at ? "none" : this.down ? "descending" : "ascending"));
    }
  }

  // A click on a button with data-item, data-page or data-pair becomes a `select` event that carries it.
  const labPick = (element, trigger) => {
    element.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-item], button[data-page], button[data-pair]");
      if (!button || button.disabled) return;
      const { item, page, pair } = button.dataset;
      if (item !== undefined) {
        wanted = true;
        trigger("select", { item });
        setTimeout(labShow, SAME_MS);
      } else if (page !== undefined) trigger("select", { page: Number(page) });
      else trigger("select", { pair: pair.split(",").map(Number) });
    });
  };

  // After an item was chosen its trace comes into view, once: not whenever newer figures have it drawn again.
  let wanted = false;
  const labShow = () => {
    if (!wanted) return;
    wanted = false;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    document.getElementById("found-trace")?.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
  };

  window.glassworks = { ...window.glassworks, LabTable, labPick, labShow };
})();
