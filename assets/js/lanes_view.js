// The aligned view: a text in lines, each a block with one row for every tokenizer, all on the same grid of cells.
// Lines come from the server as they come into view; what is out of view is taken out of the page.
(() => {
  "use strict";
  const LINES = 16; // lines of one request
  const AT_ONCE = 3; // requests in flight
  const ROW = 27, IDS = 13, GAP = 12, GUTTER = 30, EDGE = 8; // pixels; lanes.css takes them from here
  const VIEW = 440; // height of the scroller, for a text that fills it
  const TALLEST = 8e6; // pixels: browsers cannot scroll further than some 17 million
  const LABEL = "The text as tokens. Left and right arrow go from token to token, with Shift up and down to another " +
    "tokenizer.";
  const { make, chip, block, details, tokensAt, step, seek } = glassworks.lanes;

  const button = (label, title) => {
    const node = make("button", "gw-lanes-button", label);
    node.type = "button";
    if (title) node.title = title;
    return node;
  };

  class Lanes {
    constructor(element, server) {
      this.element = element;
      this.server = server;
      this.pages = new glassworks.Pages(
        LINES,
        (asked) => server.lanes_window(asked),
        (page, anew) => (anew ? this.begin(page) : this.draw()),
        (message) => this.fail(message),
      );
      this.blocks = new Map(); // line → its element
      this.facts = new WeakMap(); // a token's element → what it stands for
      this.total = 0;
      this.lanes = [];
      this.here = null; // the difference that was gone to: { place, line }
      this.walk = null; // the token that the arrow keys have reached: { lane, line, cell }
      this.lit = null; // what is lit: { which, line, start, end, rows }
      this.build();
    }

    // --- the frame, made once ---------------------------------------------------------------------------

    build() {
      this.view = make("div", "gw-lanes-view gw-marking");
      this.view.style.cssText = `--row:${ROW}px;--ids:${IDS}px;--gap:${GAP}px;--gutter:${GUTTER}px`;
      const bar = make("div", "gw-lanes-bar");
      this.marks = this.toggle(bar, "Mark differences", true, () => this.view.classList.toggle("gw-marking"));
      this.ids = this.toggle(bar, "Ids", false, () => this.showIds());
      this.back = button("◂ Difference", "Go to the previous difference");
      this.on = button("Difference ▸", "Go to the next difference");
      this.back.addEventListener("click", () => seek(this, -1));
      this.on.addEventListener("click", () => seek(this, 1));
      this.said = make("span", "gw-lanes-said");
      this.said.setAttribute("role", "status");
      const save = button("Download .json", "Every token of the text, with its id, bytes and characters");
      save.addEventListener("click", () => this.save(save));
      bar.append(this.back, this.on, save, this.said);

      this.scroller = make("div", "gw-lanes-scroller");
      this.scroller.tabIndex = 0;
      this.scroller.setAttribute("role", "region");
      this.scroller.setAttribute("aria-label", LABEL);
      this.pane = make("div", "gw-lanes-pane");
      this.tall = make("div", "gw-lanes-tall");
      this.probe = make("span", "gw-lanes-probe", "0".repeat(100));
      this.probe.setAttribute("aria-hidden", "true");
      this.scroller.append(this.tall, this.pane, this.probe);
      this.density = make("div", "gw-density");
      this.density.setAttribute("aria-hidden", "true"); // the buttons do the same
      this.note = make("div", "gw-lanes-note");
      this.note.setAttribute("role", "alert");
      const body = make("div", "gw-lanes-body");
      body.append(this.scroller, this.density);
      this.details = make("div", "gw-lanes-details");
      this.details.setAttribute("aria-live", "polite");
      this.view.append(bar, this.note, body, this.details);
      this.listen();
    }

    toggle(bar, label, on, act) {
      const node = button(label);
      node.setAttribute("aria-pressed", String(on));
      node.addEventListener("click", () => {
        node.setAttribute("aria-pressed", String(node.getAttribute("aria-pressed") !== "true"));
        act();
      });
      bar.append(node);
      return node;
    }

    listen() {
      let frame = 0;
      this.scroller.addEventListener("scroll", () => {
        cancelAnimationFrame(frame);
        frame = requestAnimationFrame(() => this.draw());
      });
      this.scroller.addEventListener("keydown", (event) => this.key(event));
      this.turned = (event) => this.wheel(event); // heard only where it is needed: see fit()
      this.pane.addEventListener("pointerover", (event) => this.point(event));
      this.pane.addEventListener("click", (event) => this.point(event));
      this.density.addEventListener("click", (event) => {
        const box = this.density.getBoundingClientRect();
        this.scrollTo(((event.clientY - box.top) / box.height) * this.total * this.height - this.seen / 2);
      });
      new ResizeObserver(() => this.resized()).observe(this.scroller);
    }

    // --- another text, another width ----------------------------------------------------------------------

    // Takes over what the server has put into the page: a new text, or none.
    adopt() {
      const place = this.element.querySelector(".gw-lanes-place");
      const before = this.told;
      this.told = place ? JSON.parse(this.element.querySelector(".gw-lanes").dataset.lanes) : null;
      if (!place) return;
      const { top } = this;
      place.append(this.view);
      this.scroller.scrollTop = this.toScroll(top);
      for (const node of [this.marks, this.back, this.on]) node.hidden = this.told.lanes.length < 2;
      const same = before && before.handle === this.told.handle && !this.pages.stale && !this.note.firstChild;
      if (same) this.draw();
      else this.renew();
    }

    resized() {
      if (!this.told || !this.scroller.isConnected) return;
      if (this.columns() !== this.width) this.renew();
      else this.draw();
    }

    // How many cells fit beside the letters and what stands around the text.
    columns() {
      const advance = this.probe.getBoundingClientRect().width / 100;
      if (!advance || !this.scroller.clientWidth) return 0;
      this.cell = Math.round(advance * 64) / 64; // a size that browsers do not round
      const around = (tokens) => tokens.reduce((sum, token) => sum + chip(token), 0);
      const most = (name) => Math.max(...this.told.lanes.map((lane) => around(lane[name])));
      const fit = Math.floor((this.scroller.clientWidth - GUTTER - 4) / this.cell);
      this.lead = Math.min(most("before"), Math.floor(fit / 3));
      return Math.max(8, Math.min(1000, fit - this.lead - Math.min(most("after"), Math.floor(fit / 3))));
    }

    // Asks for everything anew; what is shown stays until the first answer is here.
    renew() {
      const width = this.columns();
      if (!width) return; // not in view: resized() comes back to it
      const narrower = this.width !== width;
      this.width = width;
      this.fail("");
      this.goal = this.total ? { share: this.top / this.span.real, line: this.top / this.height, narrower } : null;
      this.pages.renew({ handle: this.told.handle, width });
      this.pages.need(this.goal && !narrower ? Math.floor(this.goal.line) : 0);
    }

    // The first answer for a text or a width. Where one stood, one stands again.
    begin(page) {
      this.clear();
      if (this.shown !== this.told.handle) this.forget();
      this.shown = this.told.handle;
      this.lanes = this.told.lanes;
      this.total = page.total;
      if (this.lit) this.lit.rows = [];
      if (this.here) this.here.line = -1;
      this.walk = null;
      this.drawDensity(page.density);
      this.fit();
      const { share, line, narrower } = this.goal ?? {};
      this.scrollTo(this.goal ? Math.floor(narrower ? share * this.total : line) * this.height : 0);
    }

    forget() {
      this.here = this.lit = null;
      this.said.textContent = "";
      details(this.details, [], []);
    }

    fail(message) {
      this.note.replaceChildren();
      if (message) {
        const again = button("Try again");
        again.addEventListener("click", () => this.renew());
        this.note.append(make("span", "", message), again);
      }
      return null;
    }

    async save(node) {
      node.disabled = true;
      let text = '{"error":"The server did not answer."}';
      try {
        text = await this.server.lanes_all({ handle: this.told.handle });
      } catch { /* said below */ }
      node.disabled = false;
      const { error } = text.startsWith('{"error"') ? JSON.parse(text) : {};
      if (error) this.said.textContent = error;
      else glassworks.saveData(text, "tokens.json");
    }

    // --- scrolling: exact for as far as a browser can scroll, in proportion beyond that ---------------------

    get height() {
      const ids = this.view.classList.contains("gw-with-ids") ? IDS : 0;
      return Math.max(1, this.lanes.length) * (ROW + ids) + GAP;
    }

    get seen() {
      return this.scroller.clientHeight;
    }

    get span() { // pixels that can be scrolled through, of the text and of the scroller
      return { real: this.total * this.height, drawn: Math.min(this.total * this.height, TALLEST) };
    }

    get top() {
      const { real, drawn } = this.span;
      if (real === drawn) return this.scroller.scrollTop;
      if (this.exact && this.exact.scroll === this.scroller.scrollTop) return this.exact.top;
      return (this.scroller.scrollTop / (drawn - this.seen)) * (real - this.seen);
    }

    toScroll(top) {
      const { real, drawn } = this.span;
      return real === drawn ? top : (top / (real - this.seen)) * (drawn - this.seen);
    }

    scrollTo(top) {
      const to = Math.max(0, Math.min(top, this.span.real - this.seen));
      this.scroller.scrollTop = this.toScroll(to);
      this.exact = { scroll: this.scroller.scrollTop, top: to };
      this.draw();
    }

    // Where the scroller stands for more than it has pixels, a turn of the wheel is still what it says.
    wheel(event) {
      if (event.ctrlKey) return;
      event.preventDefault();
      this.scrollTo(this.top + event.deltaY * (event.deltaMode ? 24 : 1));
    }

    fit() {
      const { real, drawn: pixels } = this.span;
      if (real === pixels) this.scroller.removeEventListener("wheel", this.turned);
      else this.scroller.addEventListener("wheel", this.turned, { passive: false });
      this.tall.style.height = `${pixels}px`;
      this.scroller.style.height = `${Math.min(pixels + 2 * EDGE, VIEW)}px`;
      this.view.style.setProperty("--cell", `${this.cell}px`);
      const drawn = this.probe.getBoundingClientRect().width / 100;
      this.view.style.setProperty("--spacing", `${this.cell - drawn}px`);
      this.density.hidden = this.lanes.length < 2 || pixels <= VIEW;
      this.details.style.height = `${Math.min(290, 40 + 2 * 28 + 28 * (this.lanes.length - 1))}px`; // nothing may jump
    }

    showIds() {
      const line = this.top / this.height;
      this.view.classList.toggle("gw-with-ids");
      this.clear();
      this.fit();
      this.scrollTo(line * this.height);
    }

    // --- drawing ----------------------------------------------------------------------------------------

    clear() {
      this.blocks.forEach((node) => node.remove());
      this.blocks.clear();
    }

    // Puts the lines in view into the page, with as many again around them, and asks for those not here yet.
    draw() {
      if (this.pages.stale || !this.told || !this.scroller.isConnected) return;
      const { height, top, seen } = this;
      const spare = Math.ceil(seen / height);
      const from = Math.max(0, Math.floor(top / height) - spare);
      const to = Math.min(this.total, Math.ceil((top + seen) / height) + spare);
      for (const [line, node] of this.blocks) {
        if (line < from || line >= to || (!node.facts && this.pages.at(line))) {
          node.remove();
          this.blocks.delete(line);
        }
      }
      this.pane.style.transform = `translateY(${this.scroller.scrollTop + from * height - top}px)`;
      for (let line = from; line < to; line++) {
        if (!this.blocks.has(line)) this.blocks.set(line, this.make(line));
        const node = this.blocks.get(line);
        node.style.top = `${(line - from) * height}px`;
        if (!node.isConnected) this.pane.append(node);
      }
      this.light();
      this.ask(Math.floor(top / height), Math.ceil((top + seen) / height), from, to);
      this.showPlace(top, seen);
    }

    make(line) {
      return block(this.pages.at(line), line, this, (node, facts) => this.facts.set(node, facts));
    }

    // What is in view first, then what is around it.
    ask(first, last, from, to) {
      for (const [a, b] of [[first, last], [from, to]]) {
        for (let line = a; line < Math.min(b, this.total); line++) {
          if (this.pages.at(line)) continue;
          // The answer to one of those, or "Try again", comes back here.
          if (this.pages.waiting.size >= AT_ONCE || this.note.firstChild) return;
          this.pages.need(line);
        }
      }
    }

    drawDensity(counts) {
      const most = Math.max(...counts, 1);
      this.density.replaceChildren(...counts.map((count) => {
        const node = make("i");
        node.style.opacity = count ? 0.25 + (0.75 * count) / most : 0;
        return node;
      }));
      this.thumb = make("b");
      this.density.append(this.thumb);
    }

    showPlace(top, seen) {
      if (!this.thumb) return;
      const { real } = this.span;
      this.thumb.style.top = `${(100 * top) / real}%`;
      this.thumb.style.height = `${Math.max(1, (100 * Math.min(seen, real)) / real)}%`;
    }

    // --- pointing and walking -------------------------------------------------------------------------------

    point(event) {
      const node = event.target.closest(".gw-t");
      const facts = node && this.facts.get(node);
      if (!facts) return;
      this.walk = null;
      this.choose(facts);
    }

    choose(facts) {
      this.lit = facts;
      this.light();
      details(this.details, this.lanes, tokensAt(this.pages, this.lanes, facts));
    }

    // Lights the same characters in all rows of the lines in view.
    light() {
      const wanted = Boolean(this.lit || this.here);
      if (!wanted && !this.lights) return;
      this.lights = wanted;
      for (const node of this.blocks.values()) {
        if (!node.facts) continue;
        node.querySelectorAll(".gw-lane-light, .gw-lane-here").forEach((old) => old.remove());
        const { start, grid } = node.facts;
        if (this.lit && this.lit.end > start && this.lit.start < node.facts.end) {
          for (const [x, width] of glassworks.line.extent(grid, this.lit.start - start, this.lit.end - start)) {
            node.append(this.overlay("gw-lane-light", node, x, width));
          }
        }
        if (this.here && this.here.place >= start && this.here.place < node.facts.end) {
          const [[x, width]] = glassworks.line.extent(grid, this.here.place - start, this.here.place - start + 1);
          const { run } = grid.clusters[grid.of[this.here.place - start]];
          node.append(this.overlay("gw-lane-here", node, run >= 0 ? x + width : x, 0));
        }
      }
    }

    overlay(name, node, x, width) {
      const box = make("div", name);
      box.style.left = `${GUTTER + (x + node.facts.shift) * this.cell}px`;
      if (width) box.style.width = `${width * this.cell}px`;
      return box;
    }

    key(event) {
      const { real, drawn } = this.span;
      const pages = { PageDown: 1, PageUp: -1, ArrowDown: 24 / this.seen, ArrowUp: -24 / this.seen };
      if (event.shiftKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
        event.preventDefault();
        step(this, 0, event.key === "ArrowUp" ? -1 : 1);
      } else if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
        event.preventDefault();
        step(this, event.key === "ArrowLeft" ? -1 : 1, 0);
      } else if (real !== drawn && event.key in pages) {
        event.preventDefault();
        this.scrollTo(this.top + pages[event.key] * this.seen);
      }
    }

    // Scrolls no further than it takes to see the line.
    bring(line) {
      const above = line * this.height, below = above + this.height - this.seen;
      if (above < this.top) this.scrollTo(above);
      else if (below > this.top) this.scrollTo(below);
    }
  }

  Object.assign(window.glassworks, { Lanes });
})();
