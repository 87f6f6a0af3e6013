// One step of a comparison opened: the token that was taken, every stage of its distribution, and sliders that
// shape it anew. Each change asks the server; while one question is under way only the newest other one waits.
(() => {
  "use strict";
  const house = (window.glassworks ??= {});
  const attention = (house.attention ??= {});
  const step = (house.step ??= {});
  const PAUSE = 20; // milliseconds in which moves of a slider become one question
  const PATIENCE = 200; // milliseconds after which the page shows that it waits
  const BEFORE = 24, AFTER = 8; // tokens of the text that stand around the one that is looked at

  const rest = (time) => new Promise((resolve) => setTimeout(resolve, time));

  // A probability in words; exact zeros are what was cut.
  const share = (value) => (value !== null && value > 0 && value < 1e-5 ? "< 0.001 %" : attention.share(value));
  const nats = (value) => (value === null ? "–" : `${value.toFixed(2)} nats`);

  // `ask(value)` for the newest value; each answer is handed to `show(answer, value)` in order.
  function latest(ask, show, fail) {
    let wanted = null, busy = false;
    const run = async () => {
      busy = true;
      while (wanted) {
        await rest(PAUSE);
        const value = wanted;
        wanted = null;
        try {
          show(await ask(value), value);
        } catch (fault) {
          if (!wanted) fail(fault, value);
        }
      }
      busy = false;
    };
    return (value) => {
      wanted = value;
      if (!busy) run();
    };
  }

  class DecodingStep {
    constructor(element, server) {
      Object.assign(this, { element, server, settings: {}, at: null });
      this.want = latest((asked) => this.fetch(asked), (answer, asked) => this.show(answer, asked), (fault, asked) => this.fail(fault, asked));
      element.addEventListener("keydown", (event) => this.key(event));
      document.addEventListener("gw-decoding-choose", ({ detail }) => this.follow(detail));
    }

    // A frame has come. While one looks at the same column of the same run, all stays as it was tried.
    adopt() {
      const data = attention.carried(this.element);
      const same = data?.at && this.at && this.data?.run === data.run && this.data.column === data.column;
      this.data = data;
      if (!data) return;
      if (same) {
        this.element.querySelector(".gw-ds-place").replaceChildren(this.body);
        this.go(data.at.position, data.at.sample);
        return;
      }
      Object.assign(this, { settings: { ...data.strategy.parameters }, at: data.at, answer: null, select: null });
      this.build();
      if (this.at) this.open();
      else this.invite();
    }

    // --- what stands there ----------------------------------------------------------------------------------

    build() {
      const { make, button } = attention;
      this.back = button("◂ Previous", () => this.go(this.at.position - 1), "The step before (arrow left)");
      this.on = button("Next ▸", () => this.go(this.at.position + 1), "The next step (arrow right)");
      this.said = make("span", "gw-ds-said");
      this.sampling = this.samples();
      this.context = make("p", "gw-ds-context");
      this.context.setAttribute("aria-label", "The text around this token");
      this.sentence = make("p", "gw-ds-sentence");
      this.sentence.setAttribute("role", "status");
      this.note = make("div", "gw-ds-note");
      this.note.setAttribute("role", "alert");
      this.knobs = new step.Knobs(this.data, this.settings, () => this.turned());
      this.table = new step.Table();
      this.curve = new step.Curve();
      this.shown = make("div", "gw-ds-shown", this.table.view, this.curve.view, step.exports(this));
      const title = make("span", "gw-ds-title", `${this.data.column + 1} · ${this.data.title}`);
      const bar = make("div", "gw-att-bar gw-ds-bar", title, this.back, this.on, this.said, this.sampling);
      this.body = make("div", "gw-ds-body", bar, this.context, this.sentence, this.knobs.view, this.note, this.shown);
      this.shown.hidden = true;
      this.element.querySelector(".gw-ds-place").replaceChildren(this.body);
    }

    // Which of several texts of the column; nothing where there is one.
    samples() {
      const { make } = attention, { samples } = this.data;
      if (samples.length < 2) return undefined;
      const select = make("select");
      select.append(...samples.map(({ sample }) => new Option(String(sample + 1), String(sample))));
      select.addEventListener("change", () => this.go(this.at.position, Number(select.value)));
      this.select = select;
      return make("label", "gw-ds-sample", make("span", "", "Sample"), select);
    }

    invite() {
      const { make, button } = attention;
      const first = this.data.samples[0];
      const hint = make("p", "gw-detail-hint", "Click a token on the board: every stage of the step that chose it stands here. ");
      if (first) hint.append(button("Open the first step", () => {
        this.build();
        this.at = { sample: first.sample, position: 0 };
        this.open();
      }));
      this.element.querySelector(".gw-ds-place").replaceChildren(hint);
    }

    get text() {
      return this.data.samples.find(({ sample }) => sample === this.at.sample);
    }

    // --- where one is ---------------------------------------------------------------------------------------

    go(position, sample = this.at.sample) {
      const { texts } = this.data.samples.find((one) => one.sample === sample);
      const next = Math.max(0, Math.min(texts.length - 1, position));
      if (next === this.at.position && sample === this.at.sample && this.answer) return;
      this.at = { sample, position: next };
      this.open();
      const detail = { column: this.data.column, ...this.at, quiet: true, from: "step" };
      document.dispatchEvent(new CustomEvent("gw-decoding-choose", { detail }));
    }

    // A token of this column was chosen elsewhere on the page: no need to wait for the server's frame.
    follow({ column, sample, position, from }) {
      const here = this.data && this.at && this.element.isConnected && column === this.data.column && from !== "step";
      if (here && this.data.samples.some((one) => one.sample === sample)) this.go(position, sample);
    }

    // Arrow keys walk along the text, where they mean nothing else.
    key(event) {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by || !this.at || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      if (event.target.closest("input, select, textarea, [data-scrolls]")) return;
      event.preventDefault();
      this.go(this.at.position + by);
    }

    open() {
      const { texts } = this.text, { position, sample } = this.at;
      const focused = document.activeElement;
      this.back.disabled = position === 0;
      this.on.disabled = position === texts.length - 1;
      if (focused === this.back && this.back.disabled) this.on.focus();
      if (focused === this.on && this.on.disabled) this.back.focus();
      this.said.textContent = `token ${position + 1} of ${texts.length}`;
      if (this.select) this.select.value = String(sample);
      this.around(texts, position);
      this.ask();
    }

    // The text around the token; where it begins, the end of the prompt before it.
    around(texts, position) {
      const { make } = attention, from = Math.max(0, position - BEFORE), to = position + 1 + AFTER;
      const prompt = from ? make("span", "", "… ") : make("span", "gw-ds-prompt", this.data.before);
      this.context.replaceChildren(prompt, texts.slice(from, position).join(""), make("mark", "", texts[position] || "∅"),
        texts.slice(position + 1, to).join("") + (to < texts.length ? " …" : ""));
    }

    // --- asking ---------------------------------------------------------------------------------------------

    turned() {
      this.settings = this.knobs.settings;
      this.ask();
    }

    ask() {
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.wait(), PATIENCE);
      const { model, run, column, strategy } = this.data;
      this.want({ model, run, column, ...this.at, strategy: { name: strategy.name, parameters: { ...this.settings } } });
    }

    wait() {
      this.body.setAttribute("aria-busy", "true");
      if (!this.answer) this.sentence.textContent = "Opening the step …";
    }

    async fetch(asked) {
      const began = performance.now();
      let answer;
      try {
        answer = JSON.parse(await this.server.decoding_step(asked));
      } catch {
        throw new Error("The server did not answer.");
      }
      performance.measure("glassworks step asked", { start: began, end: performance.now() });
      if (answer.error) throw Object.assign(new Error(answer.error), { gone: answer.gone });
      return answer;
    }

    // Whether an answer is about what is on the page now.
    holds({ run, column, sample, position }) {
      return this.data && this.at && run === this.data.run && column === this.data.column && sample === this.at.sample && position === this.at.position;
    }

    settle() {
      clearTimeout(this.waiting);
      this.body.removeAttribute("aria-busy");
      this.note.replaceChildren();
    }

    show(answer, asked) {
      if (!this.holds(asked)) return;
      const began = performance.now();
      this.settle();
      Object.assign(this, { answer, asked });
      this.shown.hidden = false;
      this.tell(answer);
      this.table.show(answer);
      this.curve.show(answer.curve, asked.position);
      performance.measure("glassworks step", { start: began, end: performance.now() });
    }

    fail(fault, asked) {
      if (!this.holds(asked)) return;
      const { make } = attention;
      this.settle();
      this.sentence.textContent = "";
      this.shown.hidden = true;
      this.answer = null;
      const words = fault.gone ? "Press Generate to make the run again: the same seed brings the same texts. One too large to be remembered needs fewer tokens or columns." : "What was set is still there.";
      this.note.replaceChildren(make("strong", "", fault.message), make("span", "", words));
    }

    // --- then and now ---------------------------------------------------------------------------------------

    tell({ stages, candidates, chosen, now, draws }) {
      const { make } = attention;
      const taken = candidates.find(({ id }) => id === chosen.id);
      const chip = (token, kind, mark) => make("span", `gw-token ${kind}`, make("b", "", mark), token.shown || "∅");
      const said = [make("span", "", "then: "), chip(chosen, "gw-ds-then", "✓ ")];
      if (taken) {
        const surprisal = taken.probs[0] > 0 ? ` (${nats(-Math.log(taken.probs[0]))})` : "";
        const last = taken.probs[stages.length - 1];
        const ends = stages.length > 1 ? `, ${last > 0 ? share(last) : "cut"} after the last stage` : "";
        said.push(make("span", "gw-ds-quiet", ` ${share(taken.probs[0])} raw${surprisal}${ends}`));
      }
      const likeliest = this.data.beams ? "the likeliest here: a beam search weighs whole texts" : "the likeliest";
      const how = draws ? "drawn with the same noise" : likeliest;
      said.push(make("span", "", " · now: "), chip(now, now.id === chosen.id ? "gw-ds-then" : "gw-ds-now", now.id === chosen.id ? "✓ " : "▸ "),
        make("span", "gw-ds-quiet", now.id === chosen.id ? ` the same, ${how}` : ` another one, ${how}`));
      this.sentence.replaceChildren(...said);
    }
  }

  Object.assign(step, { share, nats });
  Object.assign(house, { DecodingStep });
})();
