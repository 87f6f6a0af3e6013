// Branch trees that stay: texts that begin alike share their beginning, a fork is a list. A token opens its
// candidates; every edit is sent to the server, which keeps the tree and answers with all of it. Drawn as text.
(() => {
  "use strict";
  const house = (window.glassworks ??= {});
  const decoding = (house.decoding ??= {});
  const make = (...given) => house.attention.make(...given);
  const ROOT = 0, LIMITS = [0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75], MOST_FILE = 2e6, SURE = 4000; // bytes; milliseconds
  const rounded = (value) => (value === null ? "–" : value >= 1000 ? value.toExponential(1) : value.toFixed(2));
  const shown = (text) => (text === "" ? "∅" : text.replaceAll("\n", "⏎\n").replace(/[^\P{C}\n]/gu, "�"));

  class BranchTree {
    constructor(element, props, trigger, server) {
      Object.assign(this, { element, props, trigger, server, data: null, selected: null, coloured: false, busy: false, next: null });
      this.ticked = new Set();
      this.folded = new Set();
      this.bar = make("div", "gw-branch-bar");
      this.fault = make("p", "gw-branch-fault");
      this.fault.setAttribute("role", "alert");
      this.head = make("div", "gw-branch-head");
      this.box = make("div", "gw-branch-box");
      this.step = new decoding.BranchStep(this);
      this.legend = make("div", "gw-branch-legend");
      this.body = make("div", "gw-branch-body", this.box, this.step.element);
      this.compare = make("div", "gw-branch-compare");
      this.root = make("div", "gw-branches", this.bar, this.fault, this.head, this.legend, this.body, this.compare);
      element.replaceChildren(this.root);
      this.listen();
    }

    adopt() {
      const told = JSON.parse(this.props.value || "null");
      if (!told || told.turn === this.turn) return;
      const before = this.data?.id;
      Object.assign(this, { turn: told.turn, told, data: told.opened && new decoding.BranchData(told.opened), busy: false });
      if (this.data?.id !== before) {
        this.ticked.clear();
        this.folded.clear();
        this.selected = null;
      }
      if (told.selected !== null) this.selected = told.selected;
      if (!this.data || (this.selected !== null && !this.data.has(this.selected))) this.selected = null;
      this.fault.textContent = told.fault;
      this.draw();
      const next = this.next;
      this.next = null;
      if (next && !told.fault && told.selected !== null) next(told.selected);
    }

    // --- asking the server ----------------------------------------------------------------------------------

    // An edit; `next(node)` is called with the node that it leads to, if it does.
    send(asked, next = null) {
      if (this.busy) return;
      Object.assign(this, { next });
      this.wait();
      this.trigger("select", { value: asked });
    }

    grow(asked) {
      if (this.busy) return;
      this.wait();
      this.trigger("submit", { value: asked });
    }

    wait() {
      this.busy = true;
      this.fault.textContent = "";
      this.root.setAttribute("aria-busy", "true");
    }

    // --- the whole ------------------------------------------------------------------------------------------

    draw() {
      this.root.removeAttribute("aria-busy");
      this.bar.replaceChildren(...this.choosing(), ...this.taking());
      this.head.replaceChildren(...(this.data ? this.about() : []));
      for (const node of [this.head, this.body]) node.hidden = !this.data;
      this.legend.hidden = !this.data || !this.coloured;
      if (!this.legend.firstChild) this.legend.append(house.attention.scale("probability", LIMITS, (limit) => `${100 * limit} %`));
      if (!this.data) {
        this.box.replaceChildren();
        this.compare.replaceChildren(make("p", "gw-hint", this.told.run
          ? "Begin a tree from the run above: its texts become branches, and from each token another one can be taken. Trees are kept for you."
          : "Generate texts above and begin a tree from them, or open one of yours. From each token another one can be taken; trees are kept."));
        return;
      }
      const { scrollTop } = this.box;
      this.box.replaceChildren(this.drawn());
      this.box.scrollTop = scrollTop;
      this.step.show(this.selected);
      this.mark();
      this.drawCompare();
    }

    choosing() {
      const { trees } = this.told, select = make("select", "gw-branch-trees");
      const none = Object.assign(make("option", "", trees.length ? "Your trees …" : "No trees yet"), { value: "" });
      select.append(none, ...trees.map((one) => Object.assign(make("option", "", `${one.title} · ${one.model}`), { value: one.id })));
      select.value = this.data?.id ?? "";
      select.disabled = !trees.length;
      select.setAttribute("aria-label", "Your trees");
      select.addEventListener("change", () => select.value && this.send({ do: "open", tree: select.value }));
      return [select];
    }

    taking() {
      const { button } = house.attention, { run } = this.told, found = [];
      if (run) {
        const which = make("select");
        which.append(Object.assign(make("option", "", "All texts of the run"), { value: "" }),
          ...run.columns.map((title, at) => Object.assign(make("option", "", `${at + 1} · ${title}`), { value: at })));
        which.setAttribute("aria-label", "Texts of the run");
        const columns = () => (which.value === "" ? null : [+which.value]);
        found.push(which, button("New tree", () => this.send({ do: "new", columns: columns() }), "A tree with these texts of the run above"));
        if (run.fits) found.push(button("Add to this tree", () => this.send({ do: "add", columns: columns() }), "These texts of the run above become branches"));
      }
      const file = make("input");
      Object.assign(file, { type: "file", accept: ".json,application/json", hidden: true });
      file.addEventListener("change", () => this.bring(file));
      found.push(button("Import …", () => file.click(), "A tree that was saved as .json"), file);
      return found;
    }

    async bring(input) {
      const [file] = input.files;
      input.value = "";
      if (!file) return;
      if (file.size > MOST_FILE) this.fault.textContent = `${file.name} has ${(file.size / 1e6).toFixed(1)} MB; a tree has at most ${MOST_FILE / 1e6} MB.`;
      else this.send({ do: "bring", text: await file.text() });
    }

    about() {
      const { button } = house.attention, { data } = this, title = make("input", "gw-branch-title");
      Object.assign(title, { type: "text", value: data.title, maxLength: 120 });
      title.setAttribute("aria-label", "Title of the tree");
      title.addEventListener("change", () => this.send({ do: "retitle", title: title.value }));
      title.addEventListener("keydown", (event) => { if (event.key === "Enter") title.blur(); });
      const undo = button("Undo", () => this.send({ do: "undo" }), "Take the last change back");
      undo.disabled = !data.undo;
      const colour = make("input"), label = make("label", "gw-beams-check", colour, "Colour by probability");
      Object.assign(colour, { type: "checkbox", checked: this.coloured });
      colour.addEventListener("change", () => { this.coloured = colour.checked; this.draw(); });
      const facts = make("p", "gw-branch-facts", ...[data.model, `seed ${data.seed}`, `${data.branches.length} branches`, `${data.nodes.length.toLocaleString("en")} tokens`].map((one) => make("span", "", one)));
      return [title, make("div", "gw-branch-tools", undo, button("Save .json", () => this.save("json")), button("Save .txt", () => this.save("text")), this.discard(), label), facts];
    }

    // It asks once more before a tree is gone.
    discard() {
      const node = house.attention.button("Delete tree", () => {
        if (node.dataset.sure) return this.send({ do: "discard" });
        node.dataset.sure = "yes";
        node.textContent = "Delete for good?";
        return setTimeout(() => { delete node.dataset.sure; node.textContent = "Delete tree"; }, SURE);
      });
      return node;
    }

    async save(form) {
      try {
        const { file } = await house.attention.answerOf(this.server.tree_file({ tree: this.data.id, form }));
        window.glassworks.saveData(file, form === "json" ? "glassworks-tree.json" : "glassworks-tree.txt");
      } catch (fault) {
        this.fault.textContent = fault.message;
      }
    }

    // --- the tree -------------------------------------------------------------------------------------------

    drawn() {
      const { data } = this, prompt = make("span", "gw-branch-token gw-prompt", data.prompt || "∅");
      this.dress(prompt, ROOT, "The prompt");
      const list = make("div", "gw-branch-tree", make("div", "gw-branch-line", prompt, ...this.named(ROOT)), this.forks(ROOT));
      list.setAttribute("role", "group");
      list.setAttribute("aria-label", `Branch tree ${data.title}`);
      return list;
    }

    forks(number) {
      const list = make("ul");
      list.append(...this.data.after.get(number).map((first) => this.row(first)));
      return list;
    }

    row(first) {
      const numbers = this.data.row(first), last = numbers.at(-1), follows = this.data.after.get(last).length;
      const line = make("div", "gw-branch-line"), item = make("li", "", line);
      if (follows) {
        const fold = make("button", "gw-branch-fold");
        fold.type = "button";
        const set = () => {
          const folded = this.folded.has(first);
          fold.textContent = folded ? "▸" : "▾";
          fold.setAttribute("aria-expanded", String(!folded));
          fold.setAttribute("aria-label", folded ? "Unfold what follows" : "Fold what follows");
          item.classList.toggle("gw-folded", folded);
        };
        fold.addEventListener("click", () => { this.folded.has(first) ? this.folded.delete(first) : this.folded.add(first); set(); });
        set();
        line.append(fold);
      }
      line.append(...numbers.map((number) => this.token(number)), ...this.named(last));
      if (follows) item.append(make("small", "gw-branch-more", `… ${follows} ways on`), this.forks(last));
      return item;
    }

    token(number) {
      const { text, logProb } = this.data.tokens.get(number), node = make("span", "gw-branch-token", shown(text));
      if (text === "") node.classList.add("gw-branch-empty");
      if (this.coloured) house.attention.colour(node, Math.exp(logProb), LIMITS);
      this.dress(node, number, `${decoding.glyphs(text)}, ${house.attention.share(Math.exp(logProb))}`);
      return node;
    }

    dress(node, number, label) {
      node.dataset.node = number;
      node.tabIndex = -1;
      node.setAttribute("role", "button");
      node.setAttribute("aria-label", label);
      node.title = label;
    }

    // The branches that end here: to compare, to name, to delete.
    named(number) {
      return (this.data.ends.get(number) ?? []).map((branch) => {
        const tick = make("input"), name = make("span", "gw-branch-name", branch.name);
        Object.assign(tick, { type: "checkbox", checked: this.ticked.has(branch.id) });
        tick.setAttribute("aria-label", `Compare ${branch.name}`);
        tick.addEventListener("change", () => {
          tick.checked ? this.ticked.add(branch.id) : this.ticked.delete(branch.id);
          this.drawCompare();
        });
        const facts = make("small", "", branch.perplexity === null ? "" : `perplexity ${rounded(branch.perplexity)}`);
        const sign = (text, label, act) => {
          const made = house.attention.button(text, act, label);
          made.className = "gw-branch-sign";
          made.setAttribute("aria-label", `${label}: ${branch.name}`);
          return made;
        };
        const chip = make("span", "gw-branch-chip", make("label", "", tick, name), facts, sign("✎", "Rename", () => this.rename(chip, branch)),
          sign("✕", "Delete this branch", () => this.send({ do: "drop", branch: branch.id })));
        chip.dataset.branch = branch.id;
        return chip;
      });
    }

    rename(chip, branch) {
      const input = make("input");
      let over = false;
      Object.assign(input, { type: "text", value: branch.name, maxLength: 80 });
      input.setAttribute("aria-label", "Name of the branch");
      const end = (send) => {
        if (over) return;
        over = true;
        if (send && input.value !== branch.name) this.send({ do: "name", branch: branch.id, name: input.value });
        else this.draw();
      };
      input.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === "Escape") end(event.key === "Enter");
      });
      input.addEventListener("blur", () => end(true));
      chip.replaceChildren(input);
      input.select();
    }

    // --- choosing a token -----------------------------------------------------------------------------------

    listen() {
      const there = (event) => event.target.closest("[data-node]");
      this.box.addEventListener("click", (event) => { if (there(event)) this.select(+there(event).dataset.node); });
      this.box.addEventListener("keydown", (event) => {
        const node = there(event);
        if (!node || event.ctrlKey || event.metaKey || event.altKey) return;
        if (event.key === "Enter" || event.key === " ") this.select(+node.dataset.node);
        else if (!this.walk(event.key, +node.dataset.node)) return;
        event.preventDefault();
      });
    }

    // Left and right along the texts, up and down between what stands at the same place.
    walk(key, number) {
      const all = [...this.box.querySelectorAll("[data-node]")].filter((node) => node.checkVisibility());
      const at = all.findIndex((node) => +node.dataset.node === number), parent = this.data.parent(number);
      const beside = parent === null ? [number] : this.data.after.get(parent), row = beside.indexOf(number);
      const to = { ArrowLeft: parent, ArrowRight: this.data.after.get(number)[0], ArrowUp: beside[row - 1], ArrowDown: beside[row + 1],
        Home: ROOT, End: +all.at(-1).dataset.node }[key];
      const node = to === undefined || to === null ? null : this.find(to);
      if (at < 0 || !node || !node.checkVisibility()) return key.startsWith("Arrow");
      this.rove(node);
      node.focus();
      return true;
    }

    find(number) {
      return this.box.querySelector(`[data-node="${number}"]`);
    }

    rove(node) {
      for (const old of this.box.querySelectorAll('[data-node][tabindex="0"]')) old.tabIndex = -1;
      node.tabIndex = 0;
    }

    select(number) {
      this.selected = number;
      this.mark();
      this.step.show(number);
    }

    mark() {
      for (const old of this.box.querySelectorAll("[aria-pressed]")) old.removeAttribute("aria-pressed");
      const node = this.find(this.selected ?? ROOT);
      if (!node) return;
      this.rove(node);
      if (this.selected === null) return;
      node.setAttribute("aria-pressed", "true");
      const { top, bottom } = node.getBoundingClientRect(), view = this.box.getBoundingClientRect();
      if (top < view.top || bottom > view.bottom) this.box.scrollTop += top - view.top - view.height / 2;
    }

    // --- side by side ---------------------------------------------------------------------------------------

    drawCompare() {
      const chosen = this.data.branches.filter(({ id }) => this.ticked.has(id));
      if (chosen.length < 2) {
        const words = this.data.branches.length > 1 ? "Tick two or more branches to read them side by side." : "";
        return this.compare.replaceChildren(make("p", "gw-hint", words));
      }
      const { shared, own } = this.data.parted(chosen), tail = this.data.text(shared).slice(-160);
      const begin = make("p", "gw-branch-shared", `They share ${shared.length} ${shared.length === 1 ? "token" : "tokens"} after the prompt`,
        ...(tail ? [": ", make("q", "", `${shared.length && tail.length === 160 ? "…" : ""}${tail}`)] : ["."]));
      const columns = chosen.map((branch, at) => {
        const part = this.data.measured(own[at]);
        const facts = [["tokens", String(branch.tokens)], ["log-probability", `${rounded(branch.log_prob)} nats`], ["perplexity", rounded(branch.perplexity)],
          ["from here: log-probability", `${rounded(part.logProb)} nats`], ["from here: perplexity", rounded(part.perplexity)]];
        const list = make("dl");
        for (const [name, value] of facts) list.append(make("div", "", make("dt", "", name), make("dd", "", value)));
        return make("article", "gw-branch-column", make("h4", "", branch.name), make("p", "gw-branch-own", this.data.text(own[at]) || "(nothing more)"), list);
      });
      return this.compare.replaceChildren(make("h4", "", "Side by side"), begin, make("div", "gw-branch-columns", ...columns));
    }
  }

  Object.assign(house, { BranchTree });
})();
