// The house's sequential scale as pixels: dark is much by day, bright is much by night. And small makers of elements.
(() => {
  "use strict";
  const attention = ((window.glassworks ??= {}).attention ??= {});
  const STEPS = 8;

  const variable = (name) => getComputedStyle(document.body).getPropertyValue(`--gw-${name}`).trim();
  const isDark = () => document.body.classList.contains("dark");
  const parsed = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

  function stops() {
    const steps = Array.from({ length: STEPS }, (_, i) => parsed(variable(`seq-${i}`)));
    return isDark() ? [parsed(variable("sunk")), ...steps.reverse()] : steps;
  }

  // 256 pixels, from weight 0 to weight 1 by its square root, as canvases keep them.
  function colours() {
    const points = stops(), found = new Uint32Array(256);
    for (let level = 0; level < 256; level++) {
      const at = (level / 255) * (points.length - 1), low = Math.min(Math.floor(at), points.length - 2);
      const [r, g, b] = points[low].map((from, i) => Math.round(from + (points[low + 1][i] - from) * (at - low)));
      found[level] = (255 << 24) | (b << 16) | (g << 8) | r;
    }
    return found;
  }

  const css = (pixel) => `rgb(${pixel & 255} ${(pixel >> 8) & 255} ${(pixel >> 16) & 255})`;

  // Calls `act` when the page turns light or dark, as long as `element` is in it.
  function whenTurned(element, act) {
    let dark = isDark();
    const observer = new MutationObserver(() => {
      if (dark === isDark()) return;
      dark = isDark();
      if (element.isConnected) act();
    });
    observer.observe(document.body, { attributes: true, attributeFilter: ["class"] });
  }

  const make = (tag, className = "", ...children) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    node.append(...children.filter((child) => child !== undefined));
    return node;
  };

  const button = (label, act, title = "") => {
    const node = make("button", "gw-att-button", label);
    node.type = "button";
    if (title) node.title = title;
    node.addEventListener("click", () => act(node));
    return node;
  };

  // A button that is pressed or not; `act(pressed)`.
  const toggle = (label, act, title = "") => {
    const node = button(label, () => {
      const pressed = node.getAttribute("aria-pressed") !== "true";
      node.setAttribute("aria-pressed", String(pressed));
      act(pressed);
    }, title);
    node.setAttribute("aria-pressed", "false");
    return node;
  };

  // A canvas of so many CSS pixels, sharp on this screen; `context` is in CSS pixels.
  function sized(canvas, width, height) {
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.max(1, Math.round(width * ratio));
    canvas.height = Math.max(1, Math.round(height * ratio));
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    return context;
  }

  // How colours read: the scale with the weights at its quarters.
  function legend() {
    const node = make("div", "gw-att-legend"), bar = make("i"), numbers = make("span");
    bar.setAttribute("aria-hidden", "true");
    numbers.append(...["0", "6 %", "25 %", "56 %", "100 %"].map((text) => make("small", "", text)));
    node.append(make("span", "gw-att-legend-name", "weight"), make("div", "", bar, numbers));
    node.paint = (pixels) => {
      const points = Array.from({ length: 17 }, (_, i) => css(pixels[Math.round((i * 255) / 16)]));
      bar.style.background = `linear-gradient(to right, ${points.join(", ")})`;
    };
    return node;
  }

  Object.assign(attention, { colours, css, variable, whenTurned, make, button, toggle, sized, legend });
})();
