// One line of the aligned view as elements: a row for each tokenizer. Text becomes text, never HTML.
(() => {
  "use strict";
  const HUES = 5;
  const CHIP = 12; // cells of a token that was put around the text, at most

  const make = (tag, className, text) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  };

  // Cells that a token takes which was put around the text.
  const chip = (token) => Math.min(Array.from(token).length, CHIP) + 1;

  function letter(lane, className) {
    const node = make("span", className, lane.letter);
    node.style.setProperty("--run", lane.colour);
    node.title = lane.name;
    return node;
  }

  // `look` has the lanes with their letters, the width of a cell in pixels, and `lead`, the cells before the first
  // line's text. The block's `facts` say what stands where; `tell(node, facts)` hears of each token's element.
  function block(page, line, look, tell) {
    const node = make("div", "gw-lane-block");
    if (!page) return node;
    const at = line - page.first;
    const start = page.starts[at], end = page.starts[at + 1];
    const grid = glassworks.line.grid(page.texts[at], page.cells[at]);
    const differs = new Set(page.differs.filter((place) => place >= start && place <= end));
    node.facts = { line, grid, start, end, shift: line === 0 ? look.lead : 0, lanes: [] };
    page.lanes.forEach((lane, which) => {
      const row = make("div", "gw-lane");
      const cells = make("div", "gw-lane-cells"), ids = make("div", "gw-lane-ids");
      const found = glassworks.line.cellsOf(lane, lane.rows[at], grid, start);
      node.facts.lanes.push(found);
      fill(cells, ids, { ...node.facts, which, lane, found, differs, cell: look.cell, tell });
      row.append(letter(look.lanes[which], "gw-lane-letter"), cells, ids);
      node.append(row);
    });
    return node;
  }

  function fill(cells, ids, row) {
    const { found, grid, lane } = row;
    const used = found.before.reduce((sum, token) => sum + chip(lane.tokens[token]), 0);
    const put = (node, width, id) => {
      const under = make("span", "gw-lane-id", id);
      node.style.width = under.style.width = `${width * row.cell}px`;
      cells.append(node);
      ids.append(under);
    };
    if (row.shift > used) put(make("span", "gw-none"), row.shift - used, "");
    for (const token of found.before) put(around(token, row), chip(lane.tokens[token]), lane.ids[token]);
    for (const piece of glassworks.line.pieces(grid, found.cells)) {
      const first = piece.cell && piece.first === piece.cell.first;
      put(drawn(piece, row), piece.width, first ? piece.cell.rows.map((token) => lane.ids[token]).join(" ") : "");
    }
    for (const token of found.after) put(around(token, row), chip(lane.tokens[token]), lane.ids[token]);
  }

  // A token that was put around the text.
  function around(token, { which, lane, line, tell }) {
    const node = make("span", "gw-t gw-t-added", lane.tokens[token]);
    tell(node, { which, line, start: -1, end: -1, rows: [token] });
    return node;
  }

  function drawn(piece, row) {
    const node = make("span", piece.cell ? "gw-t" : "gw-none");
    write(node, piece, row);
    if (piece.cell) dress(node, piece, row);
    return node;
  }

  // The characters of a piece. What a monospace font draws is text; all else gets a box of its cells.
  function write(node, { first, last, run }, { grid, cell }) {
    if (run >= 0) node.dir = "rtl";
    let plain = "";
    for (let i = first; i <= last; i++) {
      const { text, cells } = grid.clusters[i];
      const sign = text === "\r\n" ? "␍⏎" : glassworks.line.sign(text);
      if (!sign && (run >= 0 || (cells === 1 && glassworks.line.PLAIN.test(text)))) {
        plain += text;
        continue;
      }
      node.append(plain);
      plain = "";
      const box = make("i", sign ? "gw-t-sign" : "", sign || text);
      if (sign === "▫") box.title = `U+${text.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
      box.style.width = `${cells * cell}px`;
      node.append(box);
    }
    node.append(plain);
  }

  // What can be seen of a cell: its tokens' kind, its edges, and which of them are not everybody's.
  function dress(node, { cell, first, last }, { which, lane, line, differs, start, end, grid, tell }) {
    const { FLAGS } = glassworks.line;
    const flags = cell.rows.reduce((sum, row) => sum | lane.flags[row], 0);
    const opens = first === cell.first && cell.start >= start, closes = last === cell.last;
    const within = (place) => place > cell.start && place < cell.end && differs.has(place);
    const classes = {
      [`gw-hue-${lane.index[cell.rows[0]] % HUES}`]: true,
      "gw-t-special": flags & FLAGS.special,
      "gw-t-unknown": flags & FLAGS.unknown,
      "gw-t-bytes": flags & FLAGS.bytes,
      "gw-t-opens": opens,
      "gw-t-from": first === cell.first && cell.start < start,
      "gw-t-on": closes && cell.end > end,
      "gw-t-cuts": opens && differs.has(cell.start),
      "gw-t-cuts-after": closes && cell.end < end && differs.has(cell.end),
      "gw-t-cuts-within": cell.rows.some((row) => within(lane.start[row]) || within(lane.end[row])),
    };
    for (const [name, wanted] of Object.entries(classes)) if (wanted) node.classList.add(name);
    if (cell.rows.length > 1 && closes) node.append(make("sup", "", cell.rows.length));
    // Pointing at part of a character lights all of it.
    const from = Math.min(cell.start, start + grid.clusters[cell.first].from);
    const to = Math.max(cell.end, start + grid.clusters[cell.last].to);
    tell(node, { which, line, start: from, end: to, rows: cell.rows });
  }

  Object.assign(window.glassworks, { lanes: { block, chip, letter, make } });
})();
