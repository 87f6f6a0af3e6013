// Groups of buttons with `data-rove`: one stop for Tab, arrow keys move within, to the nearest one on the screen.
(() => {
  "use strict";
  const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  document.addEventListener("keydown", (event) => {
    const from = event.target instanceof Element && event.target.closest("[data-rove] button");
    if (!from || event.ctrlKey || event.metaKey || event.altKey) return;
    const buttons = [...from.closest("[data-rove]").querySelectorAll("button")];
    const to = goal(event.key, from, buttons);
    if (!to) return;
    event.preventDefault();
    stop(buttons, to);
    to.focus();
  });
  document.addEventListener("focusin", (event) => {
    const at = event.target instanceof Element && event.target.closest("[data-rove] button");
    if (at && at.tabIndex !== 0) stop([...at.closest("[data-rove]").querySelectorAll("button")], at);
  });

  function stop(buttons, at) {
    for (const button of buttons) if (button.tabIndex === 0 && button !== at) button.tabIndex = -1;
    at.tabIndex = 0;
  }

  function goal(key, from, buttons) {
    if (key === "Home") return buttons[0];
    if (key === "End") return buttons.at(-1);
    if (!(key in STEPS)) return null;
    const [across, down] = STEPS[key];
    if (across) return buttons[buttons.indexOf(from) + across] ?? null;
    return nearest(from.getBoundingClientRect(), buttons, down);
  }

  // The button in the next line up or down that is least far to the side.
  function nearest(from, buttons, down) {
    let best = null, least = Infinity;
    for (const button of buttons) {
      const box = button.getBoundingClientRect(), lines = (box.top - from.top) * down;
      if (lines < from.height / 2) continue;
      const far = lines * 1000 + Math.abs(box.left + box.width / 2 - from.left - from.width / 2);
      if (far < least) [best, least] = [button, far];
    }
    return best;
  }
})();
