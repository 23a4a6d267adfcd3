// The list of a person's chats: rows move and change one by one.
import { arrows, avatar, h, icon } from "./dom.js";
import { endsRightToLeft, listTime, summary } from "./format.js";
import { get } from "./api.js";

export class ChatList {
  constructor(phone) {
    this.phone = phone;
    this.rows = new Map(); // chat id → {chat, element}
    this.list = h("div", { class: "list", role: "list", "aria-label": "Chats" });
    this.results = h("div", { class: "list", hidden: true, "aria-label": "Found" });
    this.search = h("input", {
      type: "search", placeholder: "Search people and bots", "aria-label": "Search people and bots", autocomplete: "off", dir: "auto",
      oninput: () => this.find(),
      onkeydown: (event) => {
        if (event.key === "Escape" && this.search.value) { event.stopPropagation(); this.search.value = ""; this.find(); }
        if (event.key === "Enter") this.results.querySelector(".row")?.click();
      },
    });
    this.element = h("div", { class: "list-screen" },
      h("header", { class: "head" }, h("div", { class: "search" }, icon("search"), this.search)), this.list, this.results);
    arrows(this.element, ".search input, .row");
  }

  async load() {
    const chats = await this.phone.person.chats();
    const here = new Set(chats.map((chat) => chat.id));
    for (const id of this.rows.keys()) if (!here.has(id)) this.drop(id);
    for (const chat of chats.reverse()) this.put(chat);
    this.drawEmpty();
  }

  put(chat) {
    const known = this.rows.get(chat.id);
    const element = row(chat, this.phone);
    if (known) known.element.replaceWith(element);
    this.rows.set(chat.id, { chat, element });
    const when = weight(chat);
    const next = [...this.list.children].find((other) => other !== element && other.dataset.weight !== undefined && Number(other.dataset.weight) <= when);
    if (!known || element.nextElementSibling !== (next ?? null)) this.list.insertBefore(element, next ?? null);
    this.drawEmpty();
  }

  drop(id) {
    this.rows.get(id)?.element.remove();
    this.rows.delete(id);
    this.drawEmpty();
  }

  drawEmpty() {
    this.nothing?.remove();
    if (this.rows.size) return;
    this.nothing = h("div", { class: "empty" }, h("b", {}, "No chats yet"), "Search for a bot above, or follow a link.");
    this.list.append(this.nothing);
  }

  async find() {
    const words = this.search.value.trim().replace(/^@/, "").toLowerCase();
    this.results.hidden = !words;
    this.list.hidden = Boolean(words);
    if (!words) return;
    const peers = await get("peers");
    if (words !== this.search.value.trim().replace(/^@/, "").toLowerCase()) return;
    const fits = (one) => [one.name, one.username].some((text) => text?.toLowerCase().includes(words));
    const found = [
      ...[...this.rows.values()].map(({ chat }) => chat).filter((chat) => fits({ name: chat.title, username: chat.username })),
      ...peers.filter(fits).map((peer) => ({ ...peer, title: peer.name })),
    ].filter((chat, index, all) => chat.id !== this.phone.account.id && all.findIndex((other) => other.id === chat.id) === index);
    this.results.replaceChildren(...found.map((chat) => row({ ...chat, last_message: null, unread: 0 }, this.phone, chat.username && `@${chat.username}`)));
    if (!found.length) this.results.append(h("div", { class: "empty" }, h("b", {}, "Nobody found"), "Usernames and names of this world are searched."));
  }

  shown() {
    this.search.value = "";
    this.find();
  }
}

const weight = (chat) => (chat.last_message ? chat.last_message.date * 1e9 + chat.last_message.id : 0);

function row(chat, phone, note = null) {
  const last = chat.last_message;
  return h("button", {
    class: "row", data: { chat: chat.id, username: chat.username || null, weight: weight(chat) },
    "aria-label": `${chat.title}${chat.unread ? `, ${chat.unread} unread` : ""}`,
    onclick: () => phone.open(chat.id),
  },
    avatar(chat),
    h("div", { class: "row-main" },
      h("div", { class: "row-line" },
        h("span", { class: "row-title", dir: "auto" }, chat.title, chat.verified && icon("verified")),
        last && h("time", { class: "row-time" }, listTime(last.date))),
      h("div", { class: "row-line" },
        lastLine(chat, note),
        chat.unread > 0 && h("span", { class: "badge" }, chat.unread))));
}

function lastLine({ kind, last_message: last }, note) {
  if (!last) return h("span", { class: "row-last", dir: "auto" }, note ?? "");
  const group = kind === "group" || kind === "supergroup";
  const who = last.service ? "" : last.outgoing ? "You: " : group ? `${last.from?.name}: ` : "";
  const words = summary(last).slice(0, 120);
  // The line runs as its text does: what does not fit is cut at the text's end.
  const dir = endsRightToLeft(words) ? "rtl" : "ltr";
  return h("span", { class: "row-last", dir }, who && h("em", {}, who), h("bdi", {}, words));
}
