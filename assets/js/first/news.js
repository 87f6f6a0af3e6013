// Only what is news to a component is told it. Gradio's page tells each component that an event was ever shown on, and
// each input of every event that has ended, its status again whenever any event begins, goes on or ends, and finds each
// of them by a walk over the whole page: with all tabs open that was four fifths of its work.
(() => {
  "use strict";
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

  Object.assign((window.glassworks ??= {}).mends ??= {}, { tellOnlyNews });
})();
