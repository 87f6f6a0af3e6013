// What the board offers on who may see whom: keys that no query sees, and pairs of a query and a key.
(() => {
  "use strict";
  const glassworks = (window.glassworks = window.glassworks ?? {});
  const PAIRS = 40; // tokens up to which every pair can be switched
  const KEYS = 1000; // tokens that are offered
  const element = (name, text = "", className = "") =>
    Object.assign(document.createElement(name), { textContent: text, className });

  glassworks.boardMasks = (board, part) => {
    const keys = part.keys ?? part.queries, where = board.where();
    const block = (change) => ({ ...board.scope, kind: "block", ...change });
    const chips = element("div", "", "gw-board-keys");
    keys.slice(0, KEYS).forEach((text, key) =>
      chips.append(board.toggle(block({ key }), `no token sees ${key} ‘${text}’${where}`, "", text)));
    const cut = keys.length > KEYS ? `, of the first ${KEYS.toLocaleString("en")}` : "";
    const drawn = [element("p", `A token that no other may see${cut}:`, "gw-hint"), board.group(chips, "Tokens that are hidden")];
    if (part.queries.length <= PAIRS && keys.length <= PAIRS)
      drawn.push(element("p", "One token (row) that does not see one other (column):", "gw-hint"),
        board.group(pairs(board, part, keys, block, where), "Queries and keys"));
    else drawn.push(element("p", `Single pairs can be chosen for up to ${PAIRS} tokens.`, "gw-hint"));
    return drawn;
  };

  function pairs(board, part, keys, block, where) {
    const head = document.createElement("tr");
    head.append(element("td"), ...keys.map((text, key) => {
      const made = Object.assign(element("th"), { scope: "col", title: `${key} ${text}` });
      made.append(element("span", text));
      return made;
    }));
    const rows = part.queries.map((text, query) => {
      const row = document.createElement("tr");
      row.append(Object.assign(element("th", text), { scope: "row", title: `${query} ${text}` }));
      keys.slice(0, part.causal ? query + 1 : keys.length).forEach((_, key) => {
        const place = document.createElement("td");
        place.append(board.toggle(block({ query, key }), `token ${query} ‘${text}’ does not see ${key} ‘${keys[key]}’${where}`));
        row.append(place);
      });
      return row;
    });
    const table = document.createElement("table"), top = document.createElement("thead"), body = document.createElement("tbody");
    top.append(head);
    body.append(...rows);
    table.append(top, body);
    const box = element("div", "", "gw-board-grid");
    box.append(table);
    return box;
  }
})();
