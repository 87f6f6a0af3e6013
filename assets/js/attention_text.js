// The text with each token coloured by how little it was expected: by its loss or by its rank. The number is told
// of the token under the pointer or the focus, and stands in a table.
(() => {
  "use strict";
  const house = (window.glassworks ??= {});
  const attention = (house.attention ??= {});
  const LOSSES = [0.1, 0.7, 1.6, 2.3, 3, 4.6, 6.9]; // nats: 90, 50, 20, 10, 5, 1, 0.1 %
  const RANKS = [2, 4, 11, 31, 101, 301, 1001];
  const SHOWN = 2048; // tokens drawn at once
  const HINT = "Point at a token, or walk with the arrow keys, for its numbers. Dark by day, bright by night: not expected.";
  const VIEWS = {
    loss: { title: "By loss", limits: LOSSES, scale: ["loss in nats\nprobability", (limit) => `${limit}`] },
    rank: { title: "By rank", limits: RANKS, scale: ["rank, 1 the likeliest", (limit) => limit.toLocaleString("en")] },
  };

  const percent = (value) => `${+(100 * value).toPrecision(1)} %`;
  const nats = (loss) => `${loss.toFixed(3)} nats`;

  class AttentionText {
    constructor(element) {
      Object.assign(this, { element, by: "loss" });
    }

    adopt() {
      const data = attention.carried(this.element);
      if (!data) return;
      this.tokens = data.tokens;
      this.count = this.tokens.ids.length;
      this.end = Math.min(SHOWN, this.count);
      this.build();
      this.draw();
    }

    build() {
      const { make, button } = attention;
      const views = attention.choice("Colour", Object.entries(VIEWS).map(([name, { title }]) => [name, title]), this.by, (name) => {
        this.by = name;
        this.draw();
      });
      this.legend = make("div");
      this.told = make("p", "gw-sum-told", HINT);
      this.told.setAttribute("aria-live", "polite");
      this.chips = make("div", "gw-text-chips");
      this.chips.setAttribute("role", "group");
      this.chips.setAttribute("aria-label", "The text token by token");
      attention.read(this.chips, () => this.end, (chip) => this.tell(chip));
      this.more = button("", () => { this.end = Math.min(this.count, this.end + SHOWN); this.draw(); });
      const place = this.element.querySelector(".gw-sum-place");
      place.replaceChildren(make("div", "gw-sum-bar", views, this.legend), this.told, this.chips, this.more, this.list());
    }

    draw() {
      const { make } = attention, { limits, scale: [name, limit] } = VIEWS[this.by];
      const legend = this.by === "loss"
        ? attention.scale(name, limits, (value) => `${limit(value)}\n${percent(Math.exp(-value))}`)
        : attention.scale(name, limits, limit, ["1"]);
      legend.classList.toggle("gw-scale-wide", this.by === "loss");
      this.legend.replaceChildren(legend);
      const chips = [];
      for (let at = 0; at < this.end; at++) {
        chips.push(this.chip(at));
        if (this.tokens.texts[at].includes("⏎")) chips.push(make("br"));
      }
      this.chips.replaceChildren(...chips);
      this.chips.firstChild.tabIndex = 0;
      this.more.hidden = this.end === this.count;
      this.more.textContent = `Show ${Math.min(SHOWN, this.count - this.end).toLocaleString("en")} more tokens`;
    }

    chip(at) {
      const { make } = attention, { texts, special, generated } = this.tokens;
      const chip = make("span", "gw-token", texts[at] || "∅");
      chip.classList.toggle("gw-outline", special[at]);
      chip.classList.toggle("gw-wrote", at >= this.count - generated);
      chip.tabIndex = -1;
      chip.dataset.at = at;
      chip.setAttribute("role", "img");
      chip.setAttribute("aria-label", `${texts[at]}: ${this.words(at).join(", ")}`);
      return attention.colour(chip, this.tokens[this.by][at], VIEWS[this.by].limits);
    }

    words(at) {
      const { loss, rank, generated } = this.tokens;
      if (loss[at] === null) return ["nothing stands before it that would predict it"];
      const said = [`loss ${nats(loss[at])}`, `probability ${attention.share(Math.exp(-loss[at]))}`,
        `rank ${rank[at].toLocaleString("en")}`];
      return at >= this.count - generated ? [...said, "written by the model"] : said;
    }

    tell(chip) {
      const { make } = attention;
      if (!chip) return this.told.replaceChildren(HINT);
      const at = +chip.dataset.at, id = this.tokens.ids[at];
      const words = this.words(at).map((word) => make("span", "", word));
      return this.told.replaceChildren(make("span", "gw-token", this.tokens.texts[at]), make("span", "", `token ${at}, id ${id}`), ...words);
    }

    // The same numbers as a table, made when it is opened.
    list() {
      const { make } = attention, box = make("details", "gw-att-fold", make("summary", "", "The numbers as a table"));
      box.addEventListener("toggle", () => {
        if (!box.open || box.querySelector("table")) return;
        const heads = ["Token", "Text", "Id", "Loss (nats)", "Loss (bits)", "Probability", "Rank"].map((title) => {
          const head = make("th", "", title);
          head.scope = "col";
          return head;
        });
        const table = make("table", "", make("thead", "", make("tr", "", ...heads)), make("tbody", "", ...this.rows()));
        const scroller = make("div", "gw-detail-table", table);
        scroller.tabIndex = 0;
        scroller.setAttribute("role", "region");
        scroller.setAttribute("aria-label", "Loss and rank of each token");
        box.append(scroller);
      });
      return box;
    }

    rows() {
      const { make } = attention, { texts, ids, loss, rank } = this.tokens;
      return ids.map((id, at) => {
        const numbers = loss[at] === null ? ["–", "–", "–", "–"]
          : [loss[at].toFixed(3), (loss[at] / Math.LN2).toFixed(3), attention.share(Math.exp(-loss[at])), rank[at].toLocaleString("en")];
        const cells = [id, ...numbers].map((value) => make("td", "gw-number", String(value)));
        return make("tr", "", make("th", "", String(at)), make("td", "", make("span", "gw-token", texts[at])), ...cells);
      });
    }
  }

  Object.assign(house, { AttentionText });
})();
