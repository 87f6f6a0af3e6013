// What each tokenizer makes of the same characters, as a table below the aligned view.
(() => {
  "use strict";
  const LISTED = 8; // tokens of one tokenizer
  const BYTES = 24; // of one token
  const HEADS = ["", "Token", "Id", "Bytes", "Characters", ""];
  const HINT = "Point at a token, or walk with the arrow keys: it and what the others make of the same characters " +
    "is shown here.";

  // `groups[lane]` are the tokens of a lane as pairs [columns of a page, row]; without groups there is a hint.
  function details(place, lanes, groups) {
    const { make } = glassworks.lanes;
    if (!groups.length) {
      place.replaceChildren(make("p", "gw-lanes-hint", HINT));
      return;
    }
    const table = make("table");
    const head = table.createTHead().insertRow();
    for (const name of HEADS) {
      const cell = make(name ? "th" : "td", "", name);
      if (name) cell.scope = "col";
      head.append(cell);
    }
    const body = table.createTBody();
    groups.forEach((tokens, which) => listed(body, lanes[which], tokens));
    place.replaceChildren(table);
  }

  function listed(body, lane, tokens) {
    const { make, letter } = glassworks.lanes;
    const said = tokens.length ? tokens.slice(0, LISTED).map(columns) : [["no token here"]];
    if (tokens.length > LISTED) said.push([`and ${tokens.length - LISTED} more`]);
    said.forEach((cells, i) => {
      const row = body.insertRow();
      const head = make("th");
      head.scope = "row";
      if (!i) head.append(letter(lane, "gw-letter"));
      row.append(head);
      for (const cell of cells) row.insertCell().append(cell);
      if (cells.length === 1) row.lastChild.colSpan = HEADS.length - 1;
    });
  }

  function columns([lane, row]) {
    const { make } = glassworks.lanes;
    return [
      make("code", "", visible(lane.tokens[row])),
      lane.ids[row].toLocaleString("en"),
      make("code", "gw-lane-hex", hex(lane.raw[row])),
      range(lane, row),
      kinds(lane.flags[row]),
    ];
  }

  const visible = (text) => Array.from(text, (char) => glassworks.line.sign(char) || char).join("");

  function hex(raw) {
    const pairs = raw.match(/../g) || [];
    return pairs.length > BYTES ? `${pairs.slice(0, BYTES).join(" ")} …` : pairs.join(" ");
  }

  function range(lane, row) {
    if (lane.flags[row] & glassworks.line.FLAGS.added) return "around the text";
    return `${lane.start[row].toLocaleString("en")}–${lane.end[row].toLocaleString("en")}`;
  }

  function kinds(flags) {
    const { special, bytes, unknown } = glassworks.line.FLAGS;
    const names = [[special, "special"], [bytes, "byte fallback"], [unknown, "unknown"]];
    return names.filter(([bit]) => flags & bit).map(([, name]) => name).join(", ");
  }

  // Of each tokenizer the tokens that have a part in these characters. `rows` of `line` are those of the tokenizer
  // `which` that were pointed at: such as stand for no character would not be found otherwise.
  function tokensAt(pages, lanes, { which: chosen, start, end, rows, line }) {
    return lanes.map((_, which) => {
      const found = new Map();
      const add = (lane, row) => found.set(lane.index[row], [lane, row]);
      const home = pages.at(line);
      if (home && which === chosen) for (const row of rows) add(home.lanes[which], row);
      for (const page of pages.kept.values()) {
        if (start >= end || page.starts[0] >= end || page.starts[page.starts.length - 1] <= start) continue;
        const lane = page.lanes[which];
        lane.start.forEach((from, row) => {
          if (from < end && lane.end[row] > start && from < lane.end[row]) add(lane, row);
        });
      }
      return [...found].sort(([a], [b]) => a - b).map(([, pair]) => pair);
    });
  }

  Object.assign(window.glassworks.lanes, { details, tokensAt });
})();
