// The panel beside the RAG tab in which a source is read: any button with data-source opens it.
(() => {
  "use strict";
  const rag = ((window.glassworks ??= {}).rag ??= {});

  class Panel {
    constructor(server) {
      this.server = server;
      this.body = rag.make("div", "gw-rag-source-body");
      const close = rag.button("Close", "gw-rag-close", () => this.close());
      this.panel = rag.make("aside", "gw-rag-source", close, this.body);
      this.panel.hidden = true;
      this.panel.setAttribute("role", "dialog");
      this.panel.setAttribute("aria-label", "Source");
      this.panel.addEventListener("keydown", (event) => { if (event.key === "Escape") this.close(); });
      this.asked = 0;
    }

    // `pressed` gets the focus back; within the panel that stays whoever opened it.
    async open(pressed) {
      const within = this.panel.contains(pressed), number = ++this.asked;
      if (!within) {
        this.opener = pressed;
        this.body.textContent = "Opening …";
      }
      this.panel.hidden = false;
      const html = await this.server.rag_source(JSON.parse(pressed.dataset.source));
      if (number !== this.asked) return; // another was asked for meanwhile
      this.body.innerHTML = html; // escaped by the server
      const again = within && this.body.querySelector(`[data-step="${pressed.dataset.step}"]:not(:disabled)`);
      (again || this.body.querySelector("h3"))?.focus({ preventScroll: true });
      this.reveal();
    }

    // The strongest words in the middle of the text, without moving the page.
    reveal() {
      const text = this.body.querySelector(".gw-rag-document"), mark = this.body.querySelector("mark");
      const most = mark?.querySelector("strong") ?? mark;
      if (!text || !most) return;
      const down = most.getBoundingClientRect().top - text.getBoundingClientRect().top + text.scrollTop;
      text.scrollTop = Math.max(0, down - text.clientHeight / 3);
    }

    close() {
      this.panel.hidden = true;
      this.asked += 1;
      this.body.replaceChildren();
      if (this.opener?.isConnected) this.opener.focus();
    }
  }

  // Called by the component as it is mounted.
  rag.source = (element, server) => {
    rag.server = server;
    const panel = new Panel(server);
    element.append(panel.panel);
    document.addEventListener("click", ({ target }) => {
      const pressed = target instanceof Element && target.closest("button[data-source]");
      if (pressed && !pressed.disabled) panel.open(pressed);
    });
  };
})();
