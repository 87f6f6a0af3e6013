// Sliders for what can be changed of a step after the fact: a strategy's penalties and warpers, and whether it draws.
(() => {
  "use strict";
  const house = (window.glassworks ??= {});
  const attention = (house.attention ??= {});
  const step = (house.step ??= {});
  const TRACK = 400; // places of a slider
  const FINE = 900; // a range of more steps than this is stretched at its low end
  const PAGE = 10; // steps that a page key moves
  const MAIN = ["temperature", "top_k", "top_p"];
  const MOVES = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -PAGE, PageUp: PAGE };

  const decimals = (knob) => Math.max(0, Math.ceil(-Math.log10(knob.step) - 1e-9));
  const written = (value, knob) => String(+value.toFixed(decimals(knob)));

  // To the knob's own steps and into its range.
  function snapped(value, knob) {
    const whole = Math.round(value / knob.step) * knob.step;
    return +Math.max(knob.low, Math.min(knob.high, whole)).toFixed(decimals(knob));
  }

  const power = (knob) => ((knob.high - knob.low) / knob.step > FINE ? 3 : 1);
  const valueAt = (place, knob) => snapped(knob.low + (knob.high - knob.low) * (place / TRACK) ** power(knob), knob);
  const placeOf = (value, knob) => Math.round(TRACK * ((value - knob.low) / (knob.high - knob.low)) ** (1 / power(knob)));

  class Knobs {
    // `settings` are all that count, as they stand; `changed()` is called after each move.
    constructor(data, settings, changed) {
      Object.assign(this, { data, changed, run: data.strategy.parameters, settings: { ...settings } });
      this.view = attention.make("div", "gw-ds-knobs");
      this.draw();
    }

    get names() {
      return this.data.optional && !this.settings.do_sample ? this.data.plain : this.data.drawn;
    }

    // One that the run did not count is off there.
    then(name) {
      return this.run[name] ?? this.data.knobs[name].off;
    }

    draw() {
      const { make, button } = attention;
      this.rows = new Map();
      const main = this.names.filter((name) => this.data.own.includes(name) || MAIN.includes(name) || this.then(name) !== this.data.knobs[name].off);
      const rest = this.names.filter((name) => !main.includes(name));
      this.reset = button("Back to the run’s settings", () => this.restore());
      const head = make("div", "gw-att-bar gw-ds-knobs-head", make("h4", "", "Shape it anew"), this.data.optional ? this.switch() : undefined, this.reset);
      const parts = [head, this.grid(main.length ? main : rest)];
      if (main.length && rest.length) parts.push(this.fold(rest));
      if (!this.names.length) parts.push(make("p", "gw-ds-quiet", "Nothing of this strategy can be changed after the fact."));
      if (this.data.fixed.length) parts.push(this.fixed());
      this.view.replaceChildren(...parts);
      this.tell();
    }

    grid(names) {
      return attention.make("div", "gw-ds-grid", ...names.map((name) => this.row(name)));
    }

    fold(names) {
      const { make } = attention, box = make("details", "gw-ds-more", make("summary", "", `${names.length} more that can be tried`), this.grid(names));
      box.open = this.opened ?? names.some((name) => this.settings[name] !== this.then(name));
      box.addEventListener("toggle", () => { this.opened = box.open; });
      return box;
    }

    fixed() {
      const { make } = attention;
      const told = this.data.fixed.map(({ label, value }) => make("span", "gw-ds-fixed", `${label} `, make("b", "", value)));
      return make("p", "gw-ds-quiet", "As in the run, for these need new forwards: ", ...told);
    }

    switch() {
      const { make } = attention, box = make("input");
      Object.assign(box, { type: "checkbox", checked: this.settings.do_sample });
      box.addEventListener("change", () => {
        this.settings = { ...this.settings, do_sample: box.checked };
        for (const name of this.data.drawn) if (!this.names.includes(name)) delete this.settings[name];
        this.draw();
        this.view.querySelector('input[type="checkbox"]').focus();
        this.changed();
      });
      return make("label", "gw-ds-switch", box, "Draw");
    }

    // --- one setting ----------------------------------------------------------------------------------------

    row(name) {
      const { make } = attention, knob = this.data.knobs[name];
      const slider = make("input"), number = make("input"), was = make("small");
      Object.assign(slider, { type: "range", min: 0, max: TRACK, step: 1 });
      Object.assign(number, { type: "number", min: knob.low, max: knob.high, step: knob.step });
      slider.setAttribute("aria-label", knob.label);
      number.setAttribute("aria-label", `${knob.label}, as a number`);
      slider.addEventListener("input", () => this.set(name, valueAt(+slider.value, knob)));
      slider.addEventListener("keydown", (event) => this.move(event, name));
      number.addEventListener("change", () => {
        const typed = number.value === "" ? NaN : Number(number.value);
        this.set(name, Number.isFinite(typed) ? snapped(typed, knob) : this.settings[name] ?? knob.off, true);
      });
      const title = make("span", "gw-ds-knob-name", knob.label);
      const node = make("div", "gw-ds-knob", make("div", "", title, was, number), slider);
      node.title = knob.help;
      this.rows.set(name, { node, slider, number, was });
      return node;
    }

    // Arrow keys move by the setting's own steps, wherever the slider's places are wider or narrower.
    move(event, name) {
      const knob = this.data.knobs[name];
      if (!(event.key in MOVES) || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      this.set(name, snapped((this.settings[name] ?? knob.off) + MOVES[event.key] * knob.step, knob));
    }

    set(name, value, typed = false) {
      const same = (this.settings[name] ?? this.data.knobs[name].off) === value;
      this.settings = { ...this.settings, [name]: value };
      if (!same || typed) this.tell();
      if (!same) this.changed();
    }

    restore() {
      this.settings = { ...this.run };
      this.draw();
      this.view.querySelector("input")?.focus();
      this.changed();
    }

    // The sliders as the settings are.
    tell() {
      let moved = Boolean(this.data.optional) && this.settings.do_sample !== this.run.do_sample;
      for (const [name, { node, slider, number, was }] of this.rows) {
        const knob = this.data.knobs[name], value = this.settings[name] ?? knob.off, then = this.then(name), changed = value !== then;
        const words = value === knob.off ? `${written(value, knob)}, off` : written(value, knob);
        slider.value = placeOf(value, knob);
        slider.style.setProperty("--range_progress", `${(100 * slider.value) / TRACK}%`);
        slider.setAttribute("aria-valuetext", words);
        number.value = written(value, knob);
        was.textContent = changed ? `run: ${then === knob.off ? "off" : written(then, knob)}` : value === knob.off ? "off" : "";
        node.classList.toggle("gw-ds-changed", changed);
        moved ||= changed;
      }
      this.reset.disabled = !moved;
    }
  }

  Object.assign(step, { Knobs });
})();
