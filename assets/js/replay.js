// Replays of one word, drawn from the data that came with them: the merges of a BPE one by one, and the bars of
// a lattice that can be pointed at and walked over. All text goes in as text, never as HTML.
(() => {
  "use strict";
  const CHIPS = 240, ROWS = 100; // drawn at once, around where one is
  const PAUSE = 900; // milliseconds a step when playing

  const make = (tag, properties = {}, ...children) => {
    const node = Object.assign(document.createElement(tag), properties);
    node.append(...children);
    return node;
  };

  const written = (number) => number.toLocaleString("en");

  // --- BPE ------------------------------------------------------------------------------------------------
  class Merges {
    constructor(body, { symbols, steps }) {
      Object.assign(this, { body, symbols, steps, at: -1, pieces: [], playing: 0 });
      this.build();
      this.show(0);
    }

    build() {
      const button = (text, label, action) => {
        const node = make("button", { type: "button", textContent: text, title: label });
        node.setAttribute("aria-label", label);
        node.addEventListener("click", action);
        return node;
      };
      this.slider = make("input", { type: "range", min: 0, max: this.steps.length, step: 1, value: 0 });
      this.slider.setAttribute("aria-label", "Merges done");
      this.slider.addEventListener("input", () => { this.stop(); this.show(Number(this.slider.value)); });
      this.back = button("‹", "One merge back", () => { this.stop(); this.show(this.at - 1); });
      this.next = button("›", "Next merge", () => { this.stop(); this.show(this.at + 1); });
      this.play = button("Play", "Play the merges", () => this.toggle());
      this.said = make("p", { className: "gw-bpe-said" });
      this.said.setAttribute("role", "status");
      this.chips = make("div", { className: "gw-pieces gw-bpe-pieces" });
      this.rows = make("tbody");
      const heads = ["Merge", "Left", "Right", "Becomes", "Rank"].map((name) => {
        const head = make("th", { textContent: name });
        head.scope = "col";
        return head;
      });
      const table = make("table", {}, make("thead", {}, make("tr", {}, ...heads)), this.rows);
      this.scroller = make("div", { className: "gw-detail-table gw-bpe-steps", tabIndex: 0 }, table);
      this.scroller.setAttribute("role", "region");
      this.scroller.setAttribute("aria-label", "All merges");
      this.rows.addEventListener("click", (event) => {
        const row = event.target.closest("button");
        if (row) { this.stop(); this.show(Number(row.dataset.step)); }
      });
      const controls = make("div", { className: "gw-bpe-controls" }, this.back, this.next, this.play, this.slider);
      this.body.replaceChildren(controls, this.said, this.chips, this.scroller);
    }

    toggle() {
      if (this.playing) return this.stop();
      if (this.at >= this.steps.length) this.show(0);
      this.play.textContent = "Pause";
      this.playing = setInterval(() => {
        if (!this.body.isConnected || this.at >= this.steps.length) return this.stop();
        this.show(this.at + 1);
      }, PAUSE);
    }

    stop() {
      clearInterval(this.playing);
      this.playing = 0;
      this.play.textContent = "Play";
    }

    // The pieces after the first `step` merges; going forward goes on from where one is.
    go(step) {
      if (step < this.at || this.at < 0) { this.pieces = [...this.symbols]; this.at = 0; }
      for (; this.at < step; this.at++) {
        const [place, merged] = this.steps[this.at];
        this.pieces.splice(place, 2, merged);
      }
    }

    show(step) {
      this.go(Math.max(0, Math.min(step, this.steps.length)));
      const next = this.steps[this.at];
      this.slider.value = this.at;
      this.slider.style.setProperty("--range_progress", `${100 * this.at / this.steps.length}%`);
      this.slider.setAttribute("aria-valuetext", `${this.at} of ${this.steps.length} merges done`);
      this.back.disabled = this.at === 0;
      this.next.disabled = !next;
      this.drawSaid(next);
      this.drawChips(next);
      this.drawRows();
      if (!next) this.stop();
    }

    drawSaid(next) {
      const strong = (text) => make("strong", { textContent: text });
      const done = `${written(this.at)} of ${written(this.steps.length)} merges done. `;
      if (!next) return this.said.replaceChildren(done, "These are the tokens: no pair that is left was ever learnt.");
      const [place, merged, rank] = next;
      const [left, right] = this.pieces.slice(place, place + 2);
      this.said.replaceChildren(
        done, "Next: ", strong(left), " + ", strong(right), " → ", strong(merged), `, rank ${written(rank)}.`);
    }

    drawChips(next) {
      const focus = next ? next[0] : this.steps[this.at - 1][0];
      const low = Math.max(0, Math.min(focus - CHIPS / 2, this.pieces.length - CHIPS));
      const high = Math.min(this.pieces.length, low + CHIPS);
      const chips = this.pieces.slice(low, high).map((piece, i) => {
        const chip = make("span", { className: "gw-token", textContent: piece || "∅" });
        const at = low + i;
        if (next && (at === next[0] || at === next[0] + 1)) chip.classList.add("gw-pair-next");
        if (this.at && at === this.steps[this.at - 1][0]) chip.classList.add("gw-pair-done");
        return chip;
      });
      const rest = (count, words) =>
        count > 0 ? [make("span", { className: "gw-cut", textContent: `… ${written(count)} ${words} …` })] : [];
      this.chips.replaceChildren(
        ...rest(low, "before"), ...chips, ...rest(this.pieces.length - high, "after"));
    }

    // The table holds a stretch of the steps; it is made anew only when one leaves it.
    drawRows() {
      if (this.low === undefined || this.at < this.low || this.at > this.low + ROWS) {
        this.low = Math.max(0, Math.min(this.at - ROWS / 2, this.steps.length - ROWS));
        this.fill();
      }
      for (const row of this.rows.rows) {
        const step = Number(row.dataset.step);
        row.classList.toggle("gw-marked", step === this.at);
        if (step === this.at) {
          const above = row.offsetTop - this.scroller.clientHeight / 2;
          this.scroller.scrollTop = Math.max(0, above);
        }
      }
    }

    fill() {
      const pieces = [...this.symbols];
      const rows = [];
      this.steps.slice(0, this.low + ROWS).forEach(([place, merged, rank], step) => {
        const [left, right] = pieces.splice(place, 2, merged);
        if (step < this.low) return;
        const jump = make("button", { type: "button", textContent: written(step + 1) });
        jump.dataset.step = step;
        jump.setAttribute("aria-label", `Go to merge ${step + 1}`);
        const cells = [left, right, merged].map((text) =>
          make("td", {}, make("span", { className: "gw-token", textContent: text })));
        const row = make("tr", {}, make("td", {}, jump), ...cells, make("td", { textContent: written(rank) }));
        row.dataset.step = step;
        rows.push(row);
      });
      this.rows.replaceChildren(...rows);
    }
  }

  // --- lattice --------------------------------------------------------------------------------------------
  const STEPS = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity };

  const adoptLattice = (element) => {
    if (element.dataset.gwLattice) return;
    element.dataset.gwLattice = "yes";
    const node = (event) => event.target instanceof Element && event.target.closest(".gw-node");
    const read = (event) => {
      const found = node(event);
      const place = element.querySelector(".gw-lattice-node");
      if (found && place) place.textContent = found.dataset.said;
    };
    element.addEventListener("pointerover", read);
    element.addEventListener("focusin", read);
    element.addEventListener("keydown", (event) => {
      const found = node(event);
      if (!found || !(event.key in STEPS)) return;
      const all = [...element.querySelectorAll(".gw-node")];
      const to = Math.max(0, Math.min(all.length - 1, all.indexOf(found) + STEPS[event.key]));
      found.setAttribute("tabindex", "-1");
      all[to].setAttribute("tabindex", "0");
      all[to].focus();
      event.preventDefault();
    });
  };

  // --- what the page calls when a replay has come -----------------------------------------------------------
  const running = new WeakMap();
  const replay = (element) => {
    running.get(element)?.stop();
    running.delete(element);
    adoptLattice(element);
    const root = element.querySelector("[data-replay]");
    if (!root) return;
    running.set(element, new Merges(root.querySelector(".gw-bpe-body"), JSON.parse(root.dataset.replay)));
  };

  window.glassworks = { ...window.glassworks, replay };
})();
