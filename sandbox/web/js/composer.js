// The footer of a chat: text field, attachments, reply and edit, commands, the bot's keyboard,
// and the START, UNBLOCK and JOIN buttons that replace them.
import { h, icon } from "./dom.js";
import { size, summary } from "./format.js";
import { replyKeys } from "./keyboards.js";
import { askBox } from "./cover.js";

const LONGEST = 4096;

export class Composer {
  constructor(view) {
    this.view = view;
    this.phone = view.phone;
    this.replying = null;
    this.editing = null;
    this.file = null;
    this.keysShown = true;
    this.element = h("footer", { class: "foot" });
    this.field = h("textarea", {
      rows: 1, placeholder: "Message", "aria-label": "Message", dir: "auto", enterkeyhint: "send",
      "aria-autocomplete": "list",
      oninput: () => this.typed(), onkeydown: (event) => this.key(event), onpaste: (event) => this.pasted(event),
    });
    this.picker = h("input", { type: "file", hidden: true, onchange: () => { this.attach(this.picker.files[0]); this.picker.value = ""; } });
    this.about = h("div", { class: "about", hidden: true });
    this.commands = h("div", { class: "commands", role: "listbox", "aria-label": "Commands", hidden: true });
    this.keys = h("div", {});
    this.sendButton = h("button", { class: "round send", "aria-label": "Send", onclick: () => this.send() }, icon("send"));
    this.keysButton = h("button", {
      class: "round", "aria-label": "Keyboard of the bot", hidden: true, onclick: () => { this.keysShown = !this.keysShown; this.drawKeys(); },
    }, icon("keyboard"));
    this.menuButton = h("button", { class: "menu-button", hidden: true, onclick: () => this.toggleMenu() });
    this.field.value = this.phone.drafts.get(view.id) ?? "";
    this.draw();
  }

  // --- What stands there ----------------------------------------------------------------------

  draw() {
    const { chat, pendingStart } = this.view;
    const big = this.bigButton(chat, pendingStart);
    if (big) {
      this.element.replaceChildren(big);
      return;
    }
    if (!this.field.isConnected) {
      this.element.replaceChildren(
        this.commands, this.about,
        h("div", { class: "compose" },
          this.menuButton,
          h("button", { class: "round", "aria-label": "Attach a file", onclick: () => this.picker.click() }, icon("clip")),
          this.picker, this.field, this.keysButton, this.sendButton),
        this.keys,
      );
    }
    const menu = chat.menu_button;
    const hasCommands = chat.commands?.length > 0 && menu?.type !== "web_app";
    this.menuButton.hidden = !hasCommands;
    this.menuButton.replaceChildren(icon("menu"), "Menu");
    this.drawKeys();
  }

  bigButton(chat, pendingStart) {
    const button = (words, onclick, kind = "") => h("button", { class: `big-button ${kind}`, onclick }, words);
    if (chat.blocked) return button(chat.kind === "bot" ? "RESTART BOT" : "UNBLOCK", () => this.unblock(chat), chat.kind === "bot" ? "start" : "");
    if (chat.kind === "bot" && (!chat.started || pendingStart !== null)) return button("START", () => this.start(), "start");
    if (chat.joined === false) return button("JOIN", () => this.act(() => this.phone.person.join(chat.id)), "start");
    if (chat.can_write === false) {
      return h("div", { class: "mute" }, chat.kind === "channel" ? "You read this channel" : "You can't write here");
    }
    return null;
  }

  async act(action) {
    try {
      await action();
      await this.view.refresh();
    } catch (error) {
      this.phone.toast(error.message);
    }
  }

  start() {
    const payload = this.view.pendingStart;
    this.view.pendingStart = null;
    return this.act(async () => {
      const text = payload ? `/start ${payload}` : "/start";
      this.view.sent(await this.phone.person.send(this.view.id, { text }));
      this.phone.happened("started", { view: this.view });
    });
  }

  unblock(chat) {
    return this.act(async () => {
      await this.phone.person.unblock(chat.id);
      if (chat.kind === "bot") this.view.sent(await this.phone.person.send(chat.id, { text: "/start" }));
    });
  }

  // --- The bot's keyboard ---------------------------------------------------------------------

  /** The current keyboard: that of the latest message that sets or removes one. */
  current() {
    const says = this.view.latest((message) => !message.outgoing && message.keyboard && !message.keyboard.inline);
    return says?.keyboard.reply ? says : says ? null : (this.view.chat.reply_keyboard ?? null);
  }

  drawKeys() {
    const source = this.current();
    const keyboard = source?.keyboard;
    const spent = keyboard?.one_time && this.spent === source.id;
    const up = keyboard && !spent;
    this.keysButton.hidden = !up;
    this.keysButton.setAttribute("aria-pressed", String(this.keysShown));
    this.keys.replaceChildren();
    if (up && this.keysShown) {
      this.keys.append(replyKeys(keyboard, source.id, this.view, () => {
        if (keyboard.one_time) this.spent = source.id;
        this.drawKeys();
        this.focus();
      }));
    }
    const asks = this.view.latest((message) => !message.outgoing && message.keyboard && !message.keyboard.inline);
    this.field.placeholder = asks?.keyboard.placeholder || "Message";
  }

  /** A message came or changed: its keyboard may replace the current one. */
  arrived(message, { edited = false } = {}) {
    if (message.outgoing || !message.keyboard || message.keyboard.inline) return;
    const atEnd = this.view.atEnd();
    if (!edited) this.keysShown = true;
    if (message.keyboard.force_reply && !edited) this.replyTo(message);
    this.drawKeys();
    if (atEnd) this.view.toEnd();
  }

  // --- Writing --------------------------------------------------------------------------------

  focus = () => this.field.isConnected && this.field.focus({ preventScroll: true });

  typed() {
    if (!this.editing) this.phone.drafts.set(this.view.id, this.field.value);
    this.drawCommands();
  }

  key(event) {
    if (!this.commands.hidden && this.keyInCommands(event)) return;
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.send();
    } else if (event.key === "Escape" && (this.replying || this.editing || this.file)) {
      event.stopPropagation();
      this.cancel();
    } else if (event.key === "ArrowUp" && this.field.value === "") {
      event.preventDefault();
      const mine = this.view.latest((message) => message.outgoing && !message.service && !message.media);
      if (event.altKey || event.ctrlKey || !mine) this.view.focusFrom(this.view.order.length, -1);
      else this.edit(mine);
    }
  }

  async send() {
    const text = this.field.value.trim();
    const { file, replying, editing, view } = this;
    if (!text && !file) return;
    if (text.length > LONGEST) {
      this.phone.toast(`A message has ${LONGEST} characters at most; this one has ${text.length}.`);
      return;
    }
    this.field.value = "";
    this.phone.drafts.delete(view.id);
    this.cancel({ keepText: true });
    this.drawCommands();
    try {
      if (editing) {
        await this.phone.person.edit(view.id, editing.id, text); // the stream brings the change
        return;
      }
      const message = await this.phone.person.send(view.id, { text, file, replyTo: replying?.id, topic: view.topic });
      view.sent(message);
      this.phone.happened("sent", { view, message });
    } catch (error) {
      this.field.value = text;
      if (file) this.attach(file);
      this.phone.toast(error.message);
    }
  }

  // --- Replying, editing, attaching -----------------------------------------------------------

  show(name, title, line, extra) {
    this.about.replaceChildren(
      icon(name), h("div", {}, h("b", {}, title), h("span", { dir: "auto" }, line)), extra ?? "",
      h("button", { class: "round", "aria-label": "Cancel", onclick: () => this.cancel() }, icon("close")),
    );
    this.about.hidden = false;
    this.focus();
  }

  replyTo(message) {
    this.cancel({ keepText: true });
    this.replying = message;
    this.show("reply", `Reply to ${message.outgoing ? "yourself" : (message.from?.name ?? "")}`, summary(message));
  }

  edit(message) {
    this.cancel();
    this.editing = message;
    this.field.value = message.text;
    this.show("edit", "Edit message", summary(message));
    this.field.setSelectionRange(message.text.length, message.text.length);
  }

  attach(file) {
    if (!file || !this.field.isConnected) return;
    this.editing = null;
    this.file = file;
    const preview = file.type.startsWith("image/") && h("img", { src: URL.createObjectURL(file), alt: "" });
    this.show("clip", file.name || "Picture", size(file.size), preview);
  }

  pasted(event) {
    const file = [...event.clipboardData.files][0];
    if (!file) return;
    event.preventDefault();
    this.attach(file);
  }

  acceptDrops(target) {
    const hint = h("div", { class: "drop" }, "Drop a file to send it");
    target.addEventListener("dragover", (event) => {
      if (![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      target.append(hint);
    });
    target.addEventListener("dragleave", (event) => { if (!target.contains(event.relatedTarget)) hint.remove(); });
    target.addEventListener("drop", (event) => {
      event.preventDefault();
      hint.remove();
      this.attach(event.dataTransfer.files[0]);
    });
  }

  cancel({ keepText = false } = {}) {
    if (this.editing && !keepText) this.field.value = "";
    this.replying = null;
    this.editing = null;
    this.file = null;
    this.about.hidden = true;
  }

  gone(id) {
    if (this.replying?.id === id || this.editing?.id === id) this.cancel();
  }

  // --- Commands -------------------------------------------------------------------------------

  toggleMenu() {
    if (this.commands.hidden) this.listCommands(this.view.chat.commands);
    else this.commands.hidden = true;
    this.focus();
  }

  drawCommands() {
    const typed = /^\/([a-z0-9_]*)$/i.exec(this.field.value);
    const known = this.view.chat.commands ?? [];
    this.listCommands(typed ? known.filter(({ command }) => command.startsWith(typed[1].toLowerCase())) : []);
  }

  listCommands(list) {
    this.commands.hidden = list.length === 0;
    this.commands.replaceChildren(...list.map(({ command, description }, index) =>
      h("button", { role: "option", "aria-selected": String(index === 0), tabindex: "-1", data: { command }, onclick: () => this.run(command) },
        h("b", {}, `/${command}`), h("span", { dir: "auto" }, description))));
  }

  keyInCommands(event) {
    const options = [...this.commands.children];
    const at = options.findIndex((option) => option.ariaSelected === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const next = (at + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length;
      options[at].ariaSelected = "false";
      options[next].ariaSelected = "true";
      options[next].scrollIntoView({ block: "nearest" });
    } else if (event.key === "Tab") {
      event.preventDefault();
      this.field.value = `/${options[at].dataset.command} `;
      this.commands.hidden = true;
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.run(options[at].dataset.command);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      this.commands.hidden = true;
    } else {
      return false;
    }
    return true;
  }

  run(command) {
    this.commands.hidden = true;
    this.field.value = `/${command}`;
    this.send();
    this.focus();
  }

  // --- For the message's menu -----------------------------------------------------------------

  async removeMessage(message) {
    if (!(await askBox(this.phone, "Delete this message for everybody in the chat?", "Delete", { danger: true }))) return;
    try {
      await this.phone.person.remove(this.view.id, message.id);
      this.view.removeMessages([message.id]);
    } catch (error) {
      this.phone.toast(error.message);
    }
  }
}
