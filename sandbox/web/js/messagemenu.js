// The menu of a message, and where to forward it.
import { avatar, copyText, h } from "./dom.js";
import { attempt, popup, sheet } from "./cover.js";

const QUICK = ["👍", "❤", "🔥", "🎉", "😁", "🙏"];

export function messageMenu(view, message, at) {
  const { phone, composer } = view;
  const canWrite = view.chat.can_write !== false && !view.chat.blocked;
  const react = (emoji) => attempt(phone, () => phone.person.react(view.id, message.id, emoji));
  popup(phone, [
    QUICK.map((emoji) => [emoji, () => react(emoji)]),
    canWrite && ["reply", "Reply", () => composer.replyTo(message)],
    message.text && ["copy", "Copy text", async () => { await copyText(message.text); phone.toast("Copied"); }],
    message.outgoing && canWrite && !message.media && !message.forwarded_from && ["edit", "Edit", () => composer.edit(message)],
    ["forward", "Forward", () => openForward(view, message)],
    ["trash", "Delete", () => composer.removeMessage(message), true],
  ], at);
}

async function openForward(view, message) {
  const { phone } = view;
  const chats = (await phone.person.chats()).filter((chat) => chat.can_write !== false && !chat.blocked);
  let covering;
  const rows = chats.map((chat) => h("button", {
    class: "row", data: { forwardTo: chat.id },
    onclick: async () => {
      covering.close();
      try {
        await phone.person.forward(chat.id, view.id, [message.id]);
        if (chat.id === view.id) return;
        phone.toast(`Forwarded to ${chat.title}`);
      } catch (error) {
        phone.toast(error.message);
      }
    },
  }, avatar(chat), h("div", { class: "row-main" }, h("div", { class: "row-title", dir: "auto" }, chat.title))));
  covering = sheet(phone, "Forward to", ...rows);
}
