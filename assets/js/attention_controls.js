// What is set above the head view: which head it is, how much of each row is kept, which tokens are shown.
(() => {
  "use strict";
  const attention = ((window.glassworks ??= {}).attention ??= {});

  // A number with the one before and the one after: `{ view, show(count, at) }`; `go(number)` is called.
  function picker(name, go) {
    const { make, button } = attention, select = make("select"), low = name.toLowerCase();
    select.setAttribute("aria-label", name);
    const back = button("◂", () => go(+select.value - 1), `${name} before`);
    const on = button("▸", () => go(+select.value + 1), `Next ${low}`);
    back.setAttribute("aria-label", `${name} before`);
    on.setAttribute("aria-label", `Next ${low}`);
    select.addEventListener("change", () => go(+select.value));
    const show = (count, at) => {
      if (select.length !== count) select.replaceChildren(...Array.from({ length: count }, (_, i) => new Option(i, i)));
      select.value = at;
      back.disabled = at === 0;
      on.disabled = at === count - 1;
    };
    return { view: make("span", "gw-att-picker", make("span", "", name), back, select, on), show };
  }

  // `set({ share | filter | special | first | renormalise })` is called for what changes, `next()` for Enter in the
  // filter: `{ view, special }`, the button that makes sense only where there are special tokens.
  function controls(set, next) {
    const { make, toggle } = attention;
    const special = toggle("Hide special", (on) => set({ special: on }), "Hide special tokens");
    const first = toggle("Hide first", (on) => set({ first: on }), "Hide the first token, on which much weight often rests");
    const scale = toggle("Renormalise", (on) => set({ renormalise: on }), "Let what is shown of each row come to 100 %");
    return { view: make("div", "gw-att-bar gw-att-controls", mass(set), special, first, scale, filter(set, next)), special };
  }

  function mass(set) {
    const { make } = attention, slider = make("input"), value = make("output", "", "90 %");
    Object.assign(slider, { type: "range", min: 50, max: 100, step: 1, value: 90 });
    slider.addEventListener("input", () => {
      value.textContent = `${slider.value} %`;
      set({ share: slider.value / 100 });
    });
    return make("label", "gw-att-mass", make("span", "", "Keys that hold"), slider, value);
  }

  function filter(set, next) {
    const node = attention.make("input", "gw-att-filter");
    Object.assign(node, { type: "search", placeholder: "Filter tokens", spellcheck: false });
    node.setAttribute("aria-label", "Show only tokens with this text");
    node.addEventListener("input", () => set({ filter: node.value.replaceAll(" ", "·").toLowerCase() }));
    node.addEventListener("keydown", (event) => event.key === "Enter" && next());
    return node;
  }

  Object.assign(attention, { picker, controls });
})();
