// The lines of a text as pages from the server: each asked for once, answers to what is no longer asked dropped.
(() => {
  "use strict";
  const KEPT = 40; // pages in memory

  class Pages {
    // `ask({ first, lines, … })` promises a page as JSON; `arrived(page, anew)` and `failed(message)` are told.
    constructor(lines, ask, arrived, failed) {
      Object.assign(this, { lines, ask, arrived, failed });
      this.epoch = 0;
      this.kept = new Map();
      this.waiting = new Map();
      this.stale = true; // what is kept belongs to another text or width
    }

    // From now on pages are asked for with `asked`; what is kept stays until the first of them is here.
    renew(asked) {
      this.asked = asked;
      this.epoch += 1;
      this.waiting = new Map();
      this.stale = true;
    }

    at(line) {
      return this.kept.get(Math.floor(line / this.lines));
    }

    // The page with that line; null if it could not be had, or all has been asked for anew meanwhile.
    need(line) {
      const number = Math.floor(line / this.lines);
      if (!this.stale && this.kept.has(number)) return Promise.resolve(this.kept.get(number));
      if (!this.waiting.has(number)) this.waiting.set(number, this.load(number));
      return this.waiting.get(number);
    }

    async load(number) {
      const { epoch, waiting } = this;
      let page;
      try {
        page = JSON.parse(await this.ask({ ...this.asked, first: number * this.lines, lines: this.lines }));
      } catch {
        page = { error: "The server did not answer." };
      }
      if (epoch !== this.epoch) return null;
      waiting.delete(number);
      if (page.error) {
        this.failed(page.error);
        return null;
      }
      this.keep(number, page);
      return page.texts.length ? page : null;
    }

    keep(number, page) {
      const anew = this.stale;
      if (anew) this.kept.clear();
      this.stale = false;
      this.kept.set(number, page);
      for (const old of this.kept.keys()) {
        if (this.kept.size <= KEPT) break;
        if (old !== number) this.kept.delete(old);
      }
      this.arrived(page, anew);
    }
  }

  Object.assign(window.glassworks, { Pages });
})();
