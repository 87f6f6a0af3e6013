// One side of the head view: a sequence's tokens one below the other, of which only those in view are in the page.
(() => {
  "use strict";
  const attention = ((window.glassworks ??= {}).attention ??= {});
  const ROW = 24, SPARE = 6, VIEW = 432; // pixels of a token; tokens beyond the view on each side; pixels of the view
  const STEPS = { ArrowUp: -1, ArrowDown: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };
  let made = 0;

  class Column {
    // `side` is "query" or "key"; `heard` has point(column, place or null), pinned(column, place) and scrolled(column).
    constructor(side, name, heard) {
      Object.assign(this, { side, heard, id: `gw-att-${side}-${made++}`, nodes: new Map(), places: [], focus: -1 });
      const { make } = attention;
      this.pane = make("div", "gw-att-pane");
      this.scroller = make("div", `gw-att-column gw-att-${side}`, this.pane);
      this.scroller.tabIndex = 0;
      this.scroller.setAttribute("role", "listbox");
      this.scroller.setAttribute("aria-label", name);
      let frame = 0;
      this.scroller.addEventListener("scroll", () => {
        cancelAnimationFrame(frame);
        frame = requestAnimationFrame(() => {
          this.draw();
          this.heard.scrolled(this);
        });
      });
      const there = (event) => event.target.closest(".gw-att-token");
      this.scroller.addEventListener("pointerover", (event) => {
        if (event.pointerType !== "touch") this.heard.point(this, there(event) ? +there(event).dataset.place : null);
      });
      this.scroller.addEventListener("pointerleave", () => this.heard.point(this, null));
      this.scroller.addEventListener("click", (event) => {
        if (!there(event)) return;
        this.focus = +there(event).dataset.place;
        this.heard.pinned(this, this.focus);
      });
      this.scroller.addEventListener("keydown", (event) => this.key(event));
      this.scroller.addEventListener("blur", () => this.heard.point(this, null));
    }

    // `tokens` as the frame tells them; `places` are those that are shown.
    show(tokens, places) {
      Object.assign(this, { tokens, places, first: tokens.texts.length - tokens.generated });
      this.special = new Set(tokens.special);
      this.order = new Map(places.map((place, at) => [place, at]));
      this.pane.style.height = `${places.length * ROW}px`;
      this.scroller.style.height = `${Math.min(places.length * ROW, VIEW) + 2}px`;
      this.forget();
      this.draw();
    }

    forget() {
      this.nodes.forEach((node) => node.remove());
      this.nodes.clear();
    }

    // What is marked: `active` and `pinned` are places or null, `weights` a Map of place → weight or null, `faded` a
    // Set of places or null.
    mark(marks) {
      this.marks = marks;
      for (const [place, node] of this.nodes) this.dress(node, place);
    }

    draw() {
      if (!this.tokens) return;
      const { scrollTop, clientHeight } = this.scroller;
      const from = Math.max(0, Math.floor(scrollTop / ROW) - SPARE);
      const to = Math.min(this.places.length, Math.ceil((scrollTop + (clientHeight || VIEW)) / ROW) + SPARE);
      const wanted = new Set(this.places.slice(from, to));
      for (const [place, node] of this.nodes) {
        if (wanted.has(place)) continue;
        node.remove();
        this.nodes.delete(place);
      }
      for (const place of wanted) if (!this.nodes.has(place)) this.add(place);
    }

    add(place) {
      const { make } = attention, text = this.tokens.texts[place] || "∅";
      const chip = make("span", "gw-att-chip", text), weight = make("small", "gw-att-share");
      const node = make("div", "gw-att-token", make("small", "gw-att-number", String(place)), chip, weight);
      node.id = `${this.id}-${place}`;
      node.dataset.place = place;
      node.setAttribute("role", "option");
      node.title = `Token ${place.toLocaleString("en")}, id ${this.tokens.ids[place]}` +
        (this.special.has(place) ? ", special" : "") + (place >= this.first ? ", written by the model" : "");
      node.style.top = `${this.order.get(place) * ROW}px`;
      node.classList.toggle("gw-att-special", this.special.has(place));
      node.classList.toggle("gw-att-written", place >= this.first);
      this.nodes.set(place, node);
      this.dress(node, place);
      this.pane.append(node);
    }

    dress(node, place) {
      const { active = null, pinned = null, weights = null, faded = null } = this.marks ?? {};
      node.classList.toggle("gw-att-active", place === active);
      node.setAttribute("aria-selected", String(place === pinned));
      const weight = weights && weights.get(place);
      node.classList.toggle("gw-att-linked", Boolean(weight));
      node.classList.toggle("gw-att-faded", Boolean((weights && !weight) || (faded && faded.has(place))));
      node.lastChild.textContent = weight ? attention.percent(weight) : "";
      node.style.setProperty("--share", weight ? Math.sqrt(weight).toFixed(3) : "0");
    }

    // Where the middle of a token is, in pixels from the top of the view; may be outside of it.
    y(place) {
      return this.order.get(place) * ROW + ROW / 2 - this.scroller.scrollTop + 1;
    }

    get height() {
      return this.scroller.clientHeight;
    }

    has(place) {
      return this.order.has(place);
    }

    isInView(place) {
      const y = this.y(place);
      return y >= 0 && y <= this.height;
    }

    bring(place) {
      if (!this.has(place) || this.isInView(place)) return;
      this.scroller.scrollTop = this.order.get(place) * ROW - this.height / 2;
      this.draw();
    }

    key(event) {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        if (this.has(this.focus)) this.heard.pinned(this, this.focus);
        return;
      }
      if (!(event.key in STEPS)) return;
      event.preventDefault();
      const at = (this.order.get(this.focus) ?? (STEPS[event.key] > 0 ? -1 : 0)) + STEPS[event.key];
      this.focus = this.places[Math.max(0, Math.min(at, this.places.length - 1))];
      this.bring(this.focus);
      this.scroller.setAttribute("aria-activedescendant", `${this.id}-${this.focus}`);
      this.heard.point(this, this.focus);
    }
  }

  Object.assign(attention, { Column });
})();
