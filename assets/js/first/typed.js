// What a visitor has changed stays. When a fold or a tab is opened, Gradio's page shows what is in it at once, and at the
// next frame sends each of those components all its properties again, with the value that it had before: where frames
// are slow, what was typed or unfolded in between was gone.
(() => {
  "use strict";
  const THEIRS = ["value", "open", "selected"]; // what is changed by hand
  const isWhole = (given) => "load_component" in given; // all properties, not a change of some

  function keepTyped(AppTree) {
    const { register_component: register, unregister_component: unregister, reload, rerender } = AppTree.prototype;
    const anew = new WeakSet(); // pages whose components are being made anew, with what they begin with
    const setters = new WeakMap(); // a component's own → what stands in its place
    const without = (given) => Object.fromEntries(Object.entries(given).filter(([name]) => !THEIRS.includes(name)));

    AppTree.prototype.register_component = function (id, set, get) {
      const careful = (given) => set(isWhole(given) && !anew.has(this) ? without(given) : given);
      setters.set(set, careful);
      return register.call(this, id, careful, get);
    };
    AppTree.prototype.unregister_component = function (id, set) {
      return unregister.call(this, id, setters.get(set) ?? set);
    };
    const making = (made) => function (...given) {
      anew.add(this);
      try { return made.apply(this, given); } finally { anew.delete(this); }
    };
    Object.assign(AppTree.prototype, { reload: making(reload), rerender: making(rerender) });
  }

  Object.assign((window.glassworks ??= {}).mends ??= {}, { keepTyped });
})();
