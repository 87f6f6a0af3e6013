// The Preferences tab: several answers are put in an order, the best first, by keys or by buttons. The order stays
// on the page until the server has said that its votes are kept.
(() => {
  "use strict";
  const ranking = ((window.glassworks ??= {}).preferences ??= {}, (window.glassworks.preferences.ranking = {}));
  const cards = (board) => [...board.board.querySelectorAll(".gw-pref-card")];
  const placed = (board) =>
    cards(board).filter((card) => card.dataset.place).sort((one, other) => one.dataset.place - other.dataset.place);

  const show = (board) => {
    for (const card of cards(board)) {
      const place = card.dataset.place;
      card.querySelector(".gw-pref-mark").textContent = place ? `${place}.` : "";
      card.querySelector("header button").disabled = Boolean(place);
    }
    board.find("[data-does=rank]").disabled = placed(board).length < cards(board).length;
  };

  ranking.place = (board, side) => {
    const card = board.card(side);
    if (!card || card.dataset.place || board.kept || board.sending) return;
    card.dataset.place = placed(board).length + 1;
    const left = cards(board).filter((one) => !one.dataset.place);
    if (left.length === 1) left[0].dataset.place = cards(board).length; // the last place is no choice
    show(board);
  };

  ranking.unplace = (board) => {
    if (board.kept || board.sending) return;
    const last = placed(board).slice(placed(board).length === cards(board).length ? -2 : -1);
    last.forEach((card) => delete card.dataset.place);
    show(board);
  };

  ranking.key = (board, name) => {
    if (board.kept || !(name === "Enter" || name === "Backspace" || board.card(name))) return false;
    if (name === "Enter") ranking.send(board);
    else if (name === "Backspace") ranking.unplace(board);
    else ranking.place(board, name);
    return true;
  };

  ranking.send = async (board) => {
    const order = placed(board).map((card) => Number(card.dataset.side) - 1);
    if (order.length < cards(board).length || board.kept || board.sending) return;
    const run = board.board.dataset.run;
    board.sending = true;
    board.say("Being kept …");
    const told = await board.ask(board.server.pref_rank, { run, order });
    board.sending = false;
    if (board.board?.dataset.run !== run) return;
    if (told?.refused) board.say(told.refused, "alert", told.gone ? board.button("Go on", () => board.next()) : "");
    else if (!told?.kept) {
      board.say("Not kept yet: the server did not answer. Your order is still here.", "alert", board.button("Send again", () => ranking.send(board)));
    } else {
      board.board.dataset.kept = told.kept;
      board.find("[data-progress]").innerHTML = told.progress; // numbers of the server
      board.saving.noted(told);
      const pair = () => board.turn(board.server.pref_next, { prompt: "" });
      board.say(`${told.saved ? "Kept" : "Noted"}: ${told.votes} votes. `, "status", board.button("Rank others (N)", () => board.next()), board.button("Two at a time", pair));
    }
  };
})();
