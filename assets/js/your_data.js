// "Your data": a dialog that any [data-your-data] opens, and the address's #your-data. What is in it the server
// draws; deletions are asked first, by the same question as elsewhere.
(() => {
  "use strict";
  const glassworks = (window.glassworks ??= {});
  let open = () => {};

  document.addEventListener("click", ({ target }) => {
    if (target instanceof Element && target.closest("[data-your-data]")) open();
  });
  addEventListener("hashchange", () => { if (location.hash === "#your-data") open(); });

  glassworks.yourData = (element, server) => {
    const dialog = element.querySelector("dialog");
    const inside = dialog.querySelector("[data-inside]");
    const said = dialog.querySelector("[role=status]");
    let deleted = false;

    const ask = (called, data) => called(data).then(JSON.parse).catch(() => ({ refused: "The server did not answer. Please try again." }));
    const told = (answer) => {
      if (answer.html) inside.innerHTML = answer.html; // escaped by the server
      said.textContent = answer.refused ?? answer.said ?? "";
      said.dataset.bad = answer.refused ? "yes" : "";
    };
    const busy = async (words, called, data) => {
      said.textContent = words;
      inside.inert = true;
      const answer = await ask(called, data);
      inside.inert = false;
      told(answer);
      return answer;
    };

    const pack = async (data) => {
      const { file, name } = await busy("Making the zip …", server.your_data_pack, data);
      if (!file) return;
      const href = `gradio_api/file=${encodeURI(file)}`;
      Object.assign(document.createElement("a"), { href, download: name }).click();
    };
    const forget = async (data) => {
      const answer = await busy("Deleting …", server.your_data_forget, data);
      deleted ||= !answer.refused;
      dialog.querySelector("[data-close]").focus();
    };
    open = () => {
      if (!dialog.open) dialog.showModal();
      busy("Looking …", server.your_data, {});
    };

    glassworks.rag.actions(element, (_, { does, kind = "" }) => (does === "pack" ? pack : forget)({ kind }), () => {});
    element.addEventListener("click", ({ target }) => {
      if (target === dialog || target.closest("[data-close]")) dialog.close(); // beside the dialog is the dialog too
    });
    // What the tabs show of what is gone would only be refused: the page begins anew.
    dialog.addEventListener("close", () => {
      if (location.hash === "#your-data") history.replaceState(null, "", location.pathname + location.search);
      if (deleted) location.reload();
    });
    if (location.hash === "#your-data") open();
  };
})();
