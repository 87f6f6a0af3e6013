// One line of text on a grid of character cells, and a lane's tokens as pieces of it. Pure: no page, no server.
// Characters are code points, counted from the line's beginning unless they are said to be of the text.
(() => {
  "use strict";
  const FLAGS = { special: 1, added: 2, bytes: 4, unknown: 8 };
  const SIGNS = { " ": "·", "\n": "⏎", "\t": "→", "\r": "␍", "\u007f": "␡", "\u00a0": "⍽" };
  const HIDDEN = /^[\p{Cc}\p{Cf}\p{Zs}\p{Zl}\p{Zp}]$/u;
  const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
  const NEUTRAL = /^[^\p{L}\p{N}]+$/u;
  const PLAIN = /^[!-~\u00a1-\u00ac\u00ae-\u024f\u0370-\u0482\u048a-\u052f]$/; // what a monospace font draws in one cell
  const segmenter = window.Intl && Intl.Segmenter ? new Intl.Segmenter(undefined, { granularity: "grapheme" }) : null;

  // The sign for a character that would not show, "" for one that does.
  function sign(char) {
    if (char in SIGNS) return SIGNS[char];
    if (char < " ") return String.fromCodePoint(0x2400 + char.codePointAt(0));
    return HIDDEN.test(char) ? "▫" : "";
  }

  function graphemes(text) {
    if (!segmenter || /^[\x00-\x7f]*$/.test(text)) return Array.from(text);
    return Array.from(segmenter.segment(text), (part) => part.segment);
  }

  // Characters as they read, with their place on the grid; `digits` are the cells of each code point, "" for all 1.
  function grid(text, digits) {
    const clusters = [];
    const of = []; // code point → its cluster
    let at = 0;
    for (const part of graphemes(text)) {
      const length = Array.from(part).length;
      let cells = length;
      if (digits) {
        cells = 0;
        for (let i = at; i < at + length; i++) cells += digits.charCodeAt(i) - 48;
      }
      if (!cells && clusters.length) {
        const last = clusters[clusters.length - 1];
        last.text += part;
        last.to += length;
      } else {
        clusters.push({ text: part, from: at, to: at + length, cells: cells || 1, x: 0, run: -1 });
      }
      for (let i = 0; i < length; i++) of.push(clusters.length - 1);
      at += length;
    }
    return { clusters, of, length: at, width: place(clusters) };
  }

  // Sets x of every cluster. Right-to-left words with what stands between them run from right to left.
  function place(clusters) {
    let x = 0;
    for (const cluster of clusters) {
      cluster.x = x;
      x += cluster.cells;
    }
    for (let i = 0; i < clusters.length; i++) {
      if (!RIGHT_TO_LEFT.test(clusters[i].text)) continue;
      let last = i;
      for (let j = i + 1; j < clusters.length; j++) {
        if (RIGHT_TO_LEFT.test(clusters[j].text)) last = j;
        else if (!NEUTRAL.test(clusters[j].text)) break;
      }
      const end = clusters[last].x + clusters[last].cells;
      const start = clusters[i].x;
      for (let j = i; j <= last; j++) {
        clusters[j].x = start + end - clusters[j].x - clusters[j].cells;
        clusters[j].run = i;
      }
      i = last;
    }
    return x;
  }

  // A lane's tokens in one line. Tokens that share a cluster are one cell: { rows, first, last (clusters), start, end
  // (of the text) }. Those that were put around the text stand apart.
  function cellsOf(lane, rows, line, start) {
    const found = { before: [], cells: [], after: [] };
    let waiting = []; // tokens that stand for no character go with the next one
    for (const row of rows) {
      if (lane.flags[row] & FLAGS.added) {
        (found.cells.length || waiting.length ? found.after : found.before).push(row);
      } else if (lane.start[row] === lane.end[row]) {
        waiting.push(row);
      } else {
        add(found.cells, [...waiting, row], lane, row, line, start);
        waiting = [];
      }
    }
    if (waiting.length && found.cells.length) found.cells[found.cells.length - 1].rows.push(...waiting);
    return found;
  }

  function add(cells, rows, lane, row, line, start) {
    const first = line.of[Math.max(lane.start[row] - start, 0)];
    const last = line.of[Math.min(lane.end[row] - start, line.length) - 1];
    const before = cells[cells.length - 1];
    if (before && first <= before.last) {
      before.rows.push(...rows);
      before.last = Math.max(before.last, last);
      before.end = Math.max(before.end, lane.end[row]);
    } else {
      cells.push({ rows, first, last, start: lane.start[row], end: lane.end[row] });
    }
  }

  // The whole line from left to right: [{ x, width, first, last (clusters), cell }]. A cell that reaches into
  // right-to-left text has a piece for each direction; `cell` is null for characters that no token stands for.
  function pieces(line, cells) {
    const owner = new Array(line.clusters.length).fill(null);
    for (const cell of cells) for (let i = cell.first; i <= cell.last; i++) owner[i] = cell;
    const made = [];
    line.clusters.forEach((cluster, i) => {
      const last = made[made.length - 1];
      if (last && last.cell === owner[i] && last.run === cluster.run && last.cell) {
        last.last = i;
        last.x = Math.min(last.x, cluster.x);
        last.width += cluster.cells;
      } else {
        made.push({ x: cluster.x, width: cluster.cells, first: i, last: i, run: cluster.run, cell: owner[i] });
      }
    });
    return made.sort((a, b) => a.x - b.x);
  }

  // Where characters from..to of the line stand: [[x, width]], one for each direction.
  function extent(line, from, to) {
    const found = [];
    if (from >= to || from >= line.length || to <= 0) return found;
    const last = line.of[Math.min(to, line.length) - 1];
    let run = null;
    for (let i = line.of[Math.max(from, 0)]; i <= last; i++) {
      const { x, cells, run: mine } = line.clusters[i];
      const box = found[found.length - 1];
      if (box && run === mine) {
        box[0] = Math.min(box[0], x);
        box[1] += cells;
      } else {
        found.push([x, cells]);
      }
      run = mine;
    }
    return found;
  }

  Object.assign(window.glassworks, { line: { FLAGS, PLAIN, sign, grid, cellsOf, pieces, extent } });
})();
