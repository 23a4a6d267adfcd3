// An open chat: header, messages, scrolling, footer.
import { avatar, h, icon } from "./dom.js";
import { summary } from "./format.js";
import { reactions, renderMessage } from "./bubble.js";
import { Composer } from "./composer.js";
import { MessageList } from "./messagelist.js";
import { followLink } from "./links.js";
import { messageMenu } from "./messagemenu.js";
import { openProfile } from "./sheets.js";

const PAGE = 60;
const NEAR = 90; // px from the end that still counts as being at the end
const TYPING_MS = 5500;

const ACTIONS = {
  typing: "typing…", upload_photo: "sending a photo…", upload_document: "sending a file…", record_voice: "recording a voice message…",
  upload_voice: "sending a voice message…", upload_video: "sending a video…", record_video: "recording a video…", choose_sticker: "choosing a sticker…",
  find_location: "picking a location…",
};

export class ChatView extends MessageList {
  constructor(phone, chat, { start = null } = {}) {
    super();
    this.gone = new Set();
    this.arriving = null; // events that came while a page of messages was being fetched
    this.phone = phone;
    this.chat = chat;
    this.id = chat.id;
    this.isChannel = chat.kind === "channel";
    this.isGroup = chat.kind === "group" || chat.kind === "supergroup";
    this.pendingStart = start;
    this.topic = null;
    this.complete = false;
    this.missed = 0;
    this.build();
  }

  build() {
    this.list.setAttribute("aria-label", `Messages with ${this.chat.title}`);
    this.scroller = h("div", { class: "scroll", onscroll: () => this.scrolled() }, this.list);
    this.downBadge = h("span", { class: "badge", hidden: true });
    this.down = h("button", { class: "down", "aria-label": "To the latest message", hidden: true, onclick: () => this.toEnd(true) }, icon("down"), this.downBadge);
    this.wall = h("div", { class: "wall" }, this.scroller, this.down);
    this.composer = new Composer(this);
    this.head = h("header", { class: "head" });
    this.bar = h("div", {});
    this.element = h("div", { class: "chat-screen", data: { openChat: this.id } }, this.head, this.bar, this.wall, this.composer.element);
    this.drawHead();
    this.drawBars();
    this.list.addEventListener("contextmenu", (event) => this.menu(event));
    this.list.addEventListener("dblclick", (event) => this.replyByDoubleClick(event));
    this.list.addEventListener("keydown", (event) => this.keyInList(event));
    this.composer.acceptDrops(this.wall);
    this.stuck = true; // at the end, and to stay there when pictures load or the keyboard opens
    const sizes = new ResizeObserver(() => { if (this.stuck) this.toEnd(); });
    sizes.observe(this.list);
    sizes.observe(this.scroller);
  }

  // --- Head -----------------------------------------------------------------------------------

  drawHead() {
    const { chat, phone } = this;
    this.status = h("div", { class: "peer-status", role: "status" }, this.statusWords());
    this.head.replaceChildren(
      h("button", { class: "round", "aria-label": "Back to the chats", onclick: () => phone.showList() }, icon("back")),
      h("button", { class: "peer", onclick: () => openProfile(phone, chat), "aria-label": `${chat.title}: profile` },
        avatar(chat), h("div", { class: "peer-text" }, h("div", { class: "peer-title", dir: "auto" }, chat.title), this.status)),
    );
  }

  statusWords() {
    const { chat } = this;
    if (chat.id === 777000) return "service notifications";
    if (chat.kind === "bot") return "bot";
    if (chat.kind === "private") return "online";
    const count = chat.members_count ?? 0;
    const [one, many] = chat.kind === "channel" ? ["subscriber", "subscribers"] : ["member", "members"];
    return `${count} ${count === 1 ? one : many}`;
  }

  typing({ from, action }) {
    if (from.id === this.phone.account.id) return;
    clearTimeout(this.typingTimer);
    const words = ACTIONS[action] ?? "typing…";
    this.setStatus(this.isGroup ? `${from.name} is ${words}` : words, true);
    this.typingTimer = setTimeout(() => this.setStatus(this.statusWords()), TYPING_MS);
  }

  setStatus(words, typing = false) {
    clearTimeout(typing ? undefined : this.typingTimer);
    this.status.textContent = words;
    this.status.classList.toggle("is-typing", typing);
  }

  drawBars() {
    const { chat } = this;
    this.bar.replaceChildren();
    if (chat.topics?.length) this.bar.append(this.topicTabs());
    if (chat.pinned) {
      this.bar.append(h("button", { class: "pinned", onclick: () => this.reveal(chat.pinned.id) },
        h("div", {}, h("b", {}, "Pinned message"), h("span", { dir: "auto" }, summary(chat.pinned)))));
    }
  }

  topicTabs() {
    const tab = (id, name) => h("button", {
      role: "tab", "aria-selected": String(this.topic === id), data: { topic: id },
      onclick: () => { this.topic = id; this.drawBars(); this.load(); },
    }, name);
    return h("div", { class: "topics", role: "tablist", "aria-label": "Topics" },
      tab(null, "All"), ...this.chat.topics.map((topic) => tab(topic.id, topic.closed ? `${topic.name} · closed` : topic.name)));
  }

  /** The chat's own fields changed: commands, pins, topics, blocked or not. */
  async refresh() {
    try {
      this.chat = await this.phone.person.chat(this.id);
    } catch {
      return;
    }
    this.drawHead();
    this.drawBars();
    this.composer.draw();
  }

  // --- Messages -------------------------------------------------------------------------------

  /** An event of the stream. */
  take(kind, event) {
    this.arriving?.push([kind, event]);
    switch (kind) {
      case "message": this.upsert(event.message); break;
      case "edited": {
        const known = this.items.get(event.message.id);
        if (known) this.replace(known, event.message);
        break;
      }
      case "deleted": this.deleted(event.ids); break;
      case "reactions": this.setReactions(event.message_id, event.reactions); break;
      default:
    }
  }

  /** The answer to a request of this page's own. It may be older than later events of the stream
   * about the message, so it never replaces anything. */
  sent(message) {
    if (!this.items.has(message.id)) this.upsert(message);
  }

  /** Fetch the latest messages and show them by `show`; events that arrived meanwhile may be
   * newer than the answer, so they are applied again after it. */
  async latestMessages(show) {
    const query = { limit: PAGE, before: 2 ** 53 - 1, ...(this.topic && { topic: this.topic }) };
    const arriving = (this.arriving = []);
    try {
      show(await this.phone.person.messages(this.id, query));
    } finally {
      if (this.arriving === arriving) this.arriving = null;
    }
    for (const [kind, event] of arriving) this.take(kind, event);
  }

  load() {
    return this.latestMessages((messages) => {
      this.empty();
      this.complete = messages.length < PAGE;
      this.insert(messages);
      this.drawIntro();
      this.composer.draw();
      this.toEnd();
    });
  }

  /** After a lost connection: add new messages, leaving the others unchanged. */
  async catchUp() {
    let apart = false; // so much is new that nothing shown is among the latest
    await this.latestMessages((fresh) => {
      apart = fresh.length > 0 && this.order.length > 0 && fresh[0].id > this.order.at(-1);
      if (!apart) this.merge(fresh);
    });
    if (apart) await this.load();
    else await this.refresh();
  }

  merge(fresh) {
    const known = new Set(this.order);
    const here = new Set(fresh.map((message) => message.id));
    this.removeMessages(this.order.filter((id) => id >= (fresh[0]?.id ?? 0) && !here.has(id)));
    for (const message of fresh) this.upsert(message, { quiet: known.has(message.id) });
  }

  belongs = (message) => this.topic === null || (message.topic ?? 1) === this.topic;

  upsert(message, { quiet = false } = {}) {
    if (!this.belongs(message) || this.gone.has(message.id)) return;
    const known = this.items.get(message.id);
    if (known) {
      if (JSON.stringify(known.message) === JSON.stringify(message)) return;
      return this.replace(known, message);
    }
    if (this.order.length && message.id < this.order[0] && !this.complete) return;
    const atEnd = this.atEnd();
    this.insert([message], !quiet);
    if (message.outgoing || atEnd) this.toEnd();
    else this.countMissed(1);
    if (!message.outgoing) this.setStatus(this.statusWords());
    this.intro?.remove();
    this.composer.arrived(message);
    this.markRead();
  }

  replace(known, message) {
    const atEnd = this.atEnd();
    const focused = known.element.contains(document.activeElement);
    const element = renderMessage(message, this);
    known.element.replaceWith(element);
    known.element = element;
    known.message = message;
    this.group(this.order.indexOf(message.id));
    if (focused) (element.querySelector(".key") ?? element).focus({ preventScroll: true });
    if (atEnd) this.toEnd();
    this.composer.arrived(message, { edited: true });
  }

  /** A bot may delete a message before its sender gets the answer to sending. */
  deleted(ids) {
    for (const id of ids) this.gone.add(id);
    this.removeMessages(ids);
  }

  removeMessages(ids) {
    for (const id of ids) {
      const item = this.items.get(id);
      if (!item) continue;
      this.takeOut(id, item);
      this.composer.gone(id);
    }
    this.drawIntro();
  }

  setReactions(id, list) {
    const item = this.items.get(id);
    if (!item) return;
    item.message = { ...item.message, reactions: list };
    item.element.querySelector(".reactions")?.remove();
    if (list.length) item.element.querySelector(".stamp")?.before(reactions(list));
  }

  drawIntro() {
    this.intro?.remove();
    if (this.order.length || this.chat.kind !== "bot") return;
    const { description, title } = this.chat;
    this.intro = h("div", { class: "intro", dir: "auto" }, avatar(this.chat),
      h("b", {}, description ? `What can this bot do?` : title), description || "No messages here yet.");
    this.list.append(this.intro);
  }

  // --- Scrolling ------------------------------------------------------------------------------

  atEnd = () => this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < NEAR;

  toEnd(smooth = false) {
    this.stuck = true;
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior: smooth ? "smooth" : "instant" });
    this.countMissed(-this.missed);
  }

  countMissed(by) {
    this.missed += by;
    this.downBadge.textContent = this.missed;
    this.downBadge.hidden = this.missed === 0;
    this.down.hidden = this.atEnd() && this.missed === 0;
  }

  scrolled() {
    const end = this.atEnd();
    // Only a person scrolling up leaves the end; changes of size do not.
    if (end) this.stuck = true;
    else if (this.scroller.scrollTop < this.lastTop - 2) this.stuck = false;
    this.lastTop = this.scroller.scrollTop;
    if (end && this.missed) this.countMissed(-this.missed);
    this.down.hidden = end;
    if (end) this.markRead();
    if (this.scroller.scrollTop < 400) this.older();
  }

  async older() {
    if (this.complete || this.loadingOlder || !this.order.length) return;
    this.loadingOlder = true;
    try {
      const query = { before: this.order[0], limit: PAGE, ...(this.topic && { topic: this.topic }) };
      const messages = await this.phone.person.messages(this.id, query);
      this.complete = messages.length < PAGE;
      const fromEnd = this.scroller.scrollHeight - this.scroller.scrollTop;
      this.insert(messages);
      this.scroller.scrollTop = this.scroller.scrollHeight - fromEnd;
    } finally {
      this.loadingOlder = false;
    }
  }

  async reveal(id) {
    for (let tries = 0; !this.items.has(id) && !this.complete && tries < 40; tries++) await this.older();
    const item = this.items.get(id);
    if (!item) return this.phone.toast("This message is not here any more.");
    item.element.scrollIntoView({ block: "center", behavior: "smooth" });
    item.element.classList.add("flash");
    setTimeout(() => item.element.classList.remove("flash"), 1300);
    return undefined;
  }

  markRead() {
    const last = this.order.at(-1);
    if (!last || last === this.readUpTo || document.hidden || !this.element.isConnected) return;
    this.readUpTo = last;
    this.phone.person.read(this.id, last).catch(() => { this.readUpTo = null; });
  }

  // --- What a person does in the list ---------------------------------------------------------

  itemOf(node) {
    const element = node.closest?.("[data-message]");
    return element ? this.items.get(Number(element.dataset.message)) : null;
  }

  menu(event) {
    const item = this.itemOf(event.target);
    if (!item || item.message.service) return;
    event.preventDefault();
    messageMenu(this, item.message, event);
  }

  replyByDoubleClick(event) {
    const item = this.itemOf(event.target);
    if (!item || item.message.service || event.target.closest("button, a, .spoiler, code")) return;
    getSelection()?.removeAllRanges();
    this.composer.replyTo(item.message);
  }

  keyInList(event) {
    const element = event.target.closest(".msg");
    if (!element || event.target !== element) return;
    const place = this.order.indexOf(Number(element.dataset.message));
    if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      event.preventDefault();
      this.focusFrom(place, event.key === "ArrowUp" ? -1 : 1);
    } else if (event.key === "Enter" || event.key === "ContextMenu") {
      event.preventDefault();
      const box = element.getBoundingClientRect();
      messageMenu(this, this.at(place).message, { clientX: box.left + 24, clientY: box.top + 20 });
    } else if (event.key === "Escape") {
      event.stopPropagation();
      this.composer.focus();
    }
  }

  focusFrom(place, step) {
    for (let at = place + step; at >= 0 && at < this.order.length; at += step) {
      const item = this.at(at);
      if (item.message.service) continue;
      item.element.focus({ preventScroll: true });
      item.element.scrollIntoView({ block: "nearest" });
      return;
    }
    if (step > 0) this.composer.focus();
  }

  follow(target, message) {
    return followLink(this.phone, target, { view: this, message });
  }
}
