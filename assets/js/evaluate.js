// The Evaluate tab: buttons in tables become events, and what they open comes into view.
(() => {
  "use strict";
  const evaluate = ((window.glassworks ??= {}).evaluate ??= {});
  const AFTER_MS = 400; // by then what was chosen is drawn, or was there before

  const show = (id) => {
    const place = document.getElementById(id);
    const box = place?.getBoundingClientRect();
    if (!box || (box.top >= 0 && box.top < innerHeight / 2)) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    place.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
  };

  // A button with data-item or data-page becomes a `select` event; what an item opens stands at `opens`.
  evaluate.pick = (element, trigger, opens) => {
    element.addEventListener("click", ({ target }) => {
      const button = target.closest("button[data-item], button[data-page]");
      if (!button || button.disabled) return;
      trigger("select", { ...button.dataset });
      if (opens && button.dataset.item !== undefined) setTimeout(() => show(opens), AFTER_MS);
    });
  };

  // Folds that are open stay open when the server draws anew.
  evaluate.keep = (element, watch) => window.glassworks.rag.keepOpen(element, watch);
})();
