// The head view: the open head as lines between two columns of tokens and as a map, with what is kept of each row.
(() => {
  "use strict";
  const attention = ((window.glassworks ??= {}).attention ??= {});
  const REST = 120; // milliseconds on a token, then its exact row is asked for
  const ALL = 60_000; // weights up to which all lines may be drawn at once
  const LISTED = 8;
  const HINT = "Point at a token for its lines; click it to keep them.";

  class HeadView {
    // `heard` has open(layer, head), chosen(query, key) when a pair is picked, and drawn() after a new head.
    constructor(heard) {
      Object.assign(this, { heard, active: null, pin: null, key: null, timer: 0 });
      this.settings = { share: 0.9, filter: "", special: false, first: false, renormalise: false };
      this.queries = new attention.Column("query", "Queries: the tokens that look", this);
      this.keys = new attention.Column("key", "Keys: the tokens that are looked at", this);
      this.lines = new attention.Lines(this.queries, this.keys, (column, place) => column.bring(place));
      this.heat = new attention.Heat({
        point: (at) => this.look(at && { side: "query", place: at.query, key: at.key }),
        pin: (at) => this.pinPair(at),
      });
      this.build();
      new ResizeObserver(() => this.place()).observe(this.lines.view);
    }

    build() {
      const { make } = attention;
      const go = (field) => (to) => this.heard.open({ ...this.opened, [field]: to });
      this.pickers = [attention.picker("Layer", go("layer")), attention.picker("Head", go("head"))];
      this.controls = attention.controls((changed) => this.set(changed), () => this.next());
      this.facts = make("span", "gw-att-facts");
      this.said = make("p", "gw-att-sentence");
      this.said.setAttribute("aria-live", "polite");
      this.list = make("div", "gw-att-list");
      const heads = make("div", "gw-att-sides", make("span", "", "queries look"), make("span", "", "at keys"));
      this.pair = make("div", "gw-att-pair", this.queries.scroller, this.lines.view, this.keys.scroller);
      this.both = make("div", "gw-att-both", make("div", "gw-att-left", heads, this.pair), this.heat.view, this.list);
      this.view = make(
        "section", "gw-att-head",
        make("div", "gw-att-bar gw-att-pickers", ...this.pickers.map((one) => one.view), this.facts),
        this.controls.view, this.said, this.both,
      );
      this.view.setAttribute("aria-label", "The open head");
    }

    // --- another head, other settings -------------------------------------------------------------------------

    // `opened` is `{ layer, head }` of `part`, `queries` and `keys` its tokens, `facts` words about it.
    show(part, opened, data, queries, keys, facts, anew) {
      Object.assign(this, { part, opened, data, tokens: { query: queries, key: keys } });
      this.pickers[0].show(part.layers, opened.layer);
      this.pickers[1].show(part.heads, opened.head);
      this.facts.replaceChildren(...facts);
      this.controls.special.hidden = !queries.special.length && !keys.special.length;
      if (anew) {
        this.pin = this.key = this.active = null;
        this.queries.scroller.scrollTop = this.keys.scroller.scrollTop = 0;
      }
      this.arrange(anew);
    }

    set(changed) {
      Object.assign(this.settings, changed);
      if (this.data) this.arrange("special" in changed || "first" in changed);
    }

    shown(side) {
      const { special, first } = this.settings, tokens = this.tokens[side];
      const hidden = new Set(special ? tokens.special : []);
      const seen = (place) => !hidden.has(place) && !(first && place === 0 && side === "key");
      return tokens.texts.map((_, place) => place).filter(seen);
    }

    arrange(columns) {
      this.places = { query: this.shown("query"), key: this.shown("key") };
      this.scales = new Map();
      if (columns) {
        this.queries.show(this.tokens.query, this.places.query);
        this.keys.show(this.tokens.key, this.places.key);
      }
      this.matching = this.matches();
      this.everything = this.all();
      const begins = !this.everything && !this.pin && this.places.query.length;
      if (begins) {
        this.pin = { side: "query", place: this.places.query.at(-1) };
        this.queries.bring(this.pin.place);
      }
      const { layer, head } = this.opened;
      this.heat.show(
        this.data, this.places.query, this.places.key, (query) => this.scaleOf(query), `Layer ${layer}, head ${head}`,
      );
      this.draw();
      if (begins) this.follow();
    }

    // What each weight of a row is multiplied by.
    scaleOf(query) {
      if (!this.settings.renormalise || (this.data.cell > 1 && !this.data.isExact(query))) return 1;
      if (!this.scales.has(query)) {
        let sum = 0;
        for (const key of this.places.key) sum += this.data.weight(query, key);
        this.scales.set(query, sum > 0 ? 1 / sum : 1);
      }
      return this.scales.get(query);
    }

    row(query) {
      const row = this.data.row(query);
      return row && this.settings.renormalise ? attention.renormalised(row, this.places.key) : row;
    }

    column(key) {
      const column = this.data.column(key);
      return column && column.map((weight, query) => weight * this.scaleOf(query));
    }

    // Of each side the places with the text of the filter; null without one.
    matches() {
      const { filter } = this.settings;
      if (!filter) return null;
      const of = (side) => new Set(this.places[side].filter((at) => this.tokens[side].texts[at].toLowerCase().includes(filter)));
      return { query: of("query"), key: of("key") };
    }

    // To the next query with the filter's text.
    next() {
      const found = this.matching ? [...this.matching.query] : [];
      if (!found.length) return;
      const from = this.pin && this.pin.side === "query" ? this.pin.place : -1;
      const place = found.find((one) => one > from) ?? found[0];
      this.pin = { side: "query", place };
      this.key = null;
      this.queries.bring(place);
      this.draw();
      this.follow();
      this.choose();
    }

    // --- lines --------------------------------------------------------------------------------------------------

    // Every line of a short text; null where they are too many, or not known.
    all() {
      const { query, key } = this.places;
      if (this.data.cell > 1 || query.length * key.length > ALL) return null;
      const pairs = [];
      let least = 1, hidden = 0;
      for (const one of query) {
        const kept = attention.fewest(this.row(one), key, this.settings.share);
        least = Math.min(least, kept.held);
        hidden += kept.missing;
        for (const { place, weight } of kept.kept) {
          if (this.matching && !this.matching.query.has(one) && !this.matching.key.has(place)) continue;
          pairs.push({ query: one, key: place, weight });
        }
        if (pairs.length > attention.LINES) return null;
      }
      return { pairs: pairs.sort((a, b) => a.weight - b.weight), hidden: query.length ? hidden / query.length : 0 };
    }

    // `{ pairs, told, weights }` of one token.
    of({ side, place }) {
      const other = side === "query" ? "key" : "query";
      const weights = side === "query" ? this.row(place) : this.column(place);
      if (!weights) return { pairs: [], weights: new Map(), waiting: side };
      const places = this.matching ? this.places[other].filter((one) => this.matching[other].has(one)) : this.places[other];
      const told = attention.fewest(weights, places, this.settings.share);
      const most = side === "query" ? told.kept : told.kept.slice(0, attention.LINES);
      const pairs = most.map((one) => ({ [side]: place, [other]: one.place, weight: one.weight })).reverse();
      return { pairs, told, weights: new Map(told.kept.map((one) => [one.place, one.weight])) };
    }

    get target() {
      return this.active ?? this.pin;
    }

    draw() {
      const { target } = this;
      const found = target && this.tokens[target.side].texts.length > target.place ? this.of(target) : null;
      this.found = found;
      this.mark(target, found);
      this.place();
      this.tell(target, found);
      this.heat.cross(this.cross(target));
      if (target && target.side === "query" && !this.data.isExact(target.place)) this.refine(target.place);
    }

    cross(target) {
      if (!target || target.side !== "query") return null;
      return { query: target.place, key: target.key ?? (this.active ? undefined : this.key) };
    }

    place() {
      if (!this.data) return;
      const { target, found } = this;
      const far = !found ? null : target.side === "query" ? this.keys : this.queries;
      this.lines.draw(found ? found.pairs : (this.everything?.pairs ?? []), far);
    }

    mark(target, found) {
      const faded = (side) => this.matching && new Set(this.places[side].filter((at) => !this.matching[side].has(at)));
      for (const column of [this.queries, this.keys]) {
        const { side } = column, here = target && target.side === side;
        column.mark({
          active: here ? target.place : side === "key" ? (target?.key ?? this.key) : null,
          pinned: this.pin && this.pin.side === side ? this.pin.place : null,
          weights: found && !here ? found.weights : null,
          faded: faded(side),
        });
      }
    }

    // Brings the heaviest partner of the pinned token into view, unless most of what is kept is there.
    follow() {
      const kept = (this.pin && this.of(this.pin).told?.kept) || [];
      const column = this.pin?.side === "query" ? this.keys : this.queries;
      const mass = (list) => list.reduce((sum, { weight }) => sum + weight, 0);
      const near = kept.filter(({ place }) => column.isInView(place));
      if (kept.length && mass(near) < mass(kept) / 2) column.bring(kept[0].place);
      this.place();
    }

    scrolled(column) {
      // Both sides of one sequence go together while no token holds a side in its place.
      const same = this.tokens && this.tokens.query === this.tokens.key && !this.pin;
      const other = column === this.queries ? this.keys : this.queries;
      if (same && Math.abs(other.scroller.scrollTop - column.scroller.scrollTop) > 1) {
        other.scroller.scrollTop = column.scroller.scrollTop;
        other.draw();
      }
      this.place();
    }

    // --- pointing and pinning -----------------------------------------------------------------------------------

    point(column, place) {
      this.look(place === null ? null : { side: column.side, place });
    }

    look(target) {
      if (JSON.stringify(target) === JSON.stringify(this.active)) return;
      this.active = target;
      if (this.data) this.draw();
    }

    // Again on the pinned token: no longer. A key, while a query is pinned, is picked beside it.
    pinToken(side, place) {
      if (side === "key" && this.pin && this.pin.side === "query") {
        this.key = place;
      } else {
        const same = this.pin && this.pin.side === side && this.pin.place === place;
        this.pin = same ? null : { side, place };
        this.key = null;
      }
      this.active = null;
      this.draw();
      if (this.pin?.place === place) this.follow();
      this.choose();
    }

    pinPair({ query, key }) {
      Object.assign(this, { pin: { side: "query", place: query }, key });
      this.queries.bring(query);
      this.keys.bring(key);
      this.draw();
      this.choose();
    }

    pinned(column, place) {
      this.pinToken(column.side, place);
    }

    // The pair that the arithmetic is about: the pinned query, else the last, with the picked key, else the heaviest.
    get chosen() {
      const query = this.pin && this.pin.side === "query" ? this.pin.place : this.places.query.at(-1);
      if (query === undefined) return null;
      if (this.key !== null) return { query, key: this.key };
      const row = this.row(query);
      if (!row) return { query, key: null };
      return { query, key: this.places.key.reduce((a, b) => (row[b] > row[a] ? b : a), this.places.key[0] ?? 0) };
    }

    choose() {
      this.heard.chosen();
    }

    // Where only rounded or pooled weights are here, the exact row of a token that is rested on.
    refine(query) {
      clearTimeout(this.timer);
      const { data } = this;
      if (!data.ask) return;
      this.timer = setTimeout(async () => {
        try {
          await data.fetchRow(query);
        } catch (error) {
          this.heard.failed(error.message);
          return;
        }
        if (this.data !== data) return;
        this.scales.delete(query);
        this.draw();
        if (this.pin && this.pin.place === query) {
          this.follow();
          this.choose();
        }
      }, REST);
    }

    // --- words --------------------------------------------------------------------------------------------------

    chip(side, place) {
      return attention.make("code", "gw-att-chip", this.tokens[side].texts[place] || "∅");
    }

    tell(target, found) {
      const { make, percent, counted } = attention;
      this.list.replaceChildren();
      if (!target || !found) return this.said.replaceChildren(...this.overall());
      const name = target.side === "query" ? "Query" : "Key";
      const parts = [make("b", "", `${name} ${target.place} `), this.chip(target.side, target.place)];
      if (target.key !== undefined && target.key !== null) {
        const weight = this.data.weight(target.place, target.key) * this.scaleOf(target.place);
        parts.push(make("b", "", ` → key ${target.key} `), this.chip("key", target.key), `: ${this.about(target.place)}${percent(weight)}`);
      }
      this.said.replaceChildren(...parts, parts.length > 2 ? ". " : ": ", make("span", "", this.sentence(target, found)));
      if (found.told) this.heaviest(target, found.told, counted);
      return undefined;
    }

    // Weights that came rounded are told so.
    about(query) {
      return this.data.isExact(query) ? "" : "about ";
    }

    sentence(target, { told, waiting }) {
      if (waiting === "query") return "Its exact weights are on their way …";
      if (waiting === "key") return "In a text this long, weights are known by query: point at one at the left.";
      if (target.side === "key") return attention.sentenceOfKey(told);
      return attention.sentence(told);
    }

    overall() {
      const { counted, percent } = attention;
      if (!this.everything) return [HINT];
      const { pairs, hidden } = this.everything;
      return [`${counted(pairs.length, "line")} between ${counted(this.places.query.length, "query")} and ` +
        `${counted(this.places.key.length, "key")}; on average ${percent(hidden)} of a row is hidden. ${HINT}`];
    }

    // The heaviest partners as chips, for what is out of view and for those who do not see lines.
    heaviest(target, told, counted) {
      const { make, button, percent } = attention;
      const other = target.side === "query" ? "key" : "query", column = other === "key" ? this.keys : this.queries;
      for (const { place, weight } of told.kept.slice(0, LISTED)) {
        const node = button("", () => {
          column.bring(place);
          if (other === "key" && this.pin && this.pin.side === "query") this.pinToken("key", place);
        }, `Go to token ${place}`);
        node.classList.add("gw-att-partner");
        node.replaceChildren(make("small", "", String(place)), this.chip(other, place), make("b", "", percent(weight)));
        this.list.append(node);
      }
      if (told.kept.length > LISTED) this.list.append(make("small", "", `and ${counted(told.kept.length - LISTED, other)} more`));
    }
  }

  Object.assign(attention, { HeadView });
})();
