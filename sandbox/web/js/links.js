// Where a tapped link leads: inside the phone when Telegram owns it, else to a question.
// https://core.telegram.org/api/links
import { copyText } from "./dom.js";
import { alertBox, openExternal } from "./cover.js";
import { openCreateBot } from "./sheets.js";

/** `target`: {url, shown?} | {username} | {user} | {command} | {copy} */
export async function followLink(phone, target, { view } = {}) {
  if (target.copy !== undefined) {
    await copyText(target.copy);
    return phone.toast("Copied");
  }
  if (target.command) {
    if (!view) return undefined;
    return phone.person.send(view.id, { text: target.command, topic: view.topic }).then((m) => view.sent(m), (e) => phone.toast(e.message));
  }
  if (target.username) return open(phone, target.username);
  if (target.user) return phone.open(target.user);
  return followUrl(phone, target.url);
}

async function followUrl(phone, raw) {
  const place = parse(raw);
  if (!place) return openExternal(phone, raw);
  if (place.login) {
    return alertBox(phone, "This link logs a new device in. Show its QR code on one screen and scan it with this phone: press “Scan QR” above.");
  }
  if (place.manager) {
    const manager = await find(phone, place.manager);
    if (!manager) return undefined;
    return openCreateBot(phone, { manager, suggested_username: place.username, suggested_name: place.name });
  }
  return open(phone, place.username, place);
}

async function find(phone, username) {
  try {
    return await phone.person.chat(`@${username}`);
  } catch {
    phone.toast(`There is nobody called @${username} here.`);
    return null;
  }
}

async function open(phone, username, { start = null, message = null } = {}) {
  const chat = await find(phone, username);
  if (!chat) return;
  const view = await phone.open(chat.id, { start: chat.kind === "bot" ? start : null });
  if (message) await view?.reveal(message);
}

/** Telegram's own links as {username, start?, message?}, {manager, username, name} or {login}. */
export function parse(raw) {
  let url;
  try {
    url = new URL(raw);
  } catch {
    return null;
  }
  const query = url.searchParams;
  if (url.protocol === "tg:") {
    const action = url.host || url.pathname.replaceAll("/", "");
    if (action === "login") return { login: true };
    if (action === "resolve" && query.get("domain")) return { username: query.get("domain"), start: query.get("start") };
    if (action === "newbot") return { manager: query.get("manager"), username: query.get("username") ?? "", name: query.get("name") ?? "" };
    return null;
  }
  if (!/^(t\.me|telegram\.me|telegram\.dog)$/.test(url.host)) return null;
  const parts = url.pathname.split("/").filter(Boolean);
  if (parts[0] === "newbot" && parts[1]) return { manager: parts[1], username: parts[2] ?? "", name: query.get("name") ?? "" };
  if (parts.length === 0 || !/^\w{4,32}$/.test(parts[0])) return null;
  return { username: parts[0], start: query.get("start"), message: Number(parts.at(-1)) || null };
}
