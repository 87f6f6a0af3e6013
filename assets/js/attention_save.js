// What is taken away: pictures, a page that needs no server, arrays.
(() => {
  "use strict";
  const attention = ((window.glassworks ??= {}).attention ??= {});

  // The paper of a picture with its title.
  function titled(context, canvas, title) {
    context.fillStyle = attention.variable("surface");
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.fillStyle = attention.variable("ink");
    context.font = "600 14px system-ui, sans-serif";
    context.textBaseline = "middle";
    context.textAlign = "left";
    context.fillText(title, 20, 20, parseFloat(canvas.style.width) - 40);
  }

  function saveBlob(blob, name) {
    const address = URL.createObjectURL(blob);
    Object.assign(document.createElement("a"), { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  }

  function savePng(canvas, name) {
    return new Promise((done) => {
      canvas.toBlob((blob) => {
        saveBlob(blob, name);
        done();
      }, "image/png");
    });
  }

  function bytesOf(base64) {
    const letters = atob(base64), found = new Uint8Array(letters.length);
    for (let i = 0; i < letters.length; i++) found[i] = letters.charCodeAt(i);
    return found;
  }

  // The buttons: `view` is an Attention. What the server makes is waited for, with the button closed.
  function exports(view) {
    const { make, button } = attention;
    const said = make("span", "gw-att-said");
    said.setAttribute("role", "status");
    const doing = async (node, act) => {
      node.disabled = true;
      said.textContent = "Making the file …";
      try {
        await act();
        said.textContent = "";
      } catch (error) {
        said.textContent = error.message;
      }
      node.disabled = false;
    };
    const ask = async (name) => (await attention.answerOf(view.server[name](view.asked))).file;
    const name = () => `attention-${view.part.name}-${view.opened.layer}-${view.opened.head}`;
    const all = [
      button("Model view .png", (node) => doing(node, () => savePng(view.map.picture(view.title), "attention.png"))),
      button("Head .png", (node) => doing(node, () => savePng(view.head.heat.saved(view.headTitle), `${name()}.png`))),
      button("Head .html", (node) => doing(node, async () => {
        saveBlob(new Blob([await ask("attention_page")], { type: "text/html" }), `${name()}.html`);
      }), "The open head as a page that needs no server and no network"),
      button("Arrays .npz", (node) => doing(node, async () => {
        saveBlob(new Blob([bytesOf(await ask("attention_arrays"))]), `${name()}.npz`);
      }), "Weights of the open head, thumbnails, measures and tokens for NumPy"),
    ];
    const bar = make("div", "gw-att-bar gw-att-exports", ...all, said);
    // Without an open head there is only the model view; a saved page has no server.
    bar.fit = () => all.forEach((node, i) => { node.hidden = i > 0 && (!view.opened || (i > 1 && view.told.only)); });
    return bar;
  }

  Object.assign(attention, { titled, savePng, exports });
})();
