// The summary of all heads: a layer × head map of one measure, the heads that look like a known kind, and a table
// that sorts. Each head leads to the part Heads (the event gw-open-head).
(() => {
  "use strict";
  const house = (window.glassworks ??= {});
  const attention = (house.attention ??= {});
  const SHARES = [0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75];
  const ROWS = 600; // of the table, before the rest is asked for
  const HINT = "Point at a head for its value; click it, or walk with the arrow keys and press Enter, to open it.";

  // A value in the words of its unit; `short` for a cell of the map.
  function written(value, unit, short = false) {
    if (value === null) return "–";
    if (unit === "share") return short ? (100 * value).toFixed(0) : attention.share(value);
    const digits = unit === "nats" ? 2 : 1;
    return short ? value.toFixed(value >= 100 ? 0 : 1) : `${value.toFixed(digits)} ${unit}`;
  }

  // The same for the table, whose heads tell the unit.
  const plainly = (value, unit) => (value === null || unit === "share" ? written(value, unit) : value.toFixed(unit === "nats" ? 2 : 1));

  // --- the map --------------------------------------------------------------------------------------------------

  class MeasureMap {
    constructor(open) {
      const { make } = attention;
      this.open = open;
      this.grid = make("div", "gw-sum-grid");
      this.grid.setAttribute("role", "grid");
      this.told = make("p", "gw-sum-told", HINT);
      this.told.setAttribute("aria-live", "polite");
      this.foot = make("div", "gw-sum-foot", this.told);
      this.view = make("div", "gw-sum-map", make("div", "gw-sum-scroll", this.grid), this.foot);
      this.rove = attention.walk(this.grid, (row, column) => this.at(row, column));
      const tell = (event) => this.tell(event.target.closest("[data-row]"));
      this.grid.addEventListener("pointerover", tell);
      this.grid.addEventListener("focusin", tell);
      this.grid.addEventListener("pointerleave", () => this.tell(null));
      this.grid.addEventListener("click", (event) => {
        const cell = event.target.closest("[data-row]");
        if (cell) this.open(+cell.dataset.row, +cell.dataset.column);
      });
    }

    at(layer, head) {
      return this.grid.querySelector(`[data-row="${layer}"][data-column="${head}"]`);
    }

    show(part, name, measure) {
      Object.assign(this, { part, name, measure, values: part.measures[name] });
      const most = Math.max(1e-9, ...this.values.flat().map((value) => value ?? 0));
      this.limits = measure.unit === "share" ? SHARES : attention.evenly(most);
      this.draw();
      const word = measure.unit === "share" ? "share of the weight" : measure.unit;
      const limit = (value) => (measure.unit === "share" ? `${100 * value}` : written(value, measure.unit, true));
      const legend = attention.scale(word, this.limits, limit, ["", measure.unit === "share" ? "%" : ""]);
      this.foot.replaceChildren(this.told, legend);
      this.tell(null);
    }

    draw() {
      const { make } = attention, { part, measure } = this;
      this.grid.style.setProperty("--heads", part.heads);
      this.grid.setAttribute("aria-label", `${measure.title}: ${part.layers} layers with ${part.heads} heads each`);
      const corner = make("span", "gw-sum-corner", "layer");
      const numbers = Array.from({ length: part.heads }, (_, head) => make("span", "gw-sum-number", String(head)));
      const top = make("div", "gw-sum-line", corner, ...numbers);
      top.setAttribute("aria-hidden", "true");
      this.grid.replaceChildren(top, ...Array.from({ length: part.layers }, (_, layer) => this.line(layer)));
      this.rove(this.at(0, 0));
    }

    line(layer) {
      const { make } = attention, node = make("div", "gw-sum-line"), label = make("span", "gw-sum-layer", String(layer));
      if (this.part.windows[layer]) label.append(make("small", "", `window ${this.part.windows[layer]}`));
      label.setAttribute("role", "rowheader");
      node.setAttribute("role", "row");
      node.append(label);
      this.values[layer].forEach((value, head) => {
        const cell = make("button", "gw-sum-cell", written(value, this.measure.unit, true));
        cell.type = "button";
        cell.tabIndex = -1;
        cell.setAttribute("role", "gridcell");
        cell.setAttribute("aria-label", `Layer ${layer}, head ${head}: ${written(value, this.measure.unit)}`);
        Object.assign(cell.dataset, { row: layer, column: head });
        node.append(attention.colour(cell, value, this.limits));
      });
      return node;
    }

    tell(cell) {
      const { make } = attention;
      if (!cell) return this.told.replaceChildren(HINT);
      const layer = +cell.dataset.row, head = +cell.dataset.column, { unit, title } = this.measure;
      const usual = this.part.even[this.name][layer];
      const kinds = this.part.likely.filter((one) => one.layer === layer && one.head === head).map((one) => one.kind);
      const words = [make("strong", "", `Layer ${layer}, head ${head}`),
        make("span", "", `${title.toLowerCase()} `, make("b", "", written(this.values[layer][head], unit)))];
      if (usual !== null) words.push(make("span", "", `even attention: ${written(usual, unit)}`));
      if (kinds.length) words.push(make("span", "", `likely ${kinds.join(", ")}`));
      return this.told.replaceChildren(...words);
    }
  }

  // --- the table ------------------------------------------------------------------------------------------------

  class HeadTable {
    constructor(measures, open) {
      Object.assign(this, { measures, open, by: "place", down: false, all: false });
      this.columns = [["place", "Layer.head"], ...Object.entries(measures).map(([name, one]) => [name, one.unit === "share" ? one.title : `${one.title}, ${one.unit}`]), ["likely", "Likely kind"]];
      this.build();
    }

    build() {
      const { make, button } = attention;
      this.heads = this.columns.map(([name, title]) => {
        const head = make("th"), sort = make("button", "gw-sum-sort", title, make("span", "", ""));
        sort.type = "button";
        sort.addEventListener("click", () => this.sort(name));
        head.scope = "col";
        head.dataset.name = name;
        if (this.measures[name]) sort.title = this.measures[name].means;
        head.append(sort);
        return head;
      });
      this.body = make("tbody");
      this.foot = make("tfoot");
      const table = make("table", "", make("thead", "", make("tr", "", ...this.heads)), this.body, this.foot);
      const box = make("div", "gw-detail-table gw-sum-table", table);
      box.tabIndex = 0;
      box.setAttribute("role", "region");
      box.setAttribute("aria-label", "All heads, sortable");
      this.more = button("", () => { this.all = true; this.fill(); });
      this.view = make("div", "", box, this.more);
      this.body.addEventListener("click", (event) => {
        const one = event.target.closest("button[data-layer]");
        if (one) this.open(+one.dataset.layer, +one.dataset.head);
      });
    }

    show(part) {
      this.all = false;
      this.part = part;
      const kinds = new Map();
      for (const { layer, head, kind } of part.likely) {
        const place = layer * part.heads + head;
        kinds.set(place, [...(kinds.get(place) ?? []), kind]);
      }
      this.rows = Array.from({ length: part.layers * part.heads }, (_, place) => {
        const layer = Math.floor(place / part.heads), head = place % part.heads, found = { place, layer, head };
        for (const name of Object.keys(this.measures)) found[name] = part.measures[name][layer][head];
        return { ...found, likely: (kinds.get(place) ?? []).join(", ") };
      });
      this.fill();
    }

    // The same column again turns the order; numbers begin with the largest.
    sort(name) {
      this.down = this.by === name ? !this.down : name in this.measures;
      this.by = name;
      this.fill();
    }

    ordered() {
      const { by, down } = this, none = by === "likely" ? "" : null;
      return [...this.rows].sort((one, other) => {
        if (one[by] === other[by]) return one.place - other.place;
        if (one[by] === none || other[by] === none) return one[by] === none ? 1 : -1; // what has no value is last
        return (one[by] < other[by] ? -1 : 1) * (down ? -1 : 1);
      });
    }

    fill() {
      const { make } = attention;
      for (const head of this.heads) {
        const chosen = head.dataset.name === this.by;
        head.setAttribute("aria-sort", chosen ? (this.down ? "descending" : "ascending") : "none");
        head.querySelector("span").textContent = chosen ? (this.down ? " ▾" : " ▴") : "";
      }
      const rows = this.ordered(), count = this.all ? rows.length : Math.min(ROWS, rows.length);
      this.body.replaceChildren(...rows.slice(0, count).map((row) => this.row(row)));
      const usual = Object.keys(this.measures).map((name) => this.part.even[name]);
      const cells = usual.map((values, i) => {
        const [low, high] = [Math.min(...values.map((v) => v ?? NaN)), Math.max(...values.map((v) => v ?? NaN))];
        const { unit } = Object.values(this.measures)[i], from = Number.isFinite(low) ? plainly(low, unit) : "–";
        return make("td", "gw-number", from === plainly(high, unit) || from === "–" ? from : `${from} to ${plainly(high, unit)}`);
      });
      const name = make("th", "", "even attention");
      name.scope = "row";
      this.foot.replaceChildren(make("tr", "", name, ...cells, make("td")));
      this.more.textContent = `Show all ${rows.length.toLocaleString("en")} heads`;
      this.more.hidden = count === rows.length;
    }

    row(row) {
      const { make } = attention, name = make("th"), open = make("button", "gw-sum-open", `${row.layer}.${row.head}`);
      open.type = "button";
      open.title = `Open layer ${row.layer}, head ${row.head}`;
      open.setAttribute("aria-label", open.title);
      Object.assign(open.dataset, { layer: row.layer, head: row.head });
      name.scope = "row";
      name.append(open);
      const cells = Object.entries(this.measures).map(([which, { unit }]) => {
        const cell = make("td", "gw-number", plainly(row[which], unit));
        if (unit === "share" && row[which] !== null) cell.style.setProperty("--share", `${100 * row[which]}%`);
        return cell;
      });
      return make("tr", "", name, ...cells, make("td", "gw-sum-kind", row.likely));
    }
  }

  // --- all of it --------------------------------------------------------------------------------------------------

  class AttentionSummary {
    constructor(element, server) {
      Object.assign(this, { element, server, measure: "entropy" });
    }

    adopt() {
      const data = attention.carried(this.element);
      if (!data) return;
      this.data = data;
      this.part = data.parts.find((part) => part.name === this.part?.name) ?? data.parts[0];
      this.build();
      this.show();
    }

    build() {
      const { make } = attention, { parts, measures } = this.data, open = (layer, head) => this.open(layer, head);
      const choose = attention.choice;
      const rows = [];
      if (parts.length > 1) {
        rows.push(choose("Attention", parts.map((part) => [part.name, part.title]), this.part.name, (name) => {
          this.part = parts.find((part) => part.name === name);
          this.show();
        }));
      }
      const names = Object.entries(measures).map(([name, { title }]) => [name, title]);
      rows.push(choose("Measure", names, this.measure, (name) => { this.measure = name; this.show(); }));
      this.sentence = make("p", "gw-sum-sentence");
      this.sentence.setAttribute("aria-live", "polite");
      this.map = new MeasureMap(open);
      this.kinds = make("div", "gw-sum-kinds");
      this.table = new HeadTable(measures, open);
      this.fault = make("p", "gw-sum-fault");
      this.fault.setAttribute("role", "alert");
      const save = make("div", "gw-att-bar", ...["json", "csv"].map((kind) =>
        attention.button(`Save .${kind}`, (node) => this.save(kind, node))), this.fault);
      const place = this.element.querySelector(".gw-sum-place");
      place.replaceChildren(...rows, this.sentence, this.map.view, this.kinds, make("h3", "", "All heads"), this.table.view, save);
    }

    show() {
      const { make } = attention, measure = this.data.measures[this.measure];
      const rest = ["duplicate", "induction"].includes(this.measure) ? ` ${this.part.said}` : "";
      const none = this.part.measures[this.measure].flat().every((value) => value === null);
      const why = none ? " Nothing in this sequence can be measured so." : "";
      this.sentence.replaceChildren(make("strong", "", `${measure.title}. `), `${measure.means} ${measure.suggests}${rest}${why}`);
      this.map.show(this.part, this.measure, measure);
      if (this.shown !== this.part) {
        this.shown = this.part;
        this.table.show(this.part);
        this.showKinds();
      }
    }

    showKinds() {
      const { make } = attention, groups = Object.entries(this.data.kinds).map(([kind, title]) => {
        const found = this.part.likely.filter((one) => one.kind === kind);
        return found.length ? make("p", "", make("strong", "", `${title}, likely: `), ...this.links(found)) : undefined;
      }).filter(Boolean);
      const none = make("p", "", "No head of these crosses the thresholds on this text.");
      this.kinds.replaceChildren(make("h3", "", "Likely kinds of heads"), ...(groups.length ? groups : [none]),
        make("p", "gw-detail-note", `${this.data.rule} ${this.part.said}`));
    }

    links(found) {
      const { make } = attention, MOST = 12;
      const shown = found.slice(0, MOST).map(({ layer, head, share }) => {
        const one = make("button", "gw-sum-link", `${layer}.${head}`, make("small", "", attention.share(share)));
        one.type = "button";
        one.setAttribute("aria-label", `Open layer ${layer}, head ${head}: ${attention.share(share)}`);
        one.title = `Open layer ${layer}, head ${head}`;
        one.addEventListener("click", () => this.open(layer, head));
        return one;
      });
      return found.length > MOST ? [...shown, make("small", "", ` and ${found.length - MOST} more in the table`)] : shown;
    }

    open(layer, head) {
      document.dispatchEvent(new CustomEvent("gw-open-head", { detail: { part: this.part.name, layer, head } }));
    }

    async save(kind, node) {
      node.disabled = true;
      this.fault.textContent = "";
      try {
        const asked = this.server.attention_summary_file({ subject: this.data.subject, kind });
        window.glassworks.saveData((await attention.answerOf(asked)).file, `attention-summary.${kind}`);
      } catch (fault) {
        this.fault.textContent = fault.message;
      }
      node.disabled = false;
    }
  }

  Object.assign(house, { AttentionSummary });
})();
