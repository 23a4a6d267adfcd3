// The control API (docs/sandbox.md), as the page uses it.

const WORDS = {
  USERNAME_INVALID: "Usernames have 5 to 32 letters, digits and _; a bot’s ends in “bot”.",
  USERNAME_OCCUPIED: "This username is taken.",
  BOT_CREATE_LIMIT_EXCEEDED: "You have 20 bots already, which is the most.",
  BOT_CAN_NOT_MANAGE_BOTS: "This bot may not create bots.",
  BOT_ACCESS_FORBIDDEN: "This bot’s owner lets only some people use it.",
  PHONE_NUMBER_OCCUPIED: "Somebody has this number.",
  YOU_BLOCKED_USER: "You have blocked them.",
  USER_IS_BLOCKED: "They have blocked you.",
  MESSAGE_ID_INVALID: "This message is not there any more.",
  AUTH_TOKEN_EXPIRED: "This code has expired. A new one comes by itself: scan that.",
  AUTH_TOKEN_INVALID: "This is no login code of this Telegram.",
  AUTH_TOKEN_ALREADY_ACCEPTED: "This code was scanned already.",
  "message is not modified": "Nothing was changed.",
};

function inWords(error) {
  const known = Object.keys(WORDS).find((name) => error.includes(name));
  return known ? WORDS[known] : error.replace(/^(Bad Request|Forbidden): /, "");
}

export class Refused extends Error {
  constructor(status, body) {
    super(body?.error ? inWords(body.error) : `The sandbox answered ${status}.`);
    this.status = status;
    this.field = body?.field ?? null;
  }
}

async function ask(method, path, body) {
  const form = body instanceof FormData;
  let response;
  try {
    response = await fetch(`/sandbox/${path}`, {
      method,
      headers: body && !form ? { "Content-Type": "application/json" } : undefined,
      body: form ? body : body && JSON.stringify(body),
    });
  } catch {
    throw new Refused(0, { error: "The sandbox can't be reached." });
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new Refused(response.status, answer);
  return answer;
}

export const get = (path) => ask("GET", path);
export const post = (path, body) => ask("POST", path, body ?? {});
export const patch = (path, body) => ask("PATCH", path, body);
export const remove = (path) => ask("DELETE", path);

/** Requests of one person. */
export class Person {
  constructor(id) {
    this.root = `accounts/${id}`;
  }

  chats = () => get(`${this.root}/chats`);
  chat = (ref) => get(`${this.root}/chats/${encodeURIComponent(ref)}`);
  messages = (chat, query) => get(`${this.root}/chats/${chat}/messages?${new URLSearchParams(query)}`);
  press = (body) => post(`${this.root}/press`, body);
  edit = (chat, id, text) => patch(`${this.root}/chats/${chat}/messages/${id}`, { text });
  remove = (chat, id) => remove(`${this.root}/chats/${chat}/messages/${id}`);
  clear = (chat) => remove(`${this.root}/chats/${chat}`);
  read = (chat, id) => post(`${this.root}/read`, { chat, message_id: id });
  forward = (chat, from, ids) => post(`${this.root}/forward`, { chat, from_chat: from, message_ids: ids });
  block = (chat) => post(`${this.root}/block`, { chat });
  unblock = (chat) => post(`${this.root}/unblock`, { chat });
  join = (chat) => post(`${this.root}/join`, { chat });
  leave = (chat) => post(`${this.root}/leave`, { chat });
  vote = (chat, id, options) => post(`${this.root}/chats/${chat}/messages/${id}/vote`, { options });
  react = (chat, id, emoji) => post(`${this.root}/chats/${chat}/messages/${id}/react`, { emoji });
  sessions = () => get(`${this.root}/sessions`);
  terminate = (hash) => remove(`${this.root}/sessions/${hash}`);
  scan = (url) => post(`${this.root}/scan`, { url });
  createBot = (body) => post(`${this.root}/create-managed-bot`, body);

  send(chat, { text, file, asFile, replyTo, topic }) {
    if (!file) {
      return post(`${this.root}/send`, {
        chat, text, ...(replyTo && { reply_to: replyTo }), ...(topic && { topic }),
      });
    }
    const form = new FormData();
    form.set("chat", chat);
    if (text) form.set("text", text);
    if (replyTo) form.set("reply_to", replyTo);
    if (topic) form.set("topic", topic);
    if (asFile) form.set("kind", "document");
    form.set("file", file, file.name || "photo.png");
    return post(`${this.root}/send`, form);
  }
}
