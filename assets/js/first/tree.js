// Mends of the tree in which Gradio's page keeps its components (`AppTree`), and by it of what sends their events.
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

  // --- A handler that is still being answered hears the next event once, when it is done. An event may be that of
  // several handlers; where one of them was still being answered, the page sent the whole event to all of them again
  // after it: those that waited for each other went on so for ever (a round of votes that was chosen twice within a
  // second: six requests a second until the page was closed). After a failure the one that waited was forgotten.

  function hearOnce(AppTree) {
    const mended = new WeakSet();
    // What sends events is given `update_state`, bound, and calls it as a method of its own: so it is met.
    AppTree.prototype.update_state.bind = (tree) => function (...given) {
      const kind = this && Object.getPrototypeOf(this);
      if (kind?.dispatch && !mended.has(kind)) mended.add(kind), oneAtATime(kind);
      return tree.update_state(...given);
    };
  }

  function oneAtATime(kind) {
    const { dispatch } = kind;
    const all = new WeakMap(); // of each sender: handler → the event that it has heard last, and the one that waits
    const of = (sender, id) => {
      const known = all.get(sender) ?? all.set(sender, new Map()).get(sender);
      return known.get(id) ?? known.set(id, { busy: false, heard: 0, waiting: null }).get(id);
    };
    let count = 0;

    kind.dispatch = async function (event) {
      event.order ??= ++count;
      if (event.type !== "fn") {
        const { event_name: name, target_id: target, event_data = null, order } = event;
        for (const { id } of this.dependencies_by_event.get(`${name}-${target}`) ?? [])
          await this.dispatch({ type: "fn", fn_index: id, target_id: target, event_data, order });
        return;
      }
      const { fn_index: id, order } = event;
      if (this.dependencies_by_fn.get(id)?.trigger_modes !== "always_last") return dispatch.call(this, event);
      const handler = of(this, id);
      if (order < Math.max(handler.heard, handler.waiting?.order ?? 0)) return; // overtaken: a later one says it all
      handler.waiting = event;
      if (handler.busy) return;
      handler.busy = true;
      while (handler.waiting) {
        const next = handler.waiting;
        Object.assign(handler, { waiting: null, heard: next.order });
        await dispatch.call(this, next).catch(console.warn);
      }
      handler.busy = false;
    };
  }

  Object.assign((window.glassworks ??= {}), { tellOnlyNews, keepTyped, readEventsOnce, hearOnce, oneAtATime });
  const name = document.currentScript?.dataset.appTree;
  if (!name) return;
  // The very address by which Gradio's own page asks for it: another would be another module.
  const mended = import(new URL(`./assets/${name}`, document.baseURI)).then(({ AppTree }) => {
    tellOnlyNews(AppTree);
    keepTyped(AppTree);
    readEventsOnce(AppTree);
    hearOnce(AppTree);
  }).catch(console.warn);
  // Gradio's page is made when its element is defined, and not before the mends: what it makes is bound to what it finds.
  const define = customElements.define;
  customElements.define = function (tag, ...rest) {
    if (tag === "gradio-app") mended.then(() => define.call(this, tag, ...rest));
    else define.call(this, tag, ...rest);
  };
})();
