// Dates, sizes, and Telegram's entities as elements.
import { h } from "./dom.js";

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hour12: false });
const weekday = new Intl.DateTimeFormat(undefined, { weekday: "short" });
const dayMonth = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long" });
const short = new Intl.DateTimeFormat(undefined, { day: "2-digit", month: "2-digit", year: "2-digit" });
const DAY = 86_400_000;

const dayOf = (unix) => new Date(unix * 1000).setHours(0, 0, 0, 0);
export const time = (unix) => clock.format(unix * 1000);
export const sameDay = (a, b) => dayOf(a) === dayOf(b);

export function dayName(unix) {
  const ago = Math.round((new Date().setHours(0, 0, 0, 0) - dayOf(unix)) / DAY);
  return ago === 0 ? "Today" : ago === 1 ? "Yesterday" : dayMonth.format(unix * 1000);
}

export function listTime(unix) {
  const ago = (new Date().setHours(0, 0, 0, 0) - dayOf(unix)) / DAY;
  return ago <= 0 ? time(unix) : ago < 7 ? weekday.format(unix * 1000) : short.format(unix * 1000);
}

export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 ** 2 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}

export const length = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

const KIND_WORDS = {
  photo: "Photo", video: "Video", voice: "Voice message", audio: "Audio", document: "File", animation: "GIF",
  sticker: "Sticker", poll: "Poll", contact: "Contact", location: "Location", video_note: "Video message", venue: "Place",
};

/** One line for a chat list, a reply quote, a notification. */
export function summary(message) {
  if (message.service) return message.service.text;
  const text = maskSpoilers(message).replace(/\s+/g, " ").trim();
  if (!message.media) return text;
  if (text) return text;
  const { kind, name } = message.media;
  return kind === "document" && name ? name : (KIND_WORDS[kind] ?? kind);
}

function maskSpoilers(message) {
  let text = message.text ?? "";
  for (const entity of message.entities ?? []) {
    if (entity.type !== "spoiler") continue;
    const end = entity.offset + entity.length;
    text = text.slice(0, entity.offset) + "▒".repeat(entity.length) + text.slice(end);
  }
  return text;
}

/** Text with entities → nodes. Offsets are UTF-16 units, which is what JS strings count in. */
export function rich(text, entities, onLink) {
  const sorted = (entities ?? []).map((e) => ({ ...e, end: e.offset + e.length }))
    .sort((a, b) => a.offset - b.offset || b.end - a.end);
  return nest(text, sorted, 0, text.length, onLink);
}

function nest(text, entities, from, to, onLink) {
  const nodes = [];
  let at = from;
  for (let i = 0; i < entities.length; i++) {
    const entity = entities[i];
    if (entity.offset < at || entity.end > to) continue;
    if (entity.offset > at) nodes.push(afterBlock(text.slice(at, entity.offset), nodes));
    const inner = entities.slice(i + 1).filter((e) => e.offset >= entity.offset && e.end <= entity.end);
    nodes.push(wrap(entity, nest(text, inner, entity.offset, entity.end, onLink), text.slice(entity.offset, entity.end), onLink));
    at = entity.end;
  }
  if (at < to) nodes.push(afterBlock(text.slice(at, to), nodes));
  return nodes;
}

/** A block ends its line by itself: the line feed after it would make an empty one. */
const afterBlock = (text, nodes) =>
  (/^(PRE|BLOCKQUOTE)$/.test(nodes.at(-1)?.nodeName) ? text.replace(/^\n/, "") : text);

const PLAIN = { bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code" };

function wrap(entity, children, raw, onLink) {
  const link = (target, href) => h("a", {
    href: href ?? "#", rel: "noreferrer",
    onclick: (event) => { event.preventDefault(); event.stopPropagation(); onLink(target); },
  }, ...children);
  switch (entity.type) {
    case "bold": case "italic": case "underline": case "strikethrough": case "code":
      return h(PLAIN[entity.type], entity.type === "code" ? { onclick: () => onLink({ copy: raw }), title: "Copy" } : {}, ...children);
    case "pre":
      return h("pre", { data: { language: entity.language || null } }, h("code", {}, ...children));
    case "spoiler":
      return h("span", {
        class: "spoiler", role: "button", tabindex: "0", "aria-label": "Hidden text",
        onclick: (event) => reveal(event.currentTarget),
        onkeydown: (event) => { if (event.key === "Enter") reveal(event.currentTarget); },
      }, ...children);
    case "blockquote":
      return h("blockquote", {}, ...children);
    case "expandable_blockquote":
      return h("blockquote", { class: "folded", onclick: (event) => event.currentTarget.classList.toggle("folded") }, ...children);
    case "text_link": return link({ url: entity.url, shown: raw }, entity.url);
    case "url": return link({ url: /^[a-z]+:/i.test(raw) ? raw : `https://${raw}` }, raw);
    case "email": return link({ url: `mailto:${raw}` });
    case "phone_number": return link({ copy: raw });
    case "mention": return link({ username: raw.slice(1) });
    case "text_mention": return link({ user: entity.user?.id });
    case "bot_command": return link({ command: raw });
    case "hashtag": case "cashtag": return link({ copy: raw });
    default: return h("span", {}, ...children);
  }
}

function reveal(element) {
  element.classList.add("shown");
  element.removeAttribute("role");
}

const STRONG = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]|(\p{L})/u;

/** Does the last paragraph run from right to left? */
export function endsRightToLeft(text) {
  const found = STRONG.exec(text.slice(text.lastIndexOf("\n") + 1));
  return found !== null && found[1] === undefined;
}

const EMOJI = /^(\p{Extended_Pictographic}|\p{Emoji_Component}|\u200d|\ufe0f)+$/u;

/** 1 to 3 when the text is nothing but so many emoji, else 0. */
export function emojiCount(text) {
  if (text.length > 24 || !EMOJI.test(text) || /^[\d#*]+$/.test(text)) return 0;
  const count = [...new Intl.Segmenter().segment(text)].length;
  return count <= 3 ? count : 0;
}
