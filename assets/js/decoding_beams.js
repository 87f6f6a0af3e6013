// A beam search read from its log (app/decoding/beam_tree.py): steps, paths, what lives on, and which stretches
// have nothing to see. No page.
(() => {
  "use strict";
  const decoding = ((window.glassworks ??= {}).decoding ??= {});
  const FOLDED_FROM = 3; // steps without branching in a row; fewer are shown

  class BeamSteps {
    constructor(title) {
      Object.assign(this, { title, steps: [], winner: null });
    }

    put([, at, parents, texts, logProbs, scores, ended]) {
      this.steps[at] = { parents, texts, logProbs, scores, ended: new Set(ended) };
    }

    // For every node whether its text goes on, ended as a whole one, or is of the newest step.
    alive() {
      const alive = this.steps.map(({ parents }) => parents.map(() => false));
      for (let at = this.steps.length - 1; at >= 0; at--) {
        const { parents, ended } = this.steps[at], newest = at === this.steps.length - 1;
        parents.forEach((parent, node) => {
          if (newest || ended.has(node)) alive[at][node] = true;
          if (alive[at][node] && at > 0 && parent >= 0) alive[at - 1][parent] = true;
        });
      }
      return alive;
    }

    won(at, node) {
      return this.winner !== null && this.winner[at] === node;
    }

    // Nodes from the first step to this one, as [step, node].
    path(at, node) {
      const found = [];
      for (let step = at, one = node; step >= 0 && one >= 0; step--) {
        found.unshift([step, one]);
        one = this.steps[step].parents[one];
      }
      return found;
    }

    text(at, node) {
      return this.path(at, node).map(([step, one]) => this.steps[step].texts[one]).join("");
    }

    // The columns to draw: steps, and stretches {from, to} in which each shown node has just one child that is
    // shown and nothing ends. `shows(step, node)`; `opened` holds the first steps of stretches that stay open.
    columns(shows, folds, opened) {
      const steps = this.steps.map((_, at) => this.listed(at, shows));
      const plain = steps.map((nodes, at) => folds && at > 0 && this.plain(at, nodes, steps[at - 1]));
      const found = [];
      for (let at = 0; at < steps.length; at++) {
        let to = at;
        while (plain[to] && to + 1 < steps.length) to++;
        if (to - at >= FOLDED_FROM && !opened.has(at)) {
          found.push({ from: at, to: to - 1, nodes: steps[to - 1] });
          at = to - 1;
        } else if (to > at) {
          for (; at < to; at++) found.push({ from: at, to: at, nodes: steps[at] });
          at--;
        } else found.push({ from: at, to: at, nodes: steps[at] });
      }
      return found;
    }

    listed(at, shows) {
      return this.steps[at].parents.map((_, node) => node).filter((node) => shows(at, node));
    }

    // Whether nothing branches, ends or dies from the step before to this one.
    plain(at, nodes, before) {
      const { parents, ended } = this.steps[at];
      const from = new Set(nodes.map((node) => parents[node]));
      return from.size === nodes.length && before.length === nodes.length && nodes.every((node) => !ended.has(node)) &&
        before.every((node) => from.has(node));
    }
  }

  // Reads a log that only grows; `columns` is a Map of column → BeamSteps.
  class BeamLogReader {
    constructor() {
      this.forget();
    }

    forget() {
      Object.assign(this, { read: "", columns: new Map(), run: null, over: false });
    }

    // Whether there was something new.
    take(log) {
      if (log === this.read) return false;
      if (!log.startsWith(this.read)) this.forget();
      for (const line of log.slice(this.read.length).split("\n")) if (line) this.line(JSON.parse(line));
      this.read = log;
      return true;
    }

    line(told) {
      if (Array.isArray(told)) this.columns.get(told[0])?.put(told);
      else if (told.winners) {
        this.over = true;
        for (const [column, path] of Object.entries(told.winners)) this.columns.get(+column).winner = path;
      } else {
        this.run = told.run;
        for (const [column, title] of Object.entries(told.titles)) this.columns.set(+column, new BeamSteps(title));
      }
    }
  }

  Object.assign(decoding, { BeamSteps, BeamLogReader });
})();
