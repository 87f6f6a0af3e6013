// How one query came to one of its weights: both vectors, their product, what positions do to them, mask and softmax.
(() => {
  "use strict";
  const attention = ((window.glassworks ??= {}).attention ??= {});
  const HEIGHT = 56, DIALS = 4;
  const ARRAYS = [
    "query", "keys", "plain_query", "plain_keys", "angles", "query_angles", "table", "bias", "allowed", "scores", "weights",
  ];
  const written = (value) => (Math.abs(value) < 0.005 && value !== 0 ? value.toExponential(1) : value.toFixed(2)).replace("-", "−");

  class QueryKeyView {
    // `ask({ query, key })` promises the answer of the server; `words` has chip(side, place) and the place of the head.
    constructor(ask, words) {
      Object.assign(this, { ask, words, wanted: null, shown: "", found: null });
      const { make } = attention;
      this.body = make("div", "gw-att-qk");
      this.body.setAttribute("aria-live", "polite");
      this.view = make("details", "gw-att-fold", make("summary", "", "How a weight comes about: query, key, score, softmax"), this.body);
      this.view.addEventListener("toggle", () => this.load());
      attention.whenTurned(this.view, () => this.found && this.draw());
      new ResizeObserver(() => this.fit()).observe(this.body);
    }

    // `pair` is `{ query, key }`, key being null for the heaviest; `name` tells heads apart.
    about(name, part, pair) {
      Object.assign(this, { name, part, wanted: pair });
      this.load();
    }

    async load() {
      const { wanted, name } = this;
      if (!this.view.open || !wanted) return;
      const key = `${name}/${wanted.query}`;
      if (this.found && this.shown === key && (wanted.key === null || this.found.shown.includes(wanted.key))) {
        this.draw();
        return;
      }
      this.body.setAttribute("aria-busy", "true");
      if (!this.found) this.body.replaceChildren(attention.make("p", "gw-att-sentence", "Asking for its numbers …"));
      try {
        const answer = await attention.answerOf(this.ask(wanted));
        await Promise.all(ARRAYS.map(async (field) => { answer[field] = (await unpacked(answer[field])); }));
        if (this.wanted !== wanted || this.name !== name) return;
        Object.assign(this, { found: answer, shown: key });
        this.draw();
      } catch (error) {
        this.found = null;
        const again = attention.button("Try again", () => this.load());
        const note = attention.make("div", "gw-att-note", attention.make("span", "", error.message), again);
        note.setAttribute("role", "alert");
        this.body.replaceChildren(note);
      }
      this.body.removeAttribute("aria-busy");
    }

    fit() {
      if (this.found && this.body.clientWidth && this.body.clientWidth !== this.width) this.draw();
    }

    // --- drawing ------------------------------------------------------------------------------------------------

    draw() {
      const { found, wanted } = this;
      if (!this.view.open) return;
      this.width = this.body.clientWidth;
      const key = wanted.key ?? found.weights.reduce((best, weight, at) => (weight > found.weights[best] ? at : best), 0);
      const size = found.query.length, at = found.shown.indexOf(key) * size;
      const vector = found.keys.subarray(at, at + size), product = found.query.map((value, i) => value * vector[i]);
      this.body.replaceChildren(
        this.headline(wanted.query, key), this.steps(wanted.query, key, product),
        this.vectors(found.query, vector, product), ...this.order(wanted.query, key), this.rowOf(key),
      );
    }

    headline(query, key) {
      const { make } = attention, { found, part } = this;
      const apart = part.name === "cross" ? "" : query === key ? ", itself" : `, ${attention.counted(Math.abs(query - key), "token")} ${key < query ? "before" : "after"} it`;
      const group = part.kv_heads < part.heads ? ` Key head ${found.kv_head} serves ${part.heads / part.kv_heads} query heads.` : "";
      return make(
        "p", "gw-att-sentence", make("b", "", `Query ${query} `), this.words.chip("query", query), make("b", "", ` and key ${key} `),
        this.words.chip("key", key), `${apart}. Pick another key by clicking it.${group}`,
      );
    }

    // From the sum of products to the weight, a line each.
    steps(query, key, product) {
      const { make, percent } = attention, { found } = this;
      const sum = product.reduce((a, b) => a + b, 0);
      const lines = [["q · k", `the sum of ${product.length} products`, written(sum)]];
      let score = sum * found.scaling;
      lines.push(["× scaling", `× ${+found.scaling.toPrecision(4)}`, written(score)]);
      if (found.softcap) {
        score = found.softcap * Math.tanh(score / found.softcap);
        lines.push(["softcap", `${found.softcap} · tanh(score / ${found.softcap})`, written(score)]);
      }
      if (found.bias.some((value) => value !== 0)) {
        score += found.bias[key];
        lines.push(["+ bias", "what this distance adds", written(found.bias[key])], ["score", "", written(score)]);
      }
      lines.push(["mask", this.reason(query, key), found.allowed[key] ? "seen" : "not seen"]);
      const seen = found.allowed.reduce((count, one) => count + one, 0);
      lines.push(["softmax", `among ${attention.counted(seen, "key")}${found.sink ? `, with ${percent(found.sink)} on a learnt sink` : ""}`, percent(found.weights[key])]);
      const table = make("table", "gw-att-steps"), body = table.createTBody();
      for (const [name, how, value] of lines) {
        const row = body.insertRow(), head = make("th", "", name);
        head.scope = "row";
        row.append(head, make("td", "", how), make("td", "gw-att-value", value));
      }
      return table;
    }

    reason(query, key) {
      const { allowed, window } = this.found;
      if (allowed[key]) return "this query may see this key";
      if (this.part.causal && key > query) return "the key comes later: the future is closed";
      if (window) return `outside of the window of ${window.toLocaleString("en")} tokens`;
      return "the mask closes it";
    }

    vectors(query, key, product) {
      const { make } = attention, told = make("p", "gw-att-under", "Each bar is a dimension: amber above zero, slate blue below.");
      const rest = told.textContent;
      const charts = [["q", query], ["k", key], ["q × k", product]].map(([name, values]) => {
        const canvas = make("canvas"), most = Math.max(...values.map(Math.abs), 1e-9);
        canvas.setAttribute("role", "img");
        canvas.setAttribute("aria-label", `${name} by dimension, at most ${written(most)}`);
        bars(canvas, values, most, this.width - 96, HEIGHT);
        canvas.addEventListener("pointermove", (event) => {
          const box = canvas.getBoundingClientRect();
          const i = Math.max(0, Math.min(values.length - 1, Math.floor(((event.clientX - box.left) / box.width) * values.length)));
          told.textContent = `Dimension ${i}: ${written(query[i])} × ${written(key[i])} = ${written(product[i])}`;
        });
        canvas.addEventListener("pointerleave", () => { told.textContent = rest; });
        return make("div", "gw-att-bars", make("span", "", name, make("small", "", `±${written(most)}`)), canvas);
      });
      return make("div", "", ...charts, told);
    }

    // What the tokens' places do: turn pairs of dimensions, or add a row of a table to the embedding.
    order(query, key) {
      const { found } = this, { make } = attention;
      if (found.pairs.length && found.angles.length) return [this.dials(query, key)];
      if (!found.table.length) return [];
      const canvas = make("canvas"), most = Math.max(...found.table.map(Math.abs), 1e-9);
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", `The table's row for position ${query}`);
      bars(canvas, found.table, most, this.width - 96, HEIGHT);
      return [make(
        "div", "", make("h4", "", `Position ${query}: what the table adds to the embedding`),
        make("div", "gw-att-bars", make("span", "", "row", make("small", "", `±${written(most)}`)), canvas),
      )];
    }

    dials(query, key) {
      const { found } = this, { make } = attention, count = found.pairs.length;
      const which = [...new Set([0, count / 8, count / 4, count / 2].map(Math.floor))].slice(0, DIALS);
      const row = found.shown.indexOf(key), size = found.plain_query.length;
      const vector = found.plain_keys.subarray(row * size, (row + 1) * size);
      const cards = which.map((pair) => {
        const [a, b] = found.pairs[pair];
        const turns = [found.query_angles[pair], found.angles[row * count + pair]];
        return card([a, b], [found.plain_query[a], found.plain_query[b]], [vector[a], vector[b]], turns);
      });
      return make(
        "div", "", make("h4", "", `Positions turn pairs of dimensions: the query by ${query} steps, the key by ${key}`),
        make("p", "gw-att-under", "Solid: query; dashed: key. Left as computed, right as turned, whole turns left out. Only the difference of both turns matters to the score."),
        make("div", "gw-att-dials", ...cards),
      );
    }

    // The row's scores and weights, key by key.
    rowOf(key) {
      const { found } = this, { make } = attention;
      const seen = found.scores.filter((_, i) => found.allowed[i]);
      let low = Infinity, high = -Infinity;
      for (const score of seen) {
        low = Math.min(low, score);
        high = Math.max(high, score);
      }
      const raised = found.scores.map((score, i) => (found.allowed[i] ? (score - low) / (high - low || 1) : 0));
      const rows = [["scores", raised, `${written(low)} to ${written(high)}`], ["softmax", found.weights, ""]];
      const charts = rows.map(([name, values, range]) => {
        const canvas = make("canvas"), most = Math.max(...values, 1e-9);
        canvas.setAttribute("role", "img");
        canvas.setAttribute("aria-label", `${name} of the query, key by key`);
        bars(canvas, values, most, this.width - 96, 40, key, false);
        return make("div", "gw-att-bars", make("span", "", name, make("small", "", range || `≤ ${attention.percent(most)}`)), canvas);
      });
      return make("div", "", make("h4", "", "The whole row, key by key; this key is outlined"), ...charts);
    }
  }

  const unpacked = async (packed) => (await glassworks.unpack(packed)).data;

  // Bars around zero, or from the floor where nothing is below it; `marked` is outlined.
  function bars(canvas, values, most, width, height, marked = -1, signed = true) {
    const context = attention.sized(canvas, Math.max(60, width), height), wide = Math.max(60, width) / values.length;
    const zero = signed ? height / 2 : height - 1, reach = (signed ? height / 2 : height) - 2;
    const above = attention.variable(signed ? "after" : "accent"), below = attention.variable("before");
    context.fillStyle = attention.variable("line");
    context.fillRect(0, zero, Math.max(60, width), 1);
    values.forEach((value, i) => {
      const tall = (value / most) * reach, gap = wide > 3 ? 1 : 0;
      context.fillStyle = value < 0 ? below : above;
      context.fillRect(i * wide, Math.min(zero, zero - tall), Math.max(0.5, wide - gap), Math.abs(tall));
    });
    if (marked < 0) return;
    context.strokeStyle = attention.variable("ink");
    context.strokeRect(marked * wide - 1.5, 0.5, wide + 2, height - 1);
  }

  // --- clocks: a pair of dimensions as hands ----------------------------------------------------------------------

  function card([a, b], query, key, [turnQ, turnK]) {
    const { make } = attention;
    const most = Math.max(Math.hypot(...query), Math.hypot(...key), 1e-9);
    const turned = ([x, y], by) => [x * Math.cos(by) - y * Math.sin(by), x * Math.sin(by) + y * Math.cos(by)];
    const [q, k] = [turned(query, turnQ), turned(key, turnK)];
    const dot = ([x, y], [u, v]) => x * u + y * v;
    const rounds = (by) => `${written(by)} rad`;
    return make(
      "figure", "gw-att-dial",
      make("div", "", dial(query, key, most, "before"), make("span", "", "→"), dial(q, k, most, "turned")),
      make("figcaption", "", make("b", "", `dimensions ${a}, ${b}`), make("span", "", `turned by ${rounds(turnQ)} and ${rounds(turnK)}, apart ${rounds(turnQ - turnK)}`),
        make("span", "", `adds ${written(dot(q, k))} to q · k; unturned ${written(dot(query, key))}`)),
    );
  }

  function dial(query, key, most, name) {
    const space = "http://www.w3.org/2000/svg", svg = document.createElementNS(space, "svg");
    svg.setAttribute("viewBox", "-50 -50 100 100");
    svg.setAttribute("role", "img");
    const degrees = ([x, y]) => Math.round((Math.atan2(y, x) * 180) / Math.PI);
    svg.setAttribute("aria-label", `${name}: query at ${degrees(query)}°, key at ${degrees(key)}°`);
    const put = (tag, attributes) => {
      const node = document.createElementNS(space, tag);
      for (const [field, value] of Object.entries(attributes)) node.setAttribute(field, value);
      svg.append(node);
    };
    put("circle", { r: 46, class: "gw-att-rim" });
    for (const [[x, y], style] of [[key, "gw-att-hand-key"], [query, "gw-att-hand-query"]]) {
      const [u, v] = [(x / most) * 44, (-y / most) * 44]; // y grows upwards, as in mathematics
      put("line", { x1: 0, y1: 0, x2: u.toFixed(2), y2: v.toFixed(2), class: style });
      put("circle", { cx: u.toFixed(2), cy: v.toFixed(2), r: 3.2, class: `${style} gw-att-tip` });
    }
    return svg;
  }

  Object.assign(attention, { QueryKeyView });
})();
