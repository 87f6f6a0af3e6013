// The RAG tab: buttons and small forms in what the server draws become events; what cannot be taken back is asked
// first; folds that are open stay open when the server draws anew.
(() => {
  "use strict";
  const rag = ((window.glassworks ??= {}).rag ??= {});

  const make = (tag, className, ...inside) => {
    const made = Object.assign(document.createElement(tag), { className });
    made.append(...inside);
    return made;
  };
  const button = (words, className, pressed) => {
    const made = Object.assign(make("button", className, words), { type: "button" });
    made.addEventListener("click", pressed);
    return made;
  };

  // "Really?" in the button's place, the harmless answer with the focus.
  const sure = (asking, go) => {
    const over = () => { box.remove(); asking.hidden = false; };
    const keep = button("Keep", "", () => { over(); asking.focus(); });
    if (asking.dataset.yes) keep.textContent = "Not now";
    const yes = button(asking.dataset.yes ?? "Delete", asking.dataset.yes ? "" : "gw-rag-delete", () => { over(); go(); });
    const box = make("span", "gw-rag-sure", make("span", "", asking.dataset.sure), yes, keep);
    box.setAttribute("role", "alertdialog");
    box.setAttribute("aria-label", asking.dataset.sure);
    box.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.stopPropagation(); keep.click(); } });
    asking.hidden = true;
    asking.after(box);
    keep.focus();
  };

  // Folds with a data-key that the visitor has opened are opened again after the server has drawn them anew.
  const keepOpen = (element, watch, reopened = () => {}) => {
    const open = new Set();
    element.addEventListener("toggle", ({ target }) => {
      if (!target.dataset.key || !target.isConnected) return;
      if (target.open) open.add(target.dataset.key);
      else open.delete(target.dataset.key);
    }, true);
    watch("value", () => element.querySelectorAll("details[data-key]").forEach((fold) => {
      if (!open.has(fold.dataset.key)) return;
      fold.open = true;
      reopened(fold);
    }));
  };

  // A menu closes when something is chosen, by Escape, and by a click elsewhere.
  const menus = (element) => {
    const close = (focus) => element.querySelectorAll("details[data-menu][open]").forEach((menu) => {
      menu.open = false;
      if (focus) menu.querySelector("summary").focus();
    });
    document.addEventListener("click", ({ target }) => { if (target.isConnected && !element.contains(target)) close(false); });
    element.addEventListener("keydown", (event) => { if (event.key === "Escape") close(true); });
    return () => close(false);
  };

  // Called by components whose HTML has buttons and forms with data-does: each becomes a `select` event.
  rag.actions = (element, trigger, watch) => {
    keepOpen(element, watch);
    const chosen = menus(element);
    element.addEventListener("click", ({ target }) => {
      const link = target.closest("button[data-copy-link]");
      if (link) window.glassworks.copy(location.origin + location.pathname + link.dataset.copyLink, "Link copied");
      const pressed = target.closest("button[data-does]");
      if (!pressed || pressed.disabled) return;
      const go = () => { chosen(); trigger("select", { ...pressed.dataset }); };
      if (pressed.dataset.sure) sure(pressed, go);
      else go();
    });
    element.addEventListener("submit", (event) => {
      event.preventDefault();
      chosen();
      trigger("select", { ...event.target.dataset, ...Object.fromEntries(new FormData(event.target)) });
    });
  };

  Object.assign(rag, { make, button, keepOpen });
})();
