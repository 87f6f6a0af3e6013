// The conversation editor: messages as rows, or as the JSON that they are. The JSON text alone is the
// component's value; rows are drawn from it and write it anew.
(() => {
  "use strict";
  const ROLES = ["system", "user", "assistant", "tool"];
  const PAUSE = 250; // milliseconds after the last key, then the server is asked

  const make = (tag, properties = {}, ...children) => {
    const { data, aria, ...plain } = properties;
    const made = Object.assign(document.createElement(tag), plain);
    Object.entries(data ?? {}).forEach(([name, value]) => { made.dataset[name] = value; });
    Object.entries(aria ?? {}).forEach(([name, value]) => made.setAttribute(`aria-${name}`, value));
    made.append(...children);
    return made;
  };

  const parsed = (text) => {
    const value = JSON.parse(text);
    const fits = Array.isArray(value) && value.every((m) => m && typeof m === "object" && !Array.isArray(m));
    if (!fits) throw new SyntaxError("this is no list of messages");
    return value;
  };

  class ChatEditor {
    constructor(element, props, trigger) {
      Object.assign(this, { element, props, trigger, messages: [], timer: 0 });
      this.rows = make("ol", { className: "gw-messages" });
      this.add = make("button", { type: "button", className: "gw-add", textContent: "+ Add a message" });
      this.add.addEventListener("click", () => this.append());
      this.json = make("textarea", { className: "gw-json", rows: 12, spellcheck: false,
        aria: { label: "Messages as JSON" } });
      this.json.addEventListener("input", () => this.typed());
      this.fault = make("p", { className: "gw-json-fault", role: "status" });
      this.modes = ["rows", "json"].map((mode) => this.modeButton(mode));
      const modes = make("div", { className: "gw-modes", role: "group", aria: { label: "Edit as" } },
        ...this.modes);
      const head = make("div", { className: "gw-editor-head" }, make("strong", { textContent: "Messages" }), modes);
      this.root = make("div", { className: "gw-chat-editor" }, head, this.rows, this.add, this.json, this.fault);
      element.replaceChildren(this.root);
      this.mode("rows");
      this.read();
    }

    modeButton(mode) {
      const button = make("button", { type: "button", textContent: mode === "rows" ? "Rows" : "JSON",
        data: { mode } });
      button.addEventListener("click", () => this.mode(mode));
      return button;
    }

    mode(wanted) {
      if (wanted === "rows" && this.root.dataset.mode === "json" && !this.readable()) return;
      this.root.dataset.mode = wanted;
      this.modes.forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.mode === wanted)));
      if (wanted === "json") this.json.value = this.props.value ?? "";
      else this.draw();
    }

    readable() {
      try {
        this.messages = parsed(this.json.value);
        this.fault.textContent = "";
        return true;
      } catch (fault) {
        this.fault.textContent = `No rows yet: ${fault.message}`;
        return false;
      }
    }

    // The value has come from the server.
    read() {
      const text = this.props.value ?? "[]";
      this.fault.textContent = "";
      this.json.value = text;
      try {
        this.messages = parsed(text);
        this.draw();
      } catch {
        this.mode("json");
        this.readable();
      }
    }

    typed() {
      this.readable();
      this.put(this.json.value);
    }

    // Rows have changed.
    write() {
      this.put(JSON.stringify(this.messages, null, 2));
    }

    put(text) {
      this.props.value = text;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.trigger("input"), PAUSE);
    }

    append() {
      const last = this.messages.at(-1)?.role;
      this.messages.push({ role: last === "user" ? "assistant" : "user", content: "" });
      this.write();
      this.draw();
      this.rows.lastElementChild.querySelector("textarea").focus();
    }

    remove(at) {
      this.messages.splice(at, 1);
      this.write();
      this.draw();
      const next = this.rows.children[Math.min(at, this.messages.length - 1)];
      (next?.querySelector('[data-do="remove"]') ?? this.add).focus();
    }

    move(at, step) {
      const [moved] = this.messages.splice(at, 1);
      this.messages.splice(at + step, 0, moved);
      this.write();
      this.draw();
      const row = this.rows.children[at + step];
      const button = row.querySelector(`[data-do="${step < 0 ? "up" : "down"}"]`);
      (button.disabled ? row.querySelector("textarea") : button).focus();
    }

    draw() {
      this.rows.replaceChildren(...this.messages.map((message, at) => this.row(message, at)));
    }

    row(message, at) {
      const head = make("div", { className: "gw-message-head" }, this.role(message, at), ...this.extras(message),
        this.button("↑", "up", "Move up", at, at === 0, () => this.move(at, -1)),
        this.button("↓", "down", "Move down", at, at === this.messages.length - 1, () => this.move(at, 1)),
        this.button("✕", "remove", "Remove", at, false, () => this.remove(at)));
      return make("li", {}, head, this.content(message, at));
    }

    button(sign, does, label, at, disabled, act) {
      const made = make("button", { type: "button", textContent: sign, disabled, title: label,
        data: { do: does }, aria: { label: `${label} message ${at + 1}` } });
      made.addEventListener("click", act);
      return made;
    }

    // One of the usual roles, or one that is typed.
    role(message, at) {
      const label = { label: `Role of message ${at + 1}` };
      const role = typeof message.role === "string" ? message.role : "";
      if (!ROLES.includes(role)) return this.typedRole(message, role, label);
      const select = make("select", { className: "gw-message-role", aria: label },
        ...[...ROLES, "other…"].map((name) => make("option", { textContent: name })));
      select.value = role;
      select.dataset.role = role;
      select.addEventListener("change", () => {
        message.role = select.value === "other…" ? "" : select.value;
        select.dataset.role = message.role;
        if (message.role) return this.write();
        const input = this.typedRole(message, "", label);
        select.replaceWith(input);
        input.focus();
      });
      return select;
    }

    typedRole(message, role, label) {
      const input = make("input", { className: "gw-message-role", value: role, maxLength: 40,
        placeholder: "role", aria: label });
      input.addEventListener("input", () => {
        message.role = input.value;
        this.write();
      });
      return input;
    }

    // What a message has besides its role and its text, which rows leave as it is.
    extras(message) {
      const names = Object.keys(message).filter((name) => name !== "role" && name !== "content");
      return names.map((name) => make("span", { className: "gw-message-extra", textContent: name,
        title: JSON.stringify(message[name]) }));
    }

    content(message, at) {
      if (Array.isArray(message.content)) {
        const edit = make("button", { type: "button", textContent: "A list of parts: edit it as JSON" });
        edit.addEventListener("click", () => this.mode("json"));
        return edit;
      }
      const text = make("textarea", { rows: 2, value: String(message.content ?? ""), dir: "auto",
        placeholder: message.content == null ? "no content" : "",
        aria: { label: `Content of message ${at + 1}` } });
      text.addEventListener("input", () => {
        message.content = text.value;
        this.write();
      });
      return text;
    }
  }

  // Called by the component as it is mounted.
  const chatEditor = (element, props, trigger, watch) => {
    const editor = new ChatEditor(element, props, trigger);
    watch("value", () => editor.read());
  };
  window.glassworks = { ...window.glassworks, chatEditor };
})();
