// The candidates of a step, a row each, at every stage in its order: before and after, what was cut, and what the
// rest was multiplied by.
(() => {
  "use strict";
  const house = (window.glassworks ??= {});
  const attention = (house.attention ??= {});
  const step = (house.step ??= {});
  const FULL = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1]; // what a full bar may stand for
  const count = (value) => value.toLocaleString("en");

  // A number with its bars beside it.
  const beside = (bars, number) => attention.make("div", "gw-ds-cell", number, bars);

  // The smallest round probability that no bar exceeds.
  const scaleOf = (candidates) => {
    const most = Math.max(...candidates.flatMap(({ probs, draft }) => [...probs, draft ?? 0]));
    return FULL.find((full) => most <= full + 1e-6) ?? 1;
  };

  class Table {
    constructor() {
      const { make } = attention;
      this.table = make("table", "gw-ds-table");
      this.scroller = make("div", "gw-ds-scroll", this.table);
      new ResizeObserver(() => this.reachable()).observe(this.table);
      this.key = make("p", "gw-ds-key");
      this.view = make("div", "gw-ds-stages", make("h4", "", "The distribution, stage by stage"), this.scroller, this.key);
    }

    show(answer) {
      const { make } = attention;
      Object.assign(this, answer, { full: scaleOf(answer.candidates), drafted: answer.candidates.some(({ draft }) => draft !== null) });
      const rows = this.candidates.map((one) => this.row(one));
      this.table.replaceChildren(this.head(), make("tbody", "", ...rows, this.others()), make("tfoot", "", ...this.sums()));
      this.key.replaceChildren(...this.legend());
    }

    // A box that scrolls is a stop for Tab, and keeps its arrow keys.
    reachable() {
      const scrolls = this.scroller.scrollWidth > this.scroller.clientWidth + 1;
      this.scroller.toggleAttribute("data-scrolls", scrolls);
      if (scrolls) this.scroller.tabIndex = 0;
      else this.scroller.removeAttribute("tabindex");
      this.scroller.setAttribute("role", scrolls ? "region" : "presentation");
      if (scrolls) this.scroller.setAttribute("aria-label", "Candidates at every stage");
      else this.scroller.removeAttribute("aria-label");
    }

    // --- head -----------------------------------------------------------------------------------------------

    head() {
      const { make } = attention;
      const heads = this.stages.map(({ title, value, help }) => {
        const head = this.scoped("col", "", make("span", "", title), value ? make("small", "", value) : undefined);
        head.title = help;
        return head;
      });
      if (this.drafted) {
        const head = this.scoped("col", "gw-ds-q", make("span", "", "Draft’s q"), make("small", "", "proposed"));
        head.title = "The draft model’s probability of each token: with p, the last stage, it is taken with the probability min(1, p ∕ q).";
        heads.push(head);
      }
      return make("thead", "", make("tr", "", this.scoped("col", "gw-ds-token", "Token"), ...heads));
    }

    scoped(scope, className, ...children) {
      const node = attention.make("th", className, ...children);
      node.scope = scope;
      return node;
    }

    // --- candidates -----------------------------------------------------------------------------------------

    row(one) {
      const { make } = attention, then = one.id === this.chosen.id, now = one.id === this.now.id;
      const words = then && now ? "✓ then and now" : then ? "✓ then" : "▸ now";
      const mark = then || now ? make("b", then ? "gw-ds-mark-then" : "gw-ds-mark-now", words) : undefined;
      const token = this.scoped("row", "gw-ds-token", make("span", "gw-token", one.shown || "∅"), mark);
      token.title = `id ${one.id}`;
      const cells = one.probs.map((after, at) => (at ? this.cell(one.probs[at - 1], after, this.stages[at]) : this.first(after)));
      if (this.drafted) cells.push(this.quotient(one));
      const row = make("tr", "", token, ...cells);
      row.classList.toggle("gw-ds-then-row", then);
      row.classList.toggle("gw-ds-now-row", now && !then);
      return row;
    }

    bar(kind, value) {
      const node = attention.make("i", kind);
      node.style.width = `${(100 * Math.min(value, this.full)) / this.full}%`;
      return node;
    }

    first(value) {
      const { make } = attention;
      return make("td", "", beside(make("span", "gw-ds-bars", this.bar("gw-ds-raw", value)), make("span", "gw-ds-number", step.share(value))));
    }

    // What a stage did to one token.
    cell(before, after, stage) {
      const { make } = attention;
      if (!before && !after) return make("td", "gw-ds-gone", make("span", "", "–"), make("span", "gw-sr", "cut before"));
      if (!after) {
        const bars = make("span", "gw-ds-bars", this.bar("gw-ds-hatched", before));
        const cell = make("td", "gw-ds-cut", beside(bars, make("del", "gw-ds-number", step.share(before))), make("span", "gw-sr", "cut here"));
        cell.title = `${stage.title} cuts it: ${step.share(before)} before`;
        return cell;
      }
      const bars = make("span", "gw-ds-bars", this.bar("gw-ds-before", before), this.bar("gw-ds-after", after));
      const cell = make("td", "", beside(bars, make("span", "gw-ds-number", step.share(after))));
      cell.title = `${step.share(before)} before, ${step.share(after)} after`;
      return cell;
    }

    quotient({ draft, probs }) {
      const { make } = attention, last = probs[probs.length - 1];
      const bars = make("span", "gw-ds-bars", this.bar("gw-ds-drafted", draft ?? 0));
      const cell = make("td", "gw-ds-q", beside(bars, make("span", "gw-ds-number", step.share(draft))));
      if (draft) cell.title = `q ${step.share(draft)}, p ${step.share(last)}: taken with ${step.share(Math.min(1, last / draft))}`;
      return cell;
    }

    // --- what does not stand in a row of its own, and sums -----------------------------------------------------

    others() {
      const { make } = attention;
      const cells = this.stages.map(({ kept }, at) => {
        const listed = this.candidates.filter(({ probs }) => probs[at] > 0), left = kept - listed.length;
        const rest = Math.max(0, 1 - listed.reduce((sum, { probs }) => sum + probs[at], 0));
        if (left < 1) return make("td", "gw-ds-gone", make("span", "", "none"));
        return make("td", "", make("span", "gw-ds-number", step.share(rest)), make("small", "", `${count(left)} more`));
      });
      if (this.drafted) cells.push(make("td"));
      return make("tr", "gw-ds-others", this.scoped("row", "gw-ds-token", "All others"), ...cells);
    }

    sums() {
      const line = (label, help, value) => {
        const head = this.scoped("row", "gw-ds-token", label);
        head.title = help;
        const cells = this.stages.map((stage, at) => attention.make("td", "", value(stage, at)));
        if (this.drafted) cells.push(attention.make("td"));
        return attention.make("tr", "", head, ...cells);
      };
      const scaled = ({ lost, rescored }, at) => (rescored ? "scored anew" : !at || !lost ? "–" : lost < 1 ? `× ${(1 / (1 - lost)).toPrecision(4)}` : "–");
      return [
        line("Can be chosen", "Tokens that are left", ({ kept }) => count(kept)),
        line("Cut away", "Probability, in the stage before, of all that this stage cuts", ({ lost }, at) => (at && lost ? step.share(lost) : "–")),
        line("Renormalised", "What is left is multiplied by 1 ∕ (1 − cut away), so that it comes to 100 %", scaled),
        line("Entropy", "How open the choice is", ({ entropy }) => step.nats(entropy)),
      ];
    }

    legend() {
      const { make } = attention;
      const part = (kind, words) => make("span", "", make("i", kind), words);
      const found = [make("span", "", `A full bar is ${step.share(this.full)}.`)];
      if (this.stages.length > 1) {
        found.push(part("gw-ds-before", "before the stage"), part("gw-ds-after", "after it"), part("gw-ds-hatched", "cut by it; what is left is multiplied by 1 ∕ (1 − cut away)"));
      } else {
        found.push(make("span", "", "No processor is on: what the model says is what is chosen from."));
      }
      if (this.drafted) found.push(part("gw-ds-drafted", "draft’s probability q: a proposal is taken with min(1, p ∕ q)"));
      return found;
    }
  }

  Object.assign(step, { Table });
})();
