// One strategy of the editor: which one it is, its own settings, and the rest of them folded away. Ranges, labels
// and help come from the server's description of the spec; the server checks each value again.
(() => {
  "use strict";
  const decoding = ((window.glassworks ??= {}).decoding ??= {});
  const SLIDER_STEPS = 5000; // beyond that a pixel is many steps, and a number is easier to hit
  const make = (...given) => window.glassworks.attention.make(...given);
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  class StrategyCard {
    // `editor` is told of changes; `chosen` is {name, parameters}.
    constructor(editor, chosen) {
      Object.assign(this, { editor, about: editor.about, name: chosen.name, values: { ...chosen.parameters } });
      this.element = make("li", "gw-strategy");
      this.open = false;
    }

    get kind() {
      return this.about.kinds[this.name];
    }

    get ordinal() {
      return decoding.ordinal(this.editor.cards.indexOf(this));
    }

    // A setting's value here, and the one that it has if nothing is said.
    value(setting) {
      return setting in this.values ? this.values[setting] : this.usual(setting);
    }

    usual(setting) {
      return this.kind.defaults[setting] ?? this.about.knobs[setting].default;
    }

    get settings() {
      return this.kind.settings[this.value("do_sample") === true ? 1 : 0];
    }

    get changed() {
      return this.settings.filter((one) => !same(this.value(one), this.usual(one)));
    }

    // As the server takes it: what is as usual is left out, and so is what does not count.
    get chosen() {
      return { name: this.name, parameters: Object.fromEntries(this.changed.map((one) => [one, this.value(one)])) };
    }

    put(setting, value) {
      this.values[setting] = value;
      this.fault();
      if (setting === "do_sample") this.draw(setting);
      else this.tally();
      this.editor.write();
    }

    draw(focused = "") {
      this.fields = new Map();
      // In view: what makes the strategy what it is, and what is not as usual.
      this.first = this.settings.filter((one) => this.kind.own.includes(one) || this.changed.includes(one));
      const rest = this.settings.filter((one) => !this.first.includes(one));
      this.said = make("p", "gw-strategy-fault");
      this.said.setAttribute("role", "alert");
      this.element.replaceChildren(this.head(), this.grid(this.first), this.more(rest), this.said);
      this.tally();
      if (focused) (this.fields.get(focused) ?? this.select).focus();
      return this.element;
    }

    head() {
      this.select = make("select", "gw-strategy-name", ...Object.entries(this.about.kinds).map(([name, { title }]) => {
        const option = make("option", "", title);
        option.value = name;
        return option;
      }));
      this.select.value = this.name;
      this.select.title = this.kind.words;
      this.select.setAttribute("aria-label", `Strategy ${this.ordinal}`);
      this.select.addEventListener("change", () => {
        this.name = this.select.value;
        this.draw();
        this.select.focus();
        this.editor.write();
      });
      const at = this.editor.cards.indexOf(this), last = this.editor.cards.length - 1;
      const full = last + 1 >= this.about.most;
      return make("div", "gw-strategy-head", make("b", "gw-ordinal", this.ordinal), this.select,
        this.button("❏", "duplicate", "Duplicate", full), this.button("↑", "up", "Move up", at === 0),
        this.button("↓", "down", "Move down", at === last), this.button("✕", "remove", "Remove", last === 0));
    }

    button(sign, does, label, disabled) {
      const made = make("button", "", sign);
      Object.assign(made, { type: "button", title: label, disabled });
      made.dataset.do = does;
      made.setAttribute("aria-label", `${label} strategy ${this.ordinal}`);
      made.addEventListener("click", () => this.editor.does(does, this));
      return made;
    }

    grid(settings) {
      const grid = make("div", "gw-strategy-grid", ...settings.map((one) => this.field(one)));
      grid.hidden = !settings.length;
      return grid;
    }

    more(settings) {
      this.count = make("small");
      const words = make("p", "gw-hint", this.kind.words);
      const fold = make("details", "gw-strategy-more", make("summary", "", settings.length ? "More settings " : "What it does ", this.count),
        words, this.grid(settings));
      fold.open = this.open;
      fold.addEventListener("toggle", () => { this.open = fold.open; });
      this.fold = fold;
      return fold;
    }

    tally() {
      const hidden = this.changed.filter((one) => !this.first.includes(one)).length;
      this.count.textContent = hidden ? `${hidden} changed` : "";
    }

    // --- fields ------------------------------------------------------------------------------------------------
    field(setting) {
      const knob = this.about.knobs[setting];
      const label = make("label", `gw-field gw-field-${knob.kind}`, make("span", "", knob.label));
      label.title = knob.help;
      const inputs = this.inputs(setting, knob);
      for (const one of inputs) one.setAttribute("aria-label", `${knob.label}, strategy ${this.ordinal}`);
      inputs[0].setAttribute("aria-description", knob.help);
      label.append(...inputs);
      this.fields.set(setting, inputs.at(-1));
      return label;
    }

    inputs(setting, knob) {
      const value = this.value(setting);
      if (knob.kind === "bool") return [this.checkbox(setting, value)];
      if (knob.kind === "number") return this.number(setting, knob, value);
      if (knob.choices) return [this.choice(setting, knob, value)];
      return [this.text(setting, knob, value)];
    }

    checkbox(setting, value) {
      const box = Object.assign(make("input"), { type: "checkbox", checked: value === true });
      box.addEventListener("change", () => this.put(setting, box.checked));
      return box;
    }

    number(setting, { low, high, step }, value) {
      const typed = Object.assign(make("input"), { type: "number", min: low, max: high, step: "any", value: value ?? "" });
      typed.addEventListener("input", () => {
        this.put(setting, typed.value === "" ? null : Number(typed.value));
        if (slider) slider.value = typed.value;
        filled();
      });
      const slider = (high - low) / step > SLIDER_STEPS ? null
        : Object.assign(make("input"), { type: "range", min: low, max: high, step, value: value ?? low });
      const filled = () => slider?.style.setProperty("--range_progress", `${(100 * (slider.value - low)) / (high - low)}%`);
      slider?.addEventListener("input", () => {
        typed.value = slider.value;
        filled();
        this.put(setting, Number(slider.value));
      });
      filled();
      return slider ? [slider, typed] : [typed];
    }

    choice(setting, { choices }, value) {
      const select = make("select", "", ...choices.map((one) => make("option", "", one)));
      select.value = value;
      select.addEventListener("change", () => this.put(setting, select.value));
      return select;
    }

    // A pattern may have many lines; a model is one of those at hand or typed.
    text(setting, { most }, value) {
      const long = most > 1000;
      const input = Object.assign(make(long ? "textarea" : "input"), { value, maxLength: most, spellcheck: false });
      if (long) input.rows = 3;
      else {
        input.setAttribute("list", "decoding-models");
        input.placeholder = "owner/name, or choose";
        this.editor.offerModels();
      }
      input.addEventListener("input", () => this.put(setting, input.value));
      return input;
    }

    // --- what the server did not accept --------------------------------------------------------------------------
    fault(message = "", setting = "") {
      this.said.textContent = message;
      this.element.toggleAttribute("data-fault", Boolean(message));
      for (const [name, input] of this.fields) {
        if (message && name === setting) {
          input.setAttribute("aria-invalid", "true");
          if (this.fold.contains(input)) this.fold.open = true;
        } else input.removeAttribute("aria-invalid");
      }
      if (message) this.element.scrollIntoView({ block: "nearest" });
    }
  }

  // Columns count from 1 for people.
  decoding.ordinal = (at) => String(at + 1);
  decoding.StrategyCard = StrategyCard;
})();
