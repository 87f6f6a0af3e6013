// What the page does without the server: light and dark, arrow keys on the tabs, copying and saving text.
// Loaded once, inline; talks to no one.
(() => {
  "use strict";
  const KEY = "glassworks-theme";
  const MAX_LINK = 12000; // characters; servers and chats cut longer addresses
  const system = window.matchMedia("(prefers-color-scheme: dark)");

  // --- light and dark: the visitor's choice, else the frame's (?__theme=), else the system's -------------
  const chosen = () => {
    try { return localStorage.getItem(KEY); } catch { return null; } // storage may be closed in a frame
  };
  const framed = () => new URLSearchParams(location.search).get("__theme");
  const wanted = () => {
    const asked = [chosen(), framed()].find((t) => t === "light" || t === "dark");
    return asked ?? (system.matches ? "dark" : "light");
  };
  const paint = () => {
    const dark = wanted() === "dark";
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    document.documentElement.style.colorScheme = dark ? "dark" : "light";
    if (document.body && document.body.classList.contains("dark") !== dark) {
      document.body.classList.toggle("dark", dark);
    }
  };
  const toggle = () => {
    const next = wanted() === "dark" ? "light" : "dark";
    try { localStorage.setItem(KEY, next); } catch { /* lasts until the page is closed */ }
    paint();
  };
  const watch = () => {
    paint();
    // Gradio sets the class by the system's preference after it has mounted: the choice wins.
    new MutationObserver(paint).observe(document.body, { attributes: true, attributeFilter: ["class"] });
  };
  paint();
  system.addEventListener("change", paint);
  if (document.body) watch();
  else document.addEventListener("DOMContentLoaded", watch);

  // --- arrow keys move between tabs, Home and End to the ends --------------------------------------------
  const STEPS = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity };
  document.addEventListener("keydown", (event) => {
    const tab = event.target instanceof Element && event.target.closest('[role="tab"]');
    if (!tab || !(event.key in STEPS)) return;
    const tabs = [...tab.parentElement.querySelectorAll('[role="tab"]:not([disabled])')];
    const at = tabs.indexOf(tab) + STEPS[event.key];
    const next = Number.isFinite(at) ? (at + tabs.length) % tabs.length : at > 0 ? tabs.length - 1 : 0;
    event.preventDefault();
    tabs[next].click();
    tabs[next].focus();
  });

  // --- copying and saving ---------------------------------------------------------------------------------
  let bubble;
  const say = (message) => {
    bubble ??= Object.assign(document.createElement("div"), { className: "gw-bubble" });
    bubble.setAttribute("role", "status");
    document.body.append(bubble);
    bubble.textContent = message;
    bubble.classList.add("gw-shown");
    clearTimeout(bubble.timer);
    bubble.timer = setTimeout(() => bubble.classList.remove("gw-shown"), 1800);
  };
  const copy = async (text, message) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch { // no clipboard outside https and localhost: the old way
      const area = Object.assign(document.createElement("textarea"), { value: text });
      area.style.cssText = "position:fixed;opacity:0";
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    say(message);
  };
  const saveData = (text, name) => {
    if (!text) return say("There is nothing to save yet");
    const address = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
    Object.assign(document.createElement("a"), { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  };
  const copyLink = (tab, names, values) => {
    const query = new URLSearchParams({ tab });
    names.forEach((name, i) => values[i] != null && query.set(name, values[i]));
    const link = `${location.origin}${location.pathname}?${query}`;
    if (link.length > MAX_LINK) return say("The prompt is too long for a link");
    copy(link, "Link copied");
  };

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target instanceof Element && event.target.closest(selector);
    if (at("[data-theme-toggle]")) toggle();
    const button = at("[data-copy]");
    if (button) copy(button.parentElement.querySelector(button.dataset.copy).textContent, "Copied");
  });

  window.glassworks = { ...window.glassworks, copy, say, saveData, copyLink };
})();
