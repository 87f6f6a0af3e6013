// The Preferences tab: the board on which two answers are compared. The server draws it; here are the keys, the
// answers as they grow, and a vote that stays on the page until the server has said that it is kept.
(() => {
  "use strict";
  const preferences = ((window.glassworks ??= {}).preferences ??= {});
  const GAP = 150, AWAY = 800; // milliseconds before more of the answers is fetched; while nobody sees them
  const PATIENCE = 20000; // milliseconds until a request counts as lost
  const AT_ONCE = "glassworks-preferences-at-once";
  const CHOICES = { ArrowLeft: "left", ArrowRight: "right", ArrowDown: "tie", ArrowUp: "both_bad", s: "skip" };
  const WORDS = { left: "left is better", right: "right is better", tie: "a tie", both_bad: "both bad", skip: "skipped" };
  const FIELDS = "input, textarea, select, [contenteditable], [role=tab], [role=listbox], [role=slider]";

  const pause = (milliseconds) => new Promise((go) => setTimeout(go, milliseconds));
  const ask = (called, data) => Promise.race([
    called(data).then(JSON.parse),
    pause(PATIENCE).then(() => { throw new Error("no answer"); }),
  ]);
  const remembered = () => { try { return localStorage.getItem(AT_ONCE) === "yes"; } catch { return false; } };
  const remember = (on) => { try { localStorage.setItem(AT_ONCE, on ? "yes" : ""); } catch { /* until the page is closed */ } };

  const button = (words, pressed) => {
    const made = Object.assign(document.createElement("button"), { type: "button", textContent: words });
    made.addEventListener("click", pressed);
    return made;
  };
  // "Really?" in the button's place, the harmless answer with the focus.
  const sure = (asking, go) => {
    const box = document.createElement("span");
    const over = () => { box.remove(); asking.hidden = false; };
    const keep = button("Keep them", () => { over(); asking.focus(); });
    box.append(`${asking.dataset.sure} `, button(asking.dataset.yes, () => { over(); go(); }), " ", keep);
    box.setAttribute("role", "alertdialog");
    box.setAttribute("aria-label", asking.dataset.sure);
    asking.hidden = true;
    asking.after(box);
    keep.focus();
  };

  class Board {
    constructor(element, server) {
      Object.assign(this, { element, server, since: 0, lost: null, revising: false, choosing: false, turning: null });
      this.saving = new preferences.Saving(this);
    }

    get board() { return this.element.querySelector(".gw-pref-board"); }
    get round() { return this.element.querySelector("[data-round]")?.dataset.round ?? ""; }
    get state() { return this.board?.dataset.state ?? ""; }
    get kept() { return this.board?.dataset.kept ?? ""; }
    find(selector) { return this.board?.querySelector(selector); }
    card(side) { return this.find(`.gw-pref-card[data-side="${side}"]`); }

    // What the server drew stands here now: the clock starts, or more of the answers is fetched.
    begin(focus = true) {
      Object.assign(this, { since: performance.now(), lost: null, revising: false, choosing: false });
      const atOnce = this.find("[data-at-once]");
      if (atOnce) atOnce.checked = remembered();
      this.saving.show();
      if (focus && this.element.checkVisibility()) this.board?.focus({ preventScroll: true });
      if (this.state === "writing") this.follow(this.board.dataset.run);
    }
    draw(html) {
      const place = this.element.querySelector("[data-round]");
      if (!place) return;
      place.innerHTML = html; // escaped by the server
      this.begin();
    }

    async follow(run) {
      let seen = -1, heard = true;
      const mine = () => this.element.isConnected && this.board?.dataset.run === run;
      while (mine()) {
        await pause(heard && this.element.checkVisibility() ? GAP : AWAY);
        if (!mine() || !this.element.checkVisibility()) continue;
        const told = await this.ask(this.server.pref_now, { run, seen });
        heard = told !== null;
        if (!heard || !mine()) continue;
        if (told.over) return this.draw(told.html);
        if (told.refused) return this.next();
        for (const [side, text] of Object.entries(told.texts ?? {})) {
          this.card(side).querySelector("[data-text]").textContent = text;
        }
        if (told.prompt) this.find("[data-prompt]").innerHTML = told.prompt; // escaped by the server
        if (told.doing) this.find("[data-doing]").textContent = told.doing;
        seen = told.number;
      }
    }

    // A question whose answer is the board anew. What fails is said where the board says what it does.
    async turn(called, data) {
      const round = this.round;
      if (this.turning === round) return;
      this.turning = round;
      const told = await this.ask(called, data);
      if (this.turning === round) this.turning = null;
      if (this.round !== round) return; // another one is looked at by now
      if (told?.html) this.draw(told.html);
      else this.say(told?.refused ?? "The server did not answer. Please try again.", "alert");
    }
    next(prompt = "") {
      if (this.kept === "ranked") return this.turn(this.server.pref_several, { count: this.board.dataset.count });
      return this.turn(this.server.pref_next, { prompt });
    }
    // Null where the server does not answer.
    ask(called, data) { return ask(called, { round: this.round, ...data }).catch(() => null); }
    button(words, pressed) { return button(words, pressed); }

    say(words, role = "status", ...buttons) {
      const place = this.find(".gw-pref-told") ?? this.find(".gw-pref-empty");
      if (!place) return;
      place.querySelectorAll("[data-said]").forEach((old) => old.remove());
      const said = Object.assign(document.createElement("span"), { textContent: words });
      said.dataset.said = role;
      said.setAttribute("role", role);
      said.append(...buttons);
      place.append(said);
    }

    // Of what is being written the board hears by itself; answers that waited for an order are left.
    async stop() {
      const waited = this.state === "ranking";
      await this.ask(this.server.pref_stop, { run: this.board.dataset.run });
      if (waited) this.turn(this.server.pref_now, { run: this.board.dataset.run, seen: -1 });
    }

    // --- voting

    pressed(selector) { return [...this.board.querySelectorAll(`${selector}[aria-pressed="true"]`)]; }
    vote(choice, edited = "") {
      if (this.state !== "voting" || this.kept || this.sending) return;
      this.send({
        pair: this.board.dataset.pair, choice, edited, revise: this.revising,
        strength: Number(this.pressed("[data-strength]")[0]?.dataset.strength ?? 1),
        tags: this.pressed("[data-tag]").map((one) => one.dataset.tag),
        note: this.find("[name=note]").value,
        seconds: Math.round(performance.now() - this.since) / 1000,
      });
    }
    async send(vote) {
      this.sending = true;
      delete this.board.dataset.lost;
      this.board.dataset.sending = vote.choice;
      this.say("Being kept …");
      const told = await this.ask(this.server.pref_vote, vote);
      this.sending = false;
      if (this.board?.dataset.pair !== vote.pair) return;
      delete this.board.dataset.sending;
      if (told?.kept) this.isKept(told, vote);
      else if (told?.refused) this.say(told.refused, "alert", told.gone ? button("Go on", () => this.next()) : "");
      else this.isLost(vote);
    }
    isLost(vote) {
      this.lost = vote;
      this.board.dataset.lost = vote.choice;
      this.say(`Not kept yet: the server did not answer. Your vote (${WORDS[vote.choice]}) is still here.`, "alert",
        button("Send again", () => this.sendAgain()));
    }
    sendAgain() {
      const vote = this.lost;
      this.lost = null;
      if (vote) this.send(vote);
    }
    isKept(told, vote) {
      this.board.dataset.kept = told.kept;
      this.find("[data-progress]").innerHTML = told.progress; // numbers of the server
      if (vote.edited) this.leave(vote.edited);
      this.saving.noted(told, vote);
      this.say(`${told.saved ? "Kept" : "Noted"}: ${WORDS[told.kept]}. `, "status", button("Next (N)", () => this.next()), button("Change it", () => this.change()));
      if (remembered()) this.next();
    }
    change() {
      delete this.board.dataset.kept;
      this.revising = true;
      this.say("Vote again: it takes the place of the first.");
    }
    toggle(button) {
      if (this.kept) return;
      const on = button.getAttribute("aria-pressed") !== "true";
      if (button.dataset.strength) this.pressed("[data-strength]").forEach((one) => one.setAttribute("aria-pressed", "false"));
      button.setAttribute("aria-pressed", String(on || Boolean(button.dataset.strength)));
    }

    // --- a better text than both

    async edit(side) {
      this.choosing = false;
      if (this.state !== "voting" || this.kept || this.find(".gw-pref-edit")) return;
      const text = this.card(side).querySelector("[data-text]");
      const told = await this.ask(this.server.pref_edit, { side, text: text.textContent });
      if (!told?.html) return this.say("The server did not answer. Please try again.", "alert");
      text.hidden = true;
      text.insertAdjacentHTML("afterend", told.html); // escaped by the server
      this.find(".gw-pref-edit textarea").focus();
      this.say("");
    }
    leave(text = "") {
      const form = this.find(".gw-pref-edit");
      if (!form) return;
      const shown = this.card(form.dataset.side).querySelector("[data-text]");
      shown.hidden = false;
      if (text) shown.textContent = text;
      form.remove();
      this.board.focus({ preventScroll: true });
    }
    edited(form) {
      const text = form.elements.edited.value.trim();
      if (text) this.vote(form.dataset.side, text);
    }

    // --- keys and buttons

    key(event) {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.(FIELDS)) return;
      const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      if (!this.pressedKey(name)) return;
      event.preventDefault();
    }
    pressedKey(name) {
      if (name === "n" && (this.state === "waiting" || this.kept)) return this.next(), true;
      if (this.state === "ranking") return preferences.ranking.key(this, name);
      if (this.state !== "voting" || this.kept) return false;
      if (name === "Escape" && this.choosing) return this.choosing = false, this.say(""), true;
      if (this.choosing && (name === "ArrowLeft" || name === "ArrowRight")) return this.edit(CHOICES[name]), true;
      if (name in CHOICES) return this.vote(CHOICES[name]), true;
      if (name === "e") return this.choosing = true, this.say("Which one do you want to make better? ← or →, Escape leaves."), true;
      const strength = this.find(`[data-strength="${CSS.escape(name)}"]`);
      if (strength) this.toggle(strength);
      return Boolean(strength);
    }
    click({ target }) {
      const pressed = target.closest("button[data-does]");
      if (!pressed) return;
      const does = {
        next: () => this.next(),
        vote: () => this.vote(pressed.dataset.choice),
        strength: () => this.toggle(pressed),
        tag: () => this.toggle(pressed),
        edit: () => this.edit(pressed.dataset.side),
        leave: () => this.leave(),
        place: () => preferences.ranking.place(this, pressed.dataset.side),
        unplace: () => preferences.ranking.unplace(this),
        rank: () => preferences.ranking.send(this),
        stop: () => this.stop(),
        forget: () => sure(pressed, () => this.turn(this.server.pref_forget, {})),
      };
      does[pressed.dataset.does]?.();
    }
    submit(event) {
      event.preventDefault();
      const form = event.target, data = new FormData(form);
      if (form.dataset.does === "join") this.turn(this.server.pref_join, { name: data.get("name"), consented: data.has("consented") });
      else if (form.dataset.does === "own") this.next(data.get("prompt"));
      else if (form.dataset.does === "several") this.turn(this.server.pref_several, { count: data.get("count") });
      else if (form.dataset.does === "edited") this.edited(form);
    }
  }

  // Called by the board's component as it is mounted.
  preferences.board = (element, server, watch) => {
    const board = new Board(element, server);
    watch("value", () => requestAnimationFrame(() => board.begin(false)));
    board.begin(false);
    element.addEventListener("click", (event) => board.click(event));
    element.addEventListener("submit", (event) => board.submit(event));
    element.addEventListener("change", ({ target }) => { if ("atOnce" in target.dataset) remember(target.checked); });
    element.addEventListener("keydown", (event) => {
      const form = event.target.closest(".gw-pref-edit");
      if (!form) return;
      if (event.key === "Escape") board.leave();
      else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) board.edited(form);
    });
    document.addEventListener("keydown", (event) => {
      if (!event.defaultPrevented && element.checkVisibility()) board.key(event);
    });
  };
})();
