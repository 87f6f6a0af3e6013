// The sequential scale in eight steps for cells that hold text (their colours are in attention_summary.css), and
// what the tables and maps of the attention views share.
(() => {
  "use strict";
  const attention = ((window.glassworks ??= {}).attention ??= {});
  const STEPS = 8;
  const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

  // Which of the eight steps a value is on, between seven limits that rise.
  function step(value, limits) {
    let found = 0;
    while (found < limits.length && value >= limits[found]) found++;
    return found;
  }

  // Seven limits in equal parts up to `most`.
  const evenly = (most) => Array.from({ length: STEPS - 1 }, (_, i) => ((i + 1) * most) / STEPS);

  // Puts a node on its step of the scale; null: it has no value.
  function colour(node, value, limits) {
    node.classList.add("gw-step");
    node.dataset.step = value === null ? "none" : step(value, limits);
    return node;
  }

  // The scale with its limits below: `written` makes words of a limit.
  function scale(name, limits, written, ends = ["", ""]) {
    const { make } = attention, swatches = make("span", "gw-scale-steps");
    for (let at = 0; at < STEPS; at++) {
      const swatch = make("i", "gw-step");
      swatch.dataset.step = at;
      const below = at < limits.length ? written(limits[at]) : ends[1];
      swatches.append(make("span", "", swatch, make("small", "", below)));
    }
    const words = ends[0] ? [make("small", "", ends[0])] : [];
    const node = make("div", "gw-scale", make("span", "gw-scale-name", name), ...words, swatches);
    node.setAttribute("aria-hidden", "true");
    return node;
  }

  // A group of buttons of which one is pressed; `act(name)`.
  function choice(label, options, chosen, act) {
    const { make, button } = attention, group = make("div", "gw-att-bar gw-att-parts");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", label);
    const press = (name) => {
      for (const one of group.children) one.setAttribute("aria-pressed", String(one.dataset.name === name));
    };
    for (const [name, title] of options) {
      const one = button(title, () => { press(name); act(name); });
      one.dataset.name = name;
      group.append(one);
    }
    press(chosen);
    group.press = press;
    return group;
  }

  // Arrow keys, Home and End in a grid whose cells carry data-row and data-column; Tab reaches one of them.
  function walk(grid, cell) {
    const rove = (node) => {
      for (const old of grid.querySelectorAll('[tabindex="0"][data-row]')) old.tabIndex = -1;
      node.tabIndex = 0;
    };
    grid.addEventListener("focusin", (event) => {
      const node = event.target.closest("[data-row]");
      if (node) rove(node);
    });
    grid.addEventListener("keydown", (event) => {
      const node = event.target.closest("[data-row]");
      if (!node || event.ctrlKey || event.metaKey || event.altKey) return;
      const row = +node.dataset.row, column = +node.dataset.column;
      let next;
      if (event.key in MOVES) next = cell(row + MOVES[event.key][0], column + MOVES[event.key][1]);
      else if (event.key === "Home" || event.key === "End") {
        const line = [...grid.querySelectorAll(`[data-row="${row}"]`)];
        next = event.key === "Home" ? line[0] : line[line.length - 1];
      } else return;
      event.preventDefault();
      if (next) next.focus();
    });
    return rove;
  }

  // A text as chips that carry data-at: the pointer and the focus tell of one, null when the pointer has gone; arrow
  // keys, Home and End move among the count() that are shown.
  function read(chips, count, tell) {
    const hear = (event) => tell(event.target.closest("[data-at]"));
    chips.addEventListener("pointerover", hear);
    chips.addEventListener("focusin", hear);
    chips.addEventListener("pointerleave", () => tell(null));
    chips.addEventListener("keydown", (event) => {
      const at = event.target.closest("[data-at]")?.dataset.at;
      const to = { ArrowLeft: +at - 1, ArrowRight: +at + 1, Home: 0, End: count() - 1 }[event.key];
      if (at === undefined || to === undefined) return;
      event.preventDefault();
      const next = chips.querySelector(`[data-at="${Math.max(0, Math.min(count() - 1, to))}"]`);
      chips.querySelector('[tabindex="0"]').tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    });
  }

  // The data that came with a frame of the page; null where there is none.
  function carried(element) {
    const frame = element.querySelector("[data-carried]");
    return frame ? JSON.parse(frame.dataset.carried) : null;
  }

  // "34 %", "3.4 %", "0.02 %"
  function share(value) {
    if (value === null) return "–";
    const percent = 100 * value;
    return `${percent >= 10 || percent === 0 ? percent.toFixed(0) : percent >= 0.95 ? percent.toFixed(1) : percent.toPrecision(1)} %`;
  }

  Object.assign(attention, { step, evenly, colour, scale, choice, walk, read, carried, share });
})();
