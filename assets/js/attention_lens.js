// The logit lens: layers down, positions across, each cell the token that would be said there. A cell under the
// pointer or the focus shows its list of tokens below.
(() => {
  "use strict";
  const house = (window.glassworks ??= {});
  const attention = (house.attention ??= {});
  const ARRAYS = ["ids", "probabilities", "ranks", "kl", "entropy"];
  const nats = (value) => `${value.toFixed(2)} nats`;
  const ordinal = (rank) => rank.toLocaleString("en");
  // name → title, what a colour means, limits of the scale (rising), the value of a cell in words.
  const VIEWS = {
    probability: {
      title: "Probability", means: "of the token in the cell", limits: [0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75],
      limit: (value) => `${100 * value}`, ends: ["", "%"],
    },
    rank: {
      title: "Rank of the final token", means: "1 where it leads", limits: [2, 3, 6, 11, 51, 201, 1001],
      limit: (value) => ordinal(value), ends: ["1", ""],
    },
    kl: {
      title: "KL to the end", means: "nats from the final distribution", limits: [0.05, 0.2, 0.5, 1, 2, 4, 8],
      limit: (value) => `${value}`, ends: ["0", ""],
    },
    entropy: {
      title: "Entropy", means: "nats; 0 where it is sure", limits: [0.25, 0.5, 1, 2, 3, 4.5, 6],
      limit: (value) => `${value}`, ends: ["0", ""],
    },
  };

  class AttentionLens {
    constructor(element, server) {
      Object.assign(this, { element, server, by: "probability", turned: "" });
    }

    async adopt() {
      const data = attention.carried(this.element);
      if (!data) return;
      const arrays = await Promise.all(ARRAYS.map((name) => window.glassworks.unpack(data[name])));
      ARRAYS.forEach((name, i) => { data[name] = arrays[i].data; });
      [, this.columns, this.listed] = arrays[0].shape;
      Object.assign(this, { data, rows: data.layers.length, at: null, pinned: null });
      this.build();
      this.draw();
    }

    // --- values of a cell -----------------------------------------------------------------------------------

    place(row, column) {
      return row * this.columns + column;
    }

    top(row, column) {
      return this.data.ids[this.place(row, column) * this.listed];
    }

    share(row, column, which = 0) {
      return this.data.probabilities[this.place(row, column) * this.listed + which];
    }

    value(row, column) {
      const at = this.place(row, column);
      if (this.by === "probability") return this.share(row, column);
      return this.by === "rank" ? this.data.ranks[at] + 1 : this.data[this.by][at];
    }

    written(row, column) {
      const value = this.value(row, column);
      return this.by === "probability" ? attention.share(value) : this.by === "rank" ? ordinal(value) : nats(value);
    }

    // The first layer after which the final token leads.
    leads(column) {
      const final = this.top(this.rows - 1, column);
      for (let row = 0; row < this.rows; row++) if (this.top(row, column) === final) return row;
      return this.rows - 1;
    }

    // --- what stands there ----------------------------------------------------------------------------------

    build() {
      const { make, button } = attention;
      const colours = attention.choice("Colour", Object.entries(VIEWS).map(([name, { title }]) => [name, title]), this.by,
        (name) => { this.by = name; this.draw(); });
      this.legend = make("div");
      this.grid = make("div", "gw-lens-grid");
      this.grid.setAttribute("role", "grid");
      this.grid.setAttribute("aria-label", `Layers down, positions ${this.data.first} to ${this.last} across`);
      this.grid.style.setProperty("--columns", this.columns);
      this.scroller = make("div", "gw-lens-scroll", this.grid);
      this.detail = make("div", "gw-lens-detail");
      this.detail.setAttribute("aria-live", "polite");
      this.fault = make("p", "gw-sum-fault");
      this.fault.setAttribute("role", "alert");
      this.listen();
      const save = make("div", "gw-att-bar", button("Save .json", (node) => this.save(node)), this.fault);
      const key = make("p", "gw-lens-key", make("span", "gw-lens-lead", "token"), " the final token leads here first. ",
        make("span", "gw-lens-same", "token"), " it leads here too. Point at a cell, or walk with the arrow keys, for its list; click to keep it.");
      this.element.querySelector(".gw-sum-place").replaceChildren(
        make("div", "gw-sum-bar", colours, this.legend), this.pager(), this.scroller, key, this.detail, save);
      if (this.turned) this.element.querySelector(`[data-turn="${this.turned}"]:not(:disabled)`)?.focus();
      this.turned = "";
    }

    get last() {
      return this.data.first + this.columns - 1;
    }

    pager() {
      const { make, button } = attention, { first, total, window: width } = this.data;
      const turn = (label, name, to, there) => {
        const node = button(label, () => { this.turned = name; });
        Object.assign(node.dataset, { first: to, turn: name });
        node.disabled = !there;
        return node;
      };
      const said = make("span", "gw-att-said", `positions ${first}–${this.last} of ${total.toLocaleString("en")}`);
      const bar = make("div", "gw-att-bar gw-lens-pager", said);
      if (total > this.columns) {
        bar.prepend(turn("◂ Previous", "previous", Math.max(0, first - width), first > 0));
        bar.append(turn("Next ▸", "next", first + width, this.last < total - 1));
      }
      return bar;
    }

    listen() {
      attention.walk(this.grid, (row, column) => this.cell(row, column));
      const look = (event) => {
        const cell = event.target.closest("[data-row]");
        if (cell) this.tell(+cell.dataset.row, +cell.dataset.column);
      };
      this.grid.addEventListener("pointerover", (event) => { if (!this.pinned) look(event); });
      this.grid.addEventListener("focusin", look);
      this.grid.addEventListener("click", (event) => {
        const cell = event.target.closest("[data-row]");
        if (!cell) return;
        this.pinned = this.pinned === cell ? null : cell;
        look(event);
      });
    }

    cell(row, column) {
      return this.grid.querySelector(`[data-row="${row}"][data-column="${column}"]`);
    }

    draw() {
      const view = VIEWS[this.by];
      this.legend.replaceChildren(attention.scale(`${view.title}: ${view.means}`, view.limits, view.limit, view.ends));
      const lines = [this.header()];
      for (let row = 0; row < this.rows; row++) lines.push(this.line(row));
      lines.push(this.footer());
      const { scrollLeft, scrollTop } = this.scroller;
      this.pinned = null;
      this.grid.replaceChildren(...lines);
      Object.assign(this.scroller, { scrollLeft, scrollTop });
      const { row, column } = this.at ?? { row: this.rows - 1, column: 0 };
      this.cell(row, column).tabIndex = 0;
      this.tell(row, column);
    }

    header() {
      const { make } = attention, { read, special, first } = this.data;
      const node = make("div", "gw-lens-line gw-lens-top", make("span", "gw-lens-label", "read"));
      node.setAttribute("role", "row");
      read.forEach((text, column) => {
        const one = make("span", "gw-lens-read", make("small", "", String(first + column)), make("span", special[column] ? "gw-token gw-special" : "gw-token", text || "∅"));
        one.setAttribute("role", "columnheader");
        one.title = text;
        node.append(one);
      });
      return node;
    }

    line(row) {
      const { make } = attention, node = make("div", "gw-lens-line"), label = make("span", "gw-lens-label", this.data.layers[row]);
      node.setAttribute("role", "row");
      label.setAttribute("role", "rowheader");
      if (row === this.rows - 1) label.append(make("small", "", "the model’s answer"));
      node.append(label);
      for (let column = 0; column < this.columns; column++) node.append(this.one(row, column));
      return node;
    }

    one(row, column) {
      const { make } = attention, text = this.data.texts[this.top(row, column)];
      const cell = make("button", "gw-lens-cell", text || "∅"), lead = this.leads(column);
      cell.type = "button";
      cell.tabIndex = -1;
      cell.setAttribute("role", "gridcell");
      Object.assign(cell.dataset, { row, column });
      if (row === lead) cell.classList.add("gw-lens-lead");
      else if (this.top(row, column) === this.top(this.rows - 1, column)) cell.classList.add("gw-lens-same");
      const first = row === lead ? ", the final token leads here first" : "";
      cell.setAttribute("aria-label",
        `${this.data.layers[row]}, position ${this.data.first + column}: ${text}, ${this.words(row, column)}${first}`);
      return attention.colour(cell, this.value(row, column), VIEWS[this.by].limits);
    }

    words(row, column) {
      return `${VIEWS[this.by].title.toLowerCase()} ${this.written(row, column)}`;
    }

    footer() {
      const { make } = attention, { actual, masked } = this.data;
      const node = make("div", "gw-lens-line gw-lens-bottom", make("span", "gw-lens-label", masked ? "stands there" : "comes next"));
      node.setAttribute("role", "row");
      actual.forEach((one, column) => {
        const cell = make("span", "gw-lens-actual", one ? one.text || "∅" : "the end");
        cell.setAttribute("role", "gridcell");
        const right = one && one.id === this.top(this.rows - 1, column);
        if (!one) cell.classList.add("gw-lens-none");
        if (right) cell.prepend(make("b", "", "✓ "));
        cell.title = one ? `${one.text}${right ? ": what the model says" : ""}` : "Nothing follows in this text";
        node.append(cell);
      });
      return node;
    }

    // --- one cell in full -----------------------------------------------------------------------------------

    tell(row, column) {
      const { make } = attention, { data } = this, at = this.place(row, column), actual = data.actual[column];
      for (const old of this.grid.querySelectorAll("[aria-selected]")) old.removeAttribute("aria-selected");
      this.cell(row, column).setAttribute("aria-selected", "true");
      this.at = { row, column };
      const title = make("h4", "", `${row ? "After " : ""}${row ? data.layers[row] : "The embedding"}, position ${data.first + column}: `,
        make("span", "gw-token", data.read[column] || "∅"));
      const facts = [["final token ranks", ordinal(data.ranks[at] + 1)], ["KL to the end", nats(data.kl[at])], ["entropy", nats(data.entropy[at])]];
      const list = make("ol", "gw-lens-list"), ids = Array.from({ length: this.listed }, (_, i) => data.ids[at * this.listed + i]);
      ids.forEach((id, which) => list.append(this.entry(id, this.share(row, column, which), actual, this.top(this.rows - 1, column))));
      const shown = ids.reduce((sum, _, which) => sum + this.share(row, column, which), 0);
      this.detail.replaceChildren(title,
        make("p", "gw-lens-facts", ...facts.map(([name, value]) => make("span", "", `${name} `, make("b", "", value)))),
        list, make("p", "gw-lens-rest", `${attention.share(Math.max(0, 1 - shown))} for all others. ${this.actually(actual, ids)}`));
    }

    actually(actual, ids) {
      if (!actual) return "Nothing follows in this text.";
      const where = ids.indexOf(actual.id), name = this.data.masked ? "What stands there" : "What comes next";
      return where < 0 ? `${name}, “${actual.text}”, is not among these.` : `${name}, “${actual.text}”, is number ${where + 1} here.`;
    }

    entry(id, share, actual, final) {
      const { make } = attention, bar = make("i"), node = make("li", "", make("span", "gw-token", this.data.texts[id] || "∅"));
      bar.style.width = `${100 * share}%`;
      const marks = [id === final ? "final" : "", actual && id === actual.id ? (this.data.masked ? "stands there" : "comes next") : ""];
      node.append(make("span", "gw-lens-bar", bar), make("span", "gw-lens-share", attention.share(share)),
        make("small", "", marks.filter(Boolean).join(", ")));
      return node;
    }

    async save(node) {
      const { subject, first } = this.data;
      node.disabled = true;
      this.fault.textContent = "";
      try {
        const asked = this.server.attention_lens_file({ subject, first, top_k: this.listed });
        window.glassworks.saveData((await attention.answerOf(asked)).file, "logit-lens.json");
      } catch (fault) {
        this.fault.textContent = fault.message;
      }
      node.disabled = false;
    }
  }

  Object.assign(house, { AttentionLens });
})();
