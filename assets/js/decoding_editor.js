// The strategy editor: presets, and up to twelve cards, one a column of the board. Its value is the JSON list that
// the server takes; the cards are drawn from it and write it anew.
(() => {
  "use strict";
  const decoding = ((window.glassworks ??= {}).decoding ??= {});
  const make = (...given) => window.glassworks.attention.make(...given);
  const ROLES = ["amateur", "draft"]; // settings that name another model

  class StrategyEditor {
    constructor(element, props, server, about) {
      Object.assign(this, { element, props, server, cards: [], about });
      this.models = Object.assign(make("datalist"), { id: "decoding-models" });
      this.list = make("ol", "gw-strategies");
      this.said = make("p", "gw-hint");
      this.said.setAttribute("role", "status");
      this.add = Object.assign(make("button", "gw-add", "+ Add a strategy"), { type: "button" });
      this.add.addEventListener("click", () => this.append({ name: "top_p", parameters: {} }));
      const title = make("strong", "gw-strategies-title", "Strategies");
      element.replaceChildren(make("div", "gw-strategies-box", title, this.presets(), this.said, this.list, this.add, this.models));
      this.read();
    }

    presets() {
      const chips = this.about.presets.map((preset) => {
        const chip = Object.assign(make("button", "gw-try", preset.title), { type: "button", title: preset.words });
        chip.addEventListener("click", () => this.take(preset));
        return chip;
      });
      const row = make("div", "gw-tries", ...chips);
      row.setAttribute("role", "group");
      row.setAttribute("aria-label", "Presets");
      return row;
    }

    // What needs a second model gets the smallest one at hand; where there is none it is left out, in words.
    async take({ strategies, title }) {
      const needs = strategies.some(({ name }) => this.roles(name).length);
      const models = needs ? await this.offerModels() : [];
      const other = models.length > 1 ? models[0] : "";
      const taken = strategies.filter(({ name }) => other || !this.roles(name).length).map(({ name, parameters }) => ({
        name, parameters: { ...parameters, ...Object.fromEntries(this.roles(name).map((role) => [role, other])) },
      }));
      const left = strategies.length - taken.length;
      this.fill(taken);
      this.write();
      this.said.textContent = left
        ? `${title}: assisted decoding is left out, for it needs a second model with the same tokenizer.`
        : `${title}: ${taken.length} strateg${taken.length === 1 ? "y" : "ies"}.`;
    }

    roles(name) {
      return this.about.kinds[name].own.filter((one) => ROLES.includes(one));
    }

    // The models at hand, the smallest first, as choices of every field that names one.
    async offerModels() {
      const found = JSON.parse(await this.server.decoding_models({}));
      this.models.replaceChildren(...found.map(({ name, caption }) =>
        Object.assign(make("option", "", caption), { value: name })));
      return found.map(({ name }) => name);
    }

    // The value has come from the server.
    read() {
      let given;
      try {
        given = JSON.parse(this.props.value);
      } catch {
        return;
      }
      this.said.textContent = "";
      this.fill(given);
    }

    fill(strategies) {
      this.cards = strategies.map((one) => new decoding.StrategyCard(this, one));
      this.draw();
    }

    draw() {
      this.list.replaceChildren(...this.cards.map((card) => card.draw()));
      this.add.disabled = this.cards.length >= this.about.most;
    }

    write() {
      this.props.value = JSON.stringify(this.cards.map((card) => card.chosen));
    }

    append(chosen, at = this.cards.length) {
      if (this.cards.length >= this.about.most) return;
      this.cards.splice(at, 0, new decoding.StrategyCard(this, chosen));
      this.changed(this.cards[at]);
    }

    does(what, card) {
      const at = this.cards.indexOf(card);
      if (what === "duplicate") return this.append(card.chosen, at + 1);
      this.cards.splice(at, 1);
      if (what === "remove") return this.changed(this.cards[Math.min(at, this.cards.length - 1)]);
      this.cards.splice(what === "up" ? at - 1 : at + 1, 0, card);
      return this.changed(card, what);
    }

    // Cards were added, taken away or moved; the focus goes on where the hand was.
    changed(card, pressed = "") {
      this.draw();
      this.write();
      const button = pressed && card.element.querySelector(`[data-do="${pressed}"]`);
      (button && !button.disabled ? button : card.select).focus();
    }

    // JSON {place, field, message}, or nothing.
    fault(told) {
      for (const card of this.cards) card.fault();
      if (!told) return;
      const { place, field, message } = JSON.parse(told);
      this.cards[place]?.fault(message, field);
    }
  }

  // Called by the component as it is mounted.
  decoding.editor = (element, props, server, watch, about) => {
    const editor = new StrategyEditor(element, props, server, about);
    watch("value", () => editor.read());
    watch("fault", () => editor.fault(props.fault));
  };
})();
