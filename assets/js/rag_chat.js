// The chat of the RAG tab: what is asked again, edited or copied; folds that fetch what they hold; the answer that
// is being made, kept in view and read out sentence by sentence.
(() => {
  "use strict";
  const rag = ((window.glassworks ??= {}).rag ??= {});
  const NEAR = 90; // pixels from the end: then the page follows what is written
  const paper = () => document.getElementById("rag-paper");
  const composer = () => document.querySelector("#rag-question textarea");
  const busy = () => Boolean(document.querySelector("#rag-now [data-busy]"));

  const atEnd = () => {
    const box = paper();
    return !box || box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
  };
  let follows = true;
  const toEnd = () => { const box = paper(); if (box) box.scrollTop = box.scrollHeight; };

  // The question in its bubble becomes a field; Enter asks it, Escape leaves it.
  const edit = (bubble, trigger) => {
    const words = bubble.querySelector("p"), pressed = bubble.querySelector("[data-edit]");
    const field = Object.assign(rag.make("textarea", ""), { value: words.textContent, rows: 2, maxLength: 4000 });
    field.setAttribute("aria-label", "Your question, edited");
    const over = () => { box.remove(); bubble.classList.remove("gw-editing"); };
    const ask = () => {
      if (!field.value.trim() || busy()) return;
      over();
      trigger("submit", { ask: "edit", at: bubble.dataset.at, text: field.value });
      composer()?.focus();
    };
    const keep = () => { over(); pressed.focus(); };
    const box = rag.make("div", "gw-rag-edit", field, rag.button("Ask this", "", ask), rag.button("Keep", "", keep));
    box.append(rag.make("small", "", "What follows is dropped."));
    field.addEventListener("keydown", (event) => {
      if (event.key === "Escape") keep();
      else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); ask(); }
    });
    bubble.classList.add("gw-editing");
    bubble.append(box);
    field.focus();
  };

  // A fold with data-load holds what the server tells about that answer.
  const loaded = new Map();
  const fill = async (fold) => {
    const asked = fold.dataset.load, place = fold.querySelector(".gw-rag-loaded");
    if (!asked || !place || place.childElementCount) return;
    if (!loaded.has(asked)) place.textContent = "Fetching …";
    const html = loaded.get(asked) ?? await rag.server.rag_prompt(JSON.parse(asked));
    loaded.set(asked, html);
    place.innerHTML = html; // escaped by the server
  };

  // Called by the component of all turns as it is mounted.
  rag.chat = (element, trigger, watch) => {
    rag.keepOpen(element, watch, fill);
    element.addEventListener("toggle", ({ target }) => { if (target.open) fill(target); }, true);
    element.addEventListener("click", ({ target }) => {
      const asks = target.closest("[data-ask]"), does = target.closest("[data-does]");
      const edits = target.closest("[data-edit]"), copies = target.closest("[data-copy-answer]");
      if (does) trigger("select", { ...does.dataset });
      if (copies) copyAnswer(copies.closest("article"));
      if (busy()) return;
      if (edits) edit(edits.parentElement, trigger);
      if (asks) {
        trigger("submit", { ...asks.dataset });
        composer()?.focus();
      }
    });
    watch("value", () => { loaded.clear(); requestAnimationFrame(toEnd); });
    document.addEventListener("click", ({ target }) => {
      if (target.closest?.("#rag-send, #rag-stop")) requestAnimationFrame(() => composer()?.focus());
    });
  };

  const copyAnswer = (article) => {
    const texts = [...article.querySelectorAll(".gw-rag-text")].map((one) => {
      const plain = one.cloneNode(true);
      plain.querySelectorAll("button, small").forEach((mark) => mark.remove());
      return plain.textContent.trim();
    });
    window.glassworks.copy(texts.join("\n\n"), "Copied");
  };

  // Called by the component of the answer that is being made. Its text is read out by whole sentences: a region
  // that changes with every token would be read from its beginning each time.
  rag.working = (element, watch) => {
    const spoken = rag.make("div", "gw-rag-spoken");
    spoken.setAttribute("aria-live", "polite");
    element.parentElement.append(spoken);
    let told = 0;
    watch("value", () => {
      const written = element.querySelector("[data-written]")?.textContent ?? "";
      if (!element.querySelector("[data-busy]") || written.length < told) told = 0;
      if (!written && told === 0) spoken.replaceChildren();
      const whole = written.slice(told).match(/^[\s\S]*[.!?…](?=\s|$)/)?.[0];
      if (whole) {
        spoken.append(rag.make("p", "", whole));
        told += whole.length;
      }
      if (follows) toEnd();
    });
    setTimeout(() => paper()?.addEventListener("scroll", () => { follows = atEnd(); }), 0);
  };
})();
