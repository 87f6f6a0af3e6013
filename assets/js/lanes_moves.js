// Moving through the aligned view: from token to token with the keys, from difference to difference with the buttons.
// `view` is a Lanes; all that is kept between two steps is its `walk`, `lit` and `here`.
(() => {
  "use strict";

  // To the next token of the same tokenizer, or to another's at the same character.
  async function step(view, along, across) {
    const { epoch } = view.pages;
    const from = view.walk ?? begun(view);
    const lane = (from.lane + across + view.lanes.length) % view.lanes.length;
    let { line } = from, cells = await cellsAt(view, line, from.lane), at = from.cell + along;
    if (across && cells) {
      const start = cells[from.cell] ? cells[from.cell].start : -1;
      cells = await cellsAt(view, line, lane);
      at = (cells || []).findIndex((cell) => cell.end > start);
      if (at < 0) at = (cells || []).length - 1;
    }
    while (cells && !cells[at] && line + along >= 0 && line + along < view.total && along) {
      line += along;
      cells = await cellsAt(view, line, lane);
      at = along > 0 ? 0 : (cells || []).length - 1;
    }
    if (!cells || !cells[at] || epoch !== view.pages.epoch) return;
    view.walk = { line, lane, cell: at };
    view.bring(line);
    view.choose({ which: lane, line, ...cells[at] });
  }

  function begun(view) {
    if (view.lit && view.lit.start >= 0) return { line: view.lit.line, lane: view.lit.which, cell: cellOf(view) };
    return { line: Math.floor(view.top / view.height), lane: 0, cell: -1 };
  }

  function cellOf(view) {
    const { facts } = view.blocks.get(view.lit.line) ?? {};
    if (!facts) return -1;
    return facts.lanes[view.lit.which].cells.findIndex((cell) => cell.end === view.lit.end);
  }

  async function cellsAt(view, line, which) {
    const page = await view.pages.need(line);
    if (!page) return null;
    const at = line - page.first, lane = page.lanes[which];
    const grid = glassworks.line.grid(page.texts[at], page.cells[at]);
    return glassworks.line.cellsOf(lane, lane.rows[at], grid, page.starts[at]).cells;
  }

  // To the next difference, or the one before: from the last one if that is still in view, else from what is in view.
  async function seek(view, way) {
    const first = Math.floor(view.top / view.height);
    const last = Math.min(view.total, Math.ceil((view.top + view.seen) / view.height)) - 1;
    const near = view.here && view.here.line >= first - 1 && view.here.line <= last + 1;
    let page = await view.pages.need(near ? view.here.line : way > 0 ? first : last);
    if (!page) return;
    const edge = way > 0 ? page.starts[first - page.first] - 1 : page.starts[last - page.first + 1];
    const from = near ? view.here.place : edge;
    while (page) {
      const found = nextIn(page, from, way);
      if (found !== undefined) return goTo(view, found, page);
      const line = way > 0 ? page.following : page.previous;
      if (line < 0) {
        view.said.textContent = way > 0 ? "No difference further on" : "No difference before";
        return;
      }
      page = await view.pages.need(line);
    }
  }

  function nextIn(page, from, way) {
    if (way > 0) return page.differs.find((place) => place > from);
    return [...page.differs].reverse().find((place) => place < from);
  }

  function goTo(view, place, page) {
    const at = page.starts.findIndex((start, i) => start <= place && place < page.starts[i + 1]);
    const line = page.first + at;
    view.here = { place, line };
    view.said.textContent = `Before character ${place.toLocaleString("en")}, line ${(line + 1).toLocaleString("en")}`;
    const above = line * view.height;
    if (above < view.top || above + view.height > view.top + view.seen) {
      view.scrollTo(above - (view.seen - view.height) / 2);
    }
    view.walk = null;
    view.lit = null;
    view.light();
    const around = { which: -1, start: place - 1, end: place + 1, rows: [], line };
    const { details, tokensAt } = glassworks.lanes;
    details(view.details, view.lanes, tokensAt(view.pages, view.lanes, around));
  }

  Object.assign(window.glassworks.lanes, { step, seek });
})();
