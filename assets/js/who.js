// Who one is, at the end of the page's head: asked of the server once, and again when somebody comes back from
// signing in, which a page in the Hub's frame has to do in a tab of its own.
(() => {
  const root = document.documentElement;
  const framed = window.top !== window.self;
  const GUEST = "What you make here is kept for this browser alone.";
  const TELL = {
    guest: (who) => ["Guest", who.login ? `${GUEST} Signed in, you find it in every browser of yours.` : GUEST],
    "signed-in": (who) => [who.name, "What you make is kept for you, in every browser in which you sign in."],
    owner: (who) => [who.signed_in ? who.name : "Owner", "You own this Space: all of it is for you."],
  };

  const element = (name, values, ...inner) => {
    const made = Object.assign(document.createElement(name), values);
    made.append(...inner);
    return made;
  };
  const link = (who) => {
    const back = encodeURIComponent(location.pathname + location.search);
    const [route, words] = who.signed_in ? ["logout", "Sign out"] : ["login/huggingface", "Sign in"];
    const away = framed && !who.signed_in ? { target: "_blank", rel: "noopener" } : {};
    const where = who.signed_in ? [] : [element("span", {}, " with Hugging Face")];
    return element("a", { href: `${route}?_target_url=${back}`, ...away }, words, ...where);
  };
  const drawn = (who) => {
    if (!TELL[who.kind]) return [];
    const [name, title] = TELL[who.kind](who);
    const badge = who.kind === "owner" && who.signed_in ? [element("small", {}, "owner")] : [];
    const shown = element("span", { title, className: "gw-who-name" }, name);
    return [shown, ...badge, ...(who.signed_in || who.login ? [link(who)] : [])];
  };

  let known;
  const place = () => document.querySelector("span[data-who]");
  const fill = () => {
    const at = place();
    if (at && known) at.replaceChildren(...drawn(known));
    return Boolean(at && known);
  };
  const ask = async () => {
    try {
      const answer = await fetch("whoami", { cache: "no-store" });
      if (!answer.ok) return;
      known = await answer.json();
    } catch {
      return; // the page works without
    }
    root.dataset.who = known.kind;
    root.dataset.may = known.may.join(" ");
    fill();
  };

  const watch = new MutationObserver(() => fill() && watch.disconnect());
  watch.observe(root, { childList: true, subtree: true });
  if (framed) window.addEventListener("focus", ask);
  ask();
})();
