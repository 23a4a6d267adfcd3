// Messages in order, as elements that come, change and go one by one: the list is never redrawn.
import { h } from "./dom.js";
import { dayName, sameDay } from "./format.js";
import { renderMessage } from "./bubble.js";

const TOGETHER = 300; // seconds: messages of one sender closer than this stand together
const LEAVING_MS = 170;

export class MessageList {
  constructor() {
    this.order = []; // ids, ascending
    this.items = new Map(); // id → {message, element}
    this.days = new Map(); // first id of a day → its chip
    this.list = h("div", { class: "messages", role: "log", "aria-live": "polite" });
  }

  empty() {
    this.order = [];
    this.items.clear();
    this.days.clear();
    this.list.replaceChildren();
  }

  /** Put messages in place; `fresh` ones slide in. Changes only them and adjacent ones. */
  insert(messages, fresh = false) {
    const places = [];
    for (const message of messages) {
      if (this.items.has(message.id)) continue;
      const element = renderMessage(message, this);
      if (fresh) element.classList.add("fresh");
      this.items.set(message.id, { message, element });
      const place = this.placeOf(message.id);
      this.order.splice(place, 0, message.id);
      const next = this.order[place + 1];
      const anchor = next === undefined ? null : (this.days.get(next) ?? this.items.get(next).element);
      this.list.insertBefore(element, anchor);
      places.push(message.id);
    }
    for (const id of places) this.settle(this.order.indexOf(id));
  }

  placeOf(id) {
    if (!this.order.length || id > this.order.at(-1)) return this.order.length;
    let low = 0;
    let high = this.order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.order[middle] < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  settle(place) {
    for (const index of [place, place + 1]) this.markDay(index);
    for (const index of [place - 1, place, place + 1]) this.group(index);
  }

  at = (index) => this.items.get(this.order[index]);

  markDay(index) {
    const item = this.at(index);
    if (!item) return;
    const before = this.at(index - 1);
    const { id, date } = item.message;
    const needed = !before || !sameDay(before.message.date, date);
    if (needed && !this.days.has(id)) {
      const chip = h("div", { class: "day" }, dayName(date));
      this.days.set(id, chip);
      item.element.before(chip);
    } else if (!needed && this.days.has(id)) {
      this.days.get(id).remove();
      this.days.delete(id);
    }
  }

  group(index) {
    const item = this.at(index);
    if (!item || item.message.service) return;
    item.element.classList.toggle("joined", this.joined(this.at(index - 1), item));
    item.element.classList.toggle("joined-next", this.joined(item, this.at(index + 1)));
  }

  joined(one, next) {
    if (!one || !next || one.message.service || next.message.service) return false;
    const [a, b] = [one.message, next.message];
    return a.from?.id === b.from?.id && a.outgoing === b.outgoing && b.date - a.date < TOGETHER && sameDay(a.date, b.date)
      && !a.keyboard?.inline;
  }

  takeOut(id, { element }) {
    const place = this.order.indexOf(id);
    this.order.splice(place, 1);
    this.items.delete(id);
    this.days.get(id)?.remove();
    this.days.delete(id);
    element.classList.add("leaving");
    setTimeout(() => element.remove(), LEAVING_MS);
    this.settle(place);
  }

  find = (id) => this.items.get(id)?.message;

  latest = (matches) => {
    for (let i = this.order.length - 1; i >= 0; i--) {
      const { message } = this.items.get(this.order[i]);
      if (matches(message)) return message;
    }
    return null;
  };
}
