// A branch tree as the page was told of it (app/decoding/branch_view.py): who follows whom, which tokens stand in
// a row, what branches have in common. No page.
(() => {
  "use strict";
  const decoding = ((window.glassworks ??= {}).decoding ??= {});
  const ROOT = 0;

  class BranchData {
    constructor(told) {
      Object.assign(this, told);
      this.tokens = new Map(); // number → {number, parent, id, text, logProb, rank, entropy}
      this.after = new Map([[ROOT, []]]); // number → numbers of those that follow
      for (const [number, parent, id, text, logProb, rank, entropy] of told.nodes) {
        this.tokens.set(number, { number, parent, id, text, logProb, rank, entropy });
        this.after.set(number, []);
        this.after.get(parent).push(number);
      }
      this.ends = new Map(); // number → the branches whose text ends there
      for (const branch of told.branches) this.ends.set(branch.leaf, [...(this.ends.get(branch.leaf) ?? []), branch]);
    }

    has(number) {
      return number === ROOT || this.tokens.has(number);
    }

    parent(number) {
      return this.tokens.get(number)?.parent ?? null;
    }

    // Tokens from `first` on that follow each other with nothing else beside them, up to a fork or a branch's end.
    row(first) {
      const found = [first];
      for (let at = first; !this.ends.has(at) && this.after.get(at).length === 1;) found.push(at = this.after.get(at)[0]);
      return found;
    }

    path(number) {
      const found = [];
      for (let at = number; at !== ROOT; at = this.parent(at)) found.unshift(at);
      return found;
    }

    text(numbers) {
      return numbers.map((one) => this.tokens.get(one).text).join("");
    }

    // Whether a text ended here for good.
    isOver(number) {
      return (this.ends.get(number) ?? []).some(({ reason }) => reason === "eos" || reason === "constraint");
    }

    child(number, id) {
      return this.after.get(number).find((one) => this.tokens.get(one).id === id);
    }

    // Of some branches: how many tokens they share at their beginning, and what each says from there on.
    parted(branches) {
      const paths = branches.map(({ leaf }) => this.path(leaf));
      let shared = 0;
      while (paths.every((path) => shared < path.length && path[shared] === paths[0][shared])) shared++;
      return { shared: paths[0].slice(0, shared), own: paths.map((path) => path.slice(shared)) };
    }

    // {tokens, logProb, perplexity}; perplexity is null where there are no tokens.
    measured(numbers) {
      const logProb = numbers.reduce((sum, one) => sum + this.tokens.get(one).logProb, 0);
      return { tokens: numbers.length, logProb, perplexity: numbers.length ? Math.exp(-logProb / numbers.length) : null };
    }
  }

  Object.assign(decoding, { BranchData });
})();
