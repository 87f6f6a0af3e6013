// The Preferences tab, where votes are also kept elsewhere: what was noted by the server, and whether it is saved
// there. A server that has started again meanwhile is sent the votes once more; each counts once.
(() => {
  "use strict";
  const preferences = ((window.glassworks ??= {}).preferences ??= {});
  const SOON = 500, LATE = 5000; // milliseconds between two questions
  const pause = (milliseconds) => new Promise((go) => setTimeout(go, milliseconds));
  const votes = (count) => `${count} vote${count === 1 ? "" : "s"}`;

  preferences.Saving = class {
    constructor(board) { Object.assign(this, { board, round: "", noticed: [], where: "", fault: "", lost: 0, asking: false }); }

    // ``told`` is the server's answer to one vote, or to an order that made several.
    noted(told, vote = null) {
      const round = this.board.round;
      if (round !== this.round) Object.assign(this, { round, noticed: [], fault: "", lost: 0 });
      if (!told.receipt) return;
      this.where = told.where;
      this.noticed.push({ vote, receipt: told.receipt, count: told.votes ?? 1 });
      this.show();
      if (!this.asking) this.follow();
    }

    async follow() {
      this.asking = true;
      let asked = null; // one receipt until it is saved: the newest of somebody who goes on voting never is
      for (let gap = SOON; this.noticed.length; gap = Math.min(LATE, gap * 1.5)) {
        await pause(gap);
        const round = this.round;
        if (!this.noticed.includes(asked)) asked = this.noticed.at(-1);
        if (!asked) break;
        const told = await this.board.ask(this.board.server.pref_saved, { round, receipt: asked.receipt });
        if (round !== this.round) continue;
        if (told?.saved) { // and so are those before it
          this.noticed = this.noticed.slice(this.noticed.indexOf(asked) + 1);
          gap = SOON;
        } else if (told?.gone) await this.again();
        this.fault = told?.fault ?? "";
        this.show();
      }
      this.asking = false;
    }

    async again() {
      const noticed = this.noticed.splice(0);
      for (const one of noticed) {
        const told = one.vote && (await this.board.ask(this.board.server.pref_vote, { ...one.vote, round: this.round }));
        if (told?.kept && told.receipt) this.noticed.push({ ...one, receipt: told.receipt });
        else if (told === null && one.vote) this.noticed.push(one); // the server is away: later
        else if (!told?.kept) this.lost += one.count;
      }
    }

    // Below the pair, as long as there is something to say in this round.
    show() {
      const place = this.board.find("[data-saved]");
      if (!place || !this.where || this.board.round !== this.round) return;
      const count = this.noticed.reduce((sum, one) => sum + one.count, 0);
      const waits = this.fault ? `noted here, not yet saved in ${this.where}: ${this.fault}. It is tried again.` : `noted, being saved in ${this.where} …`;
      const gone = this.lost ? ` ${votes(this.lost)} did not outlive a restart of the server.` : "";
      place.textContent = (count ? `${votes(count)} ${waits}` : `Saved in ${this.where}.`) + gone;
      place.dataset.saved = count ? "no" : "yes";
    }
  };
})();
