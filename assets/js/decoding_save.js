// All that a board shows, as JSON or as a table of its tokens.
(() => {
  "use strict";
  const decoding = ((window.glassworks ??= {}).decoding ??= {});
  const FIELDS = ["column", "strategy", "position", "id", "text", "log_prob", "rank", "entropy", "origin", "refused"];
  const quoted = (value) => `"${String(value ?? "").replaceAll('"', '""')}"`;

  const tokens = (column) => column.tokens.map((token, position) => ({
    column: column.at, strategy: column.told.name, position, id: token.id, text: token.text, log_prob: token.logProb,
    rank: token.rank, entropy: token.entropy, origin: token.draft ? "draft" : "own", refused: token.refused,
  }));

  decoding.asCsv = (columns) =>
    [FIELDS, ...columns.flatMap(tokens).map((row) => FIELDS.map((name) => row[name]))].map((row) => row.map(quoted).join(",")).join("\r\n");

  decoding.asJson = ({ columns: _, run: __, ...about }, columns) => JSON.stringify({
    ...about,
    columns: columns.map((column) => ({ name: column.told.name, parameters: column.told.parameters, text: column.whole,
      outcome: column.outcome ?? null, error: column.fault ?? null, tokens: tokens(column).map(({ column: _at, strategy: _name, ...token }) => token) })),
  }, null, 2);
})();
