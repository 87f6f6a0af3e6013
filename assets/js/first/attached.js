// Which events each component has is read off the list of events once. Gradio's page reads all of that list for each of
// its components, which was half of what opening it took.
(() => {
  "use strict";
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

  Object.assign((window.glassworks ??= {}).mends ??= {}, { readEventsOnce });
})();
