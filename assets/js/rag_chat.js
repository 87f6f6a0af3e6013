// The chat of the RAG tab: what is asked again, edited or copied; folds that fetch what they hold; the answer that
// is being made, kept in view and read out sentence by sentence.
(() => {
  "use strict";
  const rag = ((window.glassworks ??= {}).rag ??= {});
  const NEAR = 90; // pixels from the end: then the page follows what is written
  const GAP = 120, AWAY = 700; // milliseconds before more of an answer is fetched; while nobody sees it or answers
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

  // Called by the component that stands where nothing was asked yet.
  rag.examples = (element, trigger) => {
    element.addEventListener("click", ({ target }) => {
      const asks = target.closest("[data-ask]");
      if (!asks || busy()) return;
      trigger("submit", { ...asks.dataset });
      composer()?.focus();
    });
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

  const pause = (milliseconds) => new Promise((go) => setTimeout(go, milliseconds));

  // What is written is read out by whole sentences: a region that changes with every token would be read from its
  // beginning each time.
  class Speaker {
    constructor(beside) {
      this.region = rag.make("div", "gw-rag-spoken");
      this.region.setAttribute("aria-live", "polite");
      beside.append(this.region);
      this.told = 0;
    }

    begin() {
      this.told = 0;
      this.region.replaceChildren();
    }

    hear(written) {
      const whole = written.slice(this.told).match(/^[\s\S]*[.!?…](?=\s|$)/)?.[0];
      if (!whole) return;
      this.region.append(rag.make("p", "", whole));
      this.told += whole.length;
    }
  }

  // Called by the component of the answer that is being made: as long as it holds a run, more of it is fetched; a
  // page that nobody sees asks for nothing. The end is a `submit` event.
  rag.working = (element, trigger, server, watch) => {
    const speaker = new Speaker(element.parentElement);
    let run = "";

    const draw = (html) => {
      const place = element.querySelector("[data-run]");
      if (!place) return;
      place.innerHTML = html; // escaped by the server
      speaker.hear(place.querySelector("[data-written]")?.textContent ?? "");
      if (follows) toEnd();
    };
    const follow = async (mine) => {
      let seen = -1, heard = true;
      while (run === mine && element.isConnected) {
        await pause(heard && element.checkVisibility() ? GAP : AWAY);
        if (!element.checkVisibility()) continue;
        const told = await server.rag_now({ run: mine, seen }).then(JSON.parse).catch(() => null);
        heard = told !== null;
        if (run !== mine) return;
        if (told?.over || told?.gone) {
          run = "";
          trigger("submit", { run: mine });
        } else if (told?.html) draw(told.html);
        seen = told?.number ?? seen;
      }
    };
    const look = () => {
      const now = element.querySelector("[data-run]")?.dataset.run ?? "";
      if (follows) toEnd();
      if (now === run) return;
      run = now;
      speaker.begin();
      if (run) follow(run);
    };
    watch("value", look);
    look();
    document.addEventListener("click", ({ target }) => {
      const now = element.querySelector("[data-run]")?.dataset.run;
      if (now && target.closest?.("#rag-stop")) server.rag_stop({ run: now }).catch(() => {}); // it can be pressed again
    });
    setTimeout(() => paper()?.addEventListener("scroll", () => { follows = atEnd(); }), 0);
  };
})();
