// Zoom that survives a redraw. Gradio puts a new element in the place of a plot at every update, so plotly's own
// uirevision has nothing to hold on to; here the zoom is kept by the container, which stays.
(() => {
  "use strict";
  const AXIS = /^[xy]axis\d*\.(range(\[\d\])?|autorange)$/;
  const zooms = new WeakMap();

  function keep(box, change) {
    const kept = Object.entries(change || {}).filter(([name]) => AXIS.test(name));
    if (!kept.length) return;
    const back = kept.some(([name, value]) => name.endsWith("autorange") && value);
    if (back) zooms.delete(box);
    else zooms.set(box, { ...zooms.get(box), ...Object.fromEntries(kept) });
  }

  function adopt(plot) {
    const box = plot.closest(".gw-plot");
    if (!box || plot.dataset.gwKept || typeof plot.on !== "function") return;
    plot.dataset.gwKept = "yes";
    const zoom = zooms.get(box);
    if (zoom && window.Plotly) window.Plotly.relayout(plot, { ...zoom });
    plot.on("plotly_relayout", (change) => keep(box, change));
  }

  function look(records) {
    for (const { addedNodes } of records) {
      for (const node of addedNodes) {
        if (node.nodeType !== 1) continue;
        const plot = node.closest(".js-plotly-plot");
        if (plot) adopt(plot);
        node.querySelectorAll(".js-plotly-plot").forEach(adopt);
      }
    }
  }

  new MutationObserver(look).observe(document.documentElement, { childList: true, subtree: true });
})();
