// Keyboards under messages and under the text field.
import { copyText, h, icon } from "./dom.js";
import { alertBox, askBox } from "./cover.js";
import { openCreateBot } from "./sheets.js";

export function inlineKeys(message, view) {
  const rows = message.keyboard?.inline;
  if (!rows?.length) return null;
  return h("div", { class: "inline-keys", role: "group", "aria-label": "Buttons of the message" },
    ...rows.map((row) => h("div", {}, ...row.map((button) => inlineKey(button, message, view)))));
}

function inlineKey(button, message, view) {
  const key = h("button", {
    class: "key", dir: "auto", data: { style: button.style, data: button.data },
    onclick: () => pressInline(key, button, message, view),
  }, button.text);
  if (button.url || button.web_app || button.login_url) key.append(cornerIcon("link"));
  if (button.copy_text) key.append(cornerIcon("copy"));
  return key;
}

function cornerIcon(name) {
  const mark = icon(name);
  mark.classList.add("corner");
  return mark;
}

async function pressInline(key, button, message, view) {
  const { phone } = view;
  const url = button.url || button.login_url?.url;
  if (url) return view.follow({ url, shown: button.text });
  if (button.copy_text) {
    await copyText(button.copy_text.text);
    return phone.toast("Copied");
  }
  if (button.data === undefined) return phone.toast("The sandbox has no such button yet.");
  key.classList.add("waiting");
  key.setAttribute("aria-busy", "true");
  try {
    const { answer } = await phone.person.press({ chat: view.id, message_id: message.id, data: button.data });
    phone.happened("pressed", { view, message, button });
    if (!answer) return undefined;
    if (answer.url) view.follow({ url: answer.url });
    if (answer.text && answer.alert) return alertBox(phone, answer.text);
    if (answer.text) phone.toast(answer.text);
  } catch (error) {
    phone.toast(error.message);
  } finally {
    key.classList.remove("waiting");
    key.removeAttribute("aria-busy");
  }
  return undefined;
}

export function replyKeys(keyboard, messageId, view, onPressed) {
  const rows = keyboard.reply;
  return h("div", { class: "reply-keys", role: "group", "aria-label": "Keyboard of the bot" },
    ...rows.map((row) => h("div", {}, ...row.map((button) => {
      return h("button", {
        dir: "auto", data: { style: button.style },
        onclick: async () => { if (await pressReply(button, messageId, view)) onPressed(button); },
      }, button.text);
    }))));
}

async function pressReply(button, messageId, view) {
  const { phone } = view;
  if (button.request_managed_bot) return openCreateBot(phone, { manager: view.chat, ...button.request_managed_bot });
  if (button.request_contact) {
    const words = `Share your phone number with ${view.chat.title}?`;
    if (!(await askBox(phone, words, "Share"))) return false;
  }
  if (button.request_location && !(await askBox(phone, `Share your location with ${view.chat.title}?`, "Share"))) return false;
  try {
    const { message } = await phone.person.press({ chat: view.id, message_id: messageId, text: button.text });
    if (message) view.sent(message);
    return true;
  } catch (error) {
    phone.toast(error.message);
    return false;
  }
}
