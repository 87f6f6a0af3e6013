// The part Heads: the model view, the open head below it, and what can be taken away. What is shown comes with the
// page; a head is asked for once, when it is opened.
(() => {
  "use strict";
  const house = (window.glassworks ??= {});
  const attention = (house.attention ??= {});
  const KEPT = 6; // heads in memory
  const OPEN = "gw-open-head"; // an event of the document by which other views open a head: detail { part, layer, head }
  const NAMES = { self: "Self-attention", encoder: "Encoder", decoder: "Decoder", cross: "Cross: decoder to encoder" };
  const ORDER = {
    rope: "rotary positions", learned: "a learned table of positions", sinusoidal: "a sinusoidal table of positions",
    alibi: "ALiBi", relative: "relative positions", none: "no positions",
  };
  const TELLING = [[4, "Previous token"], [6, "Induction"], [2, "First token"]]; // measures by which a head is suggested

  class Attention {
    constructor(element, server) {
      Object.assign(this, { element, server, told: null, part: null, opened: null, pending: null, epoch: 0, heads: new Map() });
      this.map = new attention.ModelMap((layer, head) => this.open({ layer, head }, true));
      this.head = new attention.HeadView({
        open: (place) => this.open(place), chosen: () => this.choose(), failed: (message) => this.fail(message),
      });
      this.queryKey = new attention.QueryKeyView(
        (pair) => server.attention_query_key({ ...this.asked, ...pair }),
        { chip: (side, place) => this.head.chip(side, place) },
      );
      this.build();
      document.addEventListener(OPEN, ({ detail }) => {
        if (!this.element.isConnected) return;
        this.pending = detail; // what it is asked of may still be on its way to the page
        if (this.told) this.openFrom(detail);
      });
    }

    build() {
      const { make } = attention;
      this.parts = make("div", "gw-att-bar gw-att-parts");
      this.parts.setAttribute("role", "group");
      this.parts.setAttribute("aria-label", "Kind of attention");
      this.about = make("p", "gw-att-about");
      this.note = make("div", "gw-att-note");
      this.note.setAttribute("role", "alert");
      this.busy = make("p", "gw-att-busy");
      this.busy.setAttribute("role", "status");
      this.exports = attention.exports(this);
      this.below = make("div", "gw-att-below-map", this.head.view, this.queryKey.view);
      this.view = make("div", "gw-att-view", this.parts, this.about, this.map.view, this.note, this.busy, this.below, this.exports);
    }

    // Takes over what the server has put into the page: another text, or none.
    async adopt() {
      const place = this.element.querySelector(".gw-att-place");
      if (!place) {
        this.told = null;
        return undefined;
      }
      const { heads } = this.element.querySelector(".gw-att").dataset;
      place.append(this.view);
      if (this.told && heads === this.source) return this.showCode(); // the same again: all stays as it is
      Object.assign(this, { told: JSON.parse(heads), source: heads });
      this.heads.clear();
      this.fail("");
      const same = this.told.parts.find((part) => this.part && part.name === this.part.name);
      await this.choosePart(same ?? this.told.parts[0], true);
      return this.pending && this.openFrom(this.pending);
    }

    async choosePart(part, anew = false) {
      const epoch = ++this.epoch, { opened } = this;
      this.part = part;
      part.keys ??= part.queries; // one sequence on both sides
      this.showParts();
      this.about.replaceChildren(...this.sentence(part));
      const [thumbnails, measures] = await Promise.all([house.unpack(part.thumbnails), house.unpack(part.measures)]);
      if (epoch !== this.epoch) return;
      this.map.show(part, thumbnails, measures);
      this.suggest();
      this.showCode();
      const stays = opened && opened.layer < part.layers && opened.head < part.heads;
      const wanted = this.told.only ?? (anew && stays ? opened : null);
      this.close();
      if (wanted) await this.open(wanted, false, true);
    }

    close() {
      this.opened = null;
      this.below.hidden = true;
      this.exports.fit();
      this.map.tell(null);
    }

    // --- above the map ----------------------------------------------------------------------------------------

    showParts() {
      const { button } = attention, { parts } = this.told;
      this.parts.hidden = parts.length < 2;
      this.parts.replaceChildren(...parts.map((part) => {
        const node = button(NAMES[part.name], () => part !== this.part && this.choosePart(part));
        node.setAttribute("aria-pressed", String(part === this.part));
        return node;
      }));
    }

    sentence(part) {
      const { make, counted } = attention, { queries, keys } = part;
      const facts = [`${counted(part.layers, "layer")} × ${counted(part.heads, "head")}`];
      facts.push(queries === keys ? counted(queries.texts.length, "token") : `${counted(queries.texts.length, "query")}, ${counted(keys.texts.length, "key")}`);
      if (queries.generated) facts.push(`${queries.generated.toLocaleString("en")} of them written by the model`);
      facts.push(part.causal ? "causal: looks back only" : part.name === "cross" ? "looks at the whole source" : "looks both ways");
      facts.push(ORDER[this.told.positions] ?? this.told.positions);
      if (part.kv_heads < part.heads) facts.push(`${counted(part.heads / part.kv_heads, "head")} share a key head`);
      const windows = part.windows.filter((one) => one > 0).length;
      if (windows) facts.push(`${counted(windows, "layer")} with a sliding window`);
      if (part.cell > 1) facts.push(`a pixel is the largest of ${part.cell} × ${part.cell} weights`);
      return facts.map((fact) => make("span", "", fact));
    }

    // Heads that are worth opening first.
    suggest() {
      const { button, make, percent } = attention;
      const found = TELLING.map(([which, name]) => [name, this.map.strongest(which)]).filter(([, best]) => best && best.value > 0.02);
      this.map.more.hidden = !found.length || Boolean(this.told.only);
      this.map.more.replaceChildren(make("span", "gw-att-said", "Strongest:"), ...found.map(([name, best]) => {
        const node = button("", () => this.open(best, true), `Open layer ${best.layer}, head ${best.head}`);
        node.append(`${name} `, make("b", "", percent(best.value)), `: layer ${best.layer}, head ${best.head}`);
        return node;
      }));
    }

    // The script of this part with the open layer and head.
    showCode() {
      for (const block of this.element.querySelectorAll(".gw-att-code")) {
        block.hidden = block.dataset.part !== this.part.name;
        const code = block.querySelector("code"), { layer = 0, head = 0 } = this.opened ?? {};
        if (code) code.textContent = code.textContent.replace(/^layer, head = .*$/m, `layer, head = ${layer}, ${head}`);
      }
    }

    // --- a head -----------------------------------------------------------------------------------------------

    get asked() {
      return { subject: this.told.subject, part: this.part.name, layer: this.opened?.layer, head: this.opened?.head };
    }

    get title() {
      return `${this.told.subject.model}, ${NAMES[this.part.name].toLowerCase()}`;
    }

    get headTitle() {
      return `${this.title}, layer ${this.opened.layer}, head ${this.opened.head}`;
    }

    async openFrom({ part, layer, head }) {
      const found = this.told.parts.find((one) => one.name === part);
      if (found && found !== this.part) await this.choosePart(found);
      await this.open({ layer, head }, true);
    }

    // Opens a head: from memory, or from the server. `bring` scrolls to it, `anew` is for another text.
    async open({ layer, head }, bring = false, anew = false) {
      const { part, told } = this, only = told.only;
      if (layer < 0 || head < 0 || layer >= part.layers || head >= part.heads) return;
      if (only && (only.layer !== layer || only.head !== head || only.part !== part.name)) {
        this.fail(`This page holds layer ${only.layer}, head ${only.head} alone.`, false);
        return;
      }
      const epoch = ++this.epoch, first = !this.opened || anew;
      this.fail("");
      this.map.mark({ layer, head });
      this.busy.textContent = `Fetching layer ${layer}, head ${head} …`;
      this.below.setAttribute("aria-busy", "true");
      try {
        const data = await this.load(part, layer, head);
        if (epoch !== this.epoch) return;
        this.opened = { layer, head };
        this.pending = null;
        this.below.hidden = false;
        this.head.show(part, this.opened, data, part.queries, part.keys, this.facts(layer, head), first);
        this.exports.fit();
        this.showCode();
        this.choose();
        if (bring) this.bring();
      } catch (error) {
        if (epoch === this.epoch) this.fail(error.message, true, () => this.open({ layer, head }, bring, anew));
      }
      if (epoch !== this.epoch) return;
      this.busy.textContent = "";
      this.below.removeAttribute("aria-busy");
    }

    bring() {
      const box = this.head.view.getBoundingClientRect();
      if (box.top > window.innerHeight * 0.75 || box.top < 0) {
        const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
        this.head.view.scrollIntoView({ block: "start", behavior: still ? "auto" : "smooth" });
      }
    }

    async load(part, layer, head) {
      const name = `${part.name}/${layer}/${head}`;
      if (!this.heads.has(name)) {
        const place = { subject: this.told.subject, part: part.name, layer, head };
        const answer = await attention.answerOf(this.server.attention_head(place));
        const ask = this.told.only ? null : (first) => attention.answerOf(this.server.attention_rows({ ...place, first, count: 1 }));
        const weights = await house.unpack(answer.weights);
        this.heads.set(name, new attention.HeadData(weights, answer, part.queries.texts.length, part.keys.texts.length, ask));
        if (this.heads.size > KEPT) this.heads.delete(this.heads.keys().next().value);
      }
      return this.heads.get(name);
    }

    facts(layer, head) {
      const { make } = attention, { part } = this;
      const words = this.map.words(layer, head).map(([name, value]) => make("span", "", `${name} `, make("b", "", value)));
      if (part.windows[layer]) words.push(make("span", "", `sliding window of ${part.windows[layer].toLocaleString("en")} tokens`));
      if (part.kv_heads < part.heads) {
        words.push(make("span", "", `key head ${Math.floor(head / (part.heads / part.kv_heads))}`));
      }
      return words;
    }

    choose() {
      const pair = this.head.chosen;
      this.queryKey.view.hidden = Boolean(this.told.only) || !pair;
      if (pair) this.queryKey.about(`${this.epoch}/${this.part.name}/${this.opened.layer}/${this.opened.head}`, this.part, pair);
    }

    fail(message, alert = true, again = null) {
      const { make, button } = attention;
      this.note.replaceChildren();
      this.note.setAttribute("role", alert ? "alert" : "status");
      if (!message) return;
      this.note.append(make("span", "", message));
      if (again) this.note.append(button("Try again", again));
    }
  }

  // In a saved page: the one head that it holds.
  function alone(page) {
    page.body.classList.toggle("dark", matchMedia("(prefers-color-scheme: dark)").matches);
    page.querySelector(".gw-att").dataset.heads = page.getElementById("frame").textContent;
    const held = page.getElementById("head").textContent;
    return new Attention(page.getElementById("heads"), { attention_head: async () => held }).adopt();
  }

  Object.assign(house, { Attention });
  Object.assign(attention, { alone });
})();
