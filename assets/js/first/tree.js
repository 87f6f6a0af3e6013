// Three mends of the tree in which Gradio's page keeps its components (`AppTree`).
(() => {
  // --- Only what is news to a component is told it. The page tells each component that an event was ever shown on,
  // and each input of every event that has ended, its status again whenever any event begins, goes on or ends, and
  // finds each of them by a walk over the whole page: with all tabs open that was four fifths of its work.

  // An input's status says no more than whether the event that read it is over; which one it was is shown nowhere.
  const read = (status) =>
    JSON.stringify(status.type === "input" ? [status.status, status.stream_state] : status);
  const NO_FAULT = JSON.stringify({ validation_error: null });

  function tellOnlyNews(AppTree) {
    const { update_state: update, reload, rerender } = AppTree.prototype;
    const told = new WeakMap(); // of each page: what its components were told last
    const of = (tree) => told.get(tree) ?? told.set(tree, new Map()).get(tree);
    const isNews = (known, id, now) =>
      known.get(id) !== now && (now !== NO_FAULT || Boolean(known.get(id)?.includes("validation_error")));

    AppTree.prototype.update_state = function (id, state, ...rest) {
      const now = state.loading_status && read(state.loading_status);
      if (now) {
        const known = of(this);
        if (Object.keys(state).length === 1 && !isNews(known, id, now)) return Promise.resolve();
        known.set(id, now);
      }
      return update.call(this, id, state, ...rest);
    };
    // Components made anew have been told nothing.
    AppTree.prototype.reload = function (...given) { told.delete(this); return reload.apply(this, given); };
    AppTree.prototype.rerender = function (...given) { told.delete(this); return rerender.apply(this, given); };
  }

  // --- What a visitor has changed stays. When a fold or a tab is opened, the page shows what is in it at once, and
  // at the next frame sends each of those components all its properties again, with the value that it had before:
  // where frames are slow, what was typed or unfolded in between was gone.

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

  // --- Which events each component has is read off the list of events once. The page reads all of that list for each
  // of its components, which was half of what opening it took.

  function readEventsOnce(AppTree) {
    const read = new WeakMap(); // list of events → component → names, as they stand in the list
    const byComponent = (list) => {
      const names = new Map();
      for (const { targets } of list)
        for (const [id, name] of new Map([...targets].reverse())) // of a component that stands there twice, the first
          if (name) names.set(id, [...(names.get(id) ?? []), name]);
      return names;
    };
    AppTree.prototype.find_attached_events = function (node, list) {
      if (!read.has(list)) read.set(list, byComponent(list));
      node.props.shared_props.attached_events = read.get(list).get(node.id) ?? [];
      return node;
    };
  }

  Object.assign((window.glassworks ??= {}), { tellOnlyNews, keepTyped, readEventsOnce });
  const name = document.currentScript?.dataset.appTree;
  if (!name) return;
  // The very address by which Gradio's own page asks for it: another would be another module.
  const mended = import(new URL(`./assets/${name}`, document.baseURI)).then(({ AppTree }) => {
    tellOnlyNews(AppTree);
    keepTyped(AppTree);
    readEventsOnce(AppTree);
  }).catch(console.warn);
  // Gradio's page is made when its element is defined, and not before the mends: what it makes is bound to what it finds.
  const define = customElements.define;
  customElements.define = function (tag, ...rest) {
    if (tag === "gradio-app") mended.then(() => define.call(this, tag, ...rest));
    else define.call(this, tag, ...rest);
  };
})();
