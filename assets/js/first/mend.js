// The mends that stand before this are done to the class in which Gradio's page keeps the tree of its components, before
// that page is made.
(() => {
  "use strict";
  const name = document.currentScript?.dataset.appTree;
  // The very address by which Gradio's own page asks for it: another would be another module.
  const mended = import(new URL(`./assets/${name}`, document.baseURI)).then(({ AppTree }) => {
    for (const mend of Object.values(window.glassworks.mends)) mend(AppTree);
  }).catch(console.warn);
  // Gradio's page is made when its element is defined, and not before the mends: what it makes is bound to what it finds.
  const define = customElements.define;
  customElements.define = function (tag, ...rest) {
    if (tag === "gradio-app") mended.then(() => define.call(this, tag, ...rest));
    else define.call(this, tag, ...rest);
  };
})();
