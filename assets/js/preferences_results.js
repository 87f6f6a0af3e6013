// The Preferences tab, for a round's owner: pages of pairs, and the files that pairs and votes leave and arrive in.
(() => {
  "use strict";
  const preferences = ((window.glassworks ??= {}).preferences ??= {});
  const MOST = 8000000; // bytes of a file: with its escapes the server takes them in one piece

  // Called by the bar above the results: it asks for all anew by a `select` event.
  preferences.results = (element, trigger, server) => {
    const bar = () => element.querySelector(".gw-pref-bar");
    const round = () => bar()?.dataset.round ?? "";
    const ask = (called, data) => called({ round: round(), ...data }).then(JSON.parse).catch(() => ({ refused: "The server did not answer. Please try again." }));
    const say = (words, bad = false) => {
      const place = bar()?.querySelector("[role=status]");
      if (place) Object.assign(place, { textContent: words }).dataset.bad = bad ? "yes" : "";
    };

    const out = async () => {
      say("Writing the file …");
      const told = await ask(server.pref_export, { format: bar().querySelector("[name=format]").value });
      say(told.refused ?? "", Boolean(told.refused));
      if (told.name) window.glassworks.saveData(told.text, told.name);
    };
    const take = async (field) => {
      const file = field.files[0];
      field.value = "";
      if (!file) return;
      if (file.size > MOST) return say(`This file is larger than ${MOST / 1e6} MB: use the endpoint /preferences_import.`, true);
      say(`Reading ${file.name} …`);
      const told = await ask(server.pref_import, { text: await file.text(), format: "" });
      say(told.refused ?? told.said, Boolean(told.refused));
      if (told.said) trigger("select", { said: told.said });
    };

    element.addEventListener("click", ({ target }) => {
      const does = target.closest("button[data-does]")?.dataset.does;
      if (does === "again") trigger("select", {});
      else if (does === "export") out();
    });
    element.addEventListener("change", ({ target }) => { if (target.type === "file") take(target); });
    document.addEventListener("click", async ({ target }) => {
      const turned = target.closest?.("#pref-pairs button[data-page]");
      if (!turned) return;
      const told = await ask(server.pref_pairs, { page: turned.dataset.page });
      if (told.html) turned.closest(".gw-pref-pairs").outerHTML = told.html; // escaped by the server
      else say(told.refused, true);
    });
  };
})();
