// A handler that is still being answered hears the next event once, when it is done. An event may be that of several
// handlers; where one of them was still being answered, Gradio's page sent the whole event to all of them again after
// it: those that waited for each other went on so for ever (a round of votes that was chosen three times in a hurry over
// a slow line: seven requests a second until the page was closed). After a failure the one that waited was forgotten.
(() => {
  "use strict";
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

  Object.assign((window.glassworks ??= {}).mends ??= {}, { hearOnce });
  window.glassworks.oneAtATime = oneAtATime;
})();
