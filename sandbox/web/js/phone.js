// One phone: a person, the list of chats, the open chat, and overlays.
import { Person } from "./api.js";
import { avatar, h, icon } from "./dom.js";
import { summary } from "./format.js";
import { ChatList } from "./chatlist.js";
import { ChatView } from "./chatview.js";
import { openScanner, openSessions } from "./sheets.js";

const TOAST_MS = 3200;
const BANNER_MS = 4500;

export class Phone {
  /** `page`: {changed(), happened(kind, data), pickPerson(phone), activate(phone)} */
  constructor(account, page) {
    this.page = page;
    this.device = h("div", { class: "device" });
    this.owner = h("header", { class: "owner" });
    this.slot = h("section", { class: "slot" }, this.owner, this.device);
    this.slot.addEventListener("focusin", () => page.activate(this));
    this.slot.addEventListener("pointerdown", () => page.activate(this));
    this.slot.addEventListener("keydown", (event) => this.key(event));
    this.become(account);
  }

  become(account) {
    this.account = account;
    this.person = new Person(account.id);
    this.view = null;
    this.drafts = new Map(); // chat → text that was typed and not sent
    this.list = new ChatList(this);
    this.slot.dataset.phone = account.id;
    this.slot.setAttribute("aria-label", `${account.name}’s phone`);
    this.drawOwner();
    this.device.replaceChildren(this.list.element);
    return this.list.load().catch((error) => this.toast(error.message));
  }

  drawOwner() {
    const { account } = this;
    const detail = account.phone || (account.username ? `@${account.username}` : "");
    this.owner.replaceChildren(
      h("button", { class: "owner-name", "aria-haspopup": "menu", title: "Whose phone this is", onclick: () => this.page.pickPerson(this) },
        avatar({ id: account.id, title: account.name }), h("b", {}, account.first_name), h("small", {}, detail)),
      h("span", { class: "spring" }),
      h("button", { class: "tool", title: "Scan a login QR code with this phone", "aria-label": "Scan QR", onclick: () => openScanner(this) }, icon("scan"), h("span", {}, "Scan QR")),
      h("button", { class: "tool", title: "Where this account is logged in", "aria-label": "Sessions", onclick: () => openSessions(this) }, icon("devices"), h("span", {}, "Sessions")),
    );
    this.owner.querySelector(".avatar").style.setProperty("--size", "28px");
  }

  // --- Going about ----------------------------------------------------------------------------

  async open(ref, { start = null, focus = true } = {}) {
    this.closeSheet?.();
    let chat;
    try {
      chat = await this.person.chat(ref);
    } catch (error) {
      this.toast(error.message);
      return null;
    }
    if (this.view?.id === chat.id) {
      this.view.pendingStart = start ?? this.view.pendingStart;
      this.view.chat = chat;
      this.view.composer.draw();
      return this.view;
    }
    const view = new ChatView(this, chat, { start });
    this.view = view;
    this.device.replaceChildren(view.element);
    this.page.changed();
    this.page.happened("opened", { phone: this, view });
    await view.load().catch((error) => this.toast(error.message));
    if (focus) (view.element.querySelector(".big-button") ?? view.composer.field).focus({ preventScroll: true });
    return view;
  }

  showList() {
    const left = this.view?.id;
    this.view = null;
    this.device.replaceChildren(this.list.element);
    this.list.shown();
    this.page.changed();
    const row = this.list.rows.get(left)?.element;
    (row ?? this.list.search).focus({ preventScroll: true });
  }

  key(event) {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    if (this.closeSheet) this.closeSheet();
    else if (this.view) this.showList();
  }

  refresh = (id) => (this.view?.id === id ? this.view.refresh() : undefined);
  reload = (id) => (this.view?.id === id ? this.view.load() : undefined);

  happened(kind, data) {
    this.page.happened(kind, { phone: this, ...data });
  }

  // --- What the stream says -------------------------------------------------------------------

  async catchUp() {
    await this.list.load();
    await this.view?.catchUp();
    this.onSessions?.();
  }

  take(kind, event) {
    const view = this.view?.id === event.chat ? this.view : null;
    switch (kind) {
      case "message":
        if (view) view.take(kind, event);
        else this.banner(event);
        break;
      case "edited": case "deleted": case "reactions": view?.take(kind, event); break;
      case "typing": view?.typing(event); break;
      case "chat": this.chatChanged(event, view); break;
      case "sessions": this.onSessions?.(); break;
      case "reset": this.catchUp().catch((error) => this.toast(error.message)); break;
      default:
    }
  }

  chatChanged({ chat, row, facts }, view) {
    if (row) this.list.put(row);
    else this.list.drop(chat);
    if (facts) view?.refresh();
  }

  // --- Words over the screen ------------------------------------------------------------------

  toast(words) {
    this.toastElement?.remove();
    clearTimeout(this.toastTimer);
    this.toastElement = h("div", { class: "toast", role: "status", dir: "auto" }, words);
    this.device.append(this.toastElement);
    this.toastTimer = setTimeout(() => this.toastElement.remove(), TOAST_MS + words.length * 25);
  }

  banner({ chat, message }) {
    if (message.outgoing || message.silent || !this.view) return;
    const title = this.list.rows.get(chat)?.chat.title ?? message.from?.name ?? "";
    this.bannerElement?.remove();
    clearTimeout(this.bannerTimer);
    this.bannerElement = h("button", { class: "banner", onclick: () => { this.bannerElement.remove(); this.open(chat); } },
      avatar({ id: chat, title }), h("span", {}, h("b", { dir: "auto" }, title), h("span", { dir: "auto" }, summary(message))));
    this.device.append(this.bannerElement);
    this.bannerTimer = setTimeout(() => this.bannerElement.remove(), BANNER_MS);
  }
}
