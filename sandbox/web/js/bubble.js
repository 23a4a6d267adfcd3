// One message as an element.
import { avatar, h, hue, icon } from "./dom.js";
import { emojiCount, endsRightToLeft, length, rich, size, summary, time } from "./format.js";
import { inlineKeys } from "./keyboards.js";
import { openLightbox } from "./cover.js";

/** `view` is the chat of the message. */
export function renderMessage(message, view) {
  if (message.service) {
    return h("div", {
      class: "service", data: { message: message.id, kind: message.service.kind }, dir: "auto",
    }, message.service.text);
  }
  const element = h("article", {
    class: "msg", tabindex: "-1",
    data: { message: message.id, side: message.outgoing && !view.isChannel ? "out" : "in", edited: String(message.edited) },
    "aria-label": `${message.outgoing ? "You" : (message.from?.name ?? "")}, ${time(message.date)}`,
  });
  if (view.isGroup && !message.outgoing) element.append(avatar({ id: message.from.id, title: message.from.name }));
  element.append(h("div", { class: "stack" }, bubble(message, view), inlineKeys(message, view)));
  return element;
}

function bubble(message, view) {
  const media = message.media;
  const bare = media?.kind === "sticker" || media?.kind === "dice";
  const text = message.text ?? "";
  const picture = media && ["photo", "video", "animation"].includes(media.kind);
  const above = message.caption_above && text;
  const words = text && textLine(message, view);
  const element = h(
    "div", { class: `bubble${bare ? " bare" : ""}${message.keyboard?.inline ? " wide" : ""}` },
    view.isGroup && !message.outgoing && h("div", { class: "from", data: { hue: hue(message.from.id) } }, message.from.name),
    message.forwarded_from && h("div", { class: "forwarded" }, "Forwarded from ", h("b", {}, message.forwarded_from.name)),
    message.reply_to && quote(message, view),
    above && words,
    media && mediaBlock(message, view, picture && !text),
    !above && words,
    message.reactions?.length > 0 && reactions(message.reactions),
    stamp(message, view, picture && !text),
  );
  return element;
}

function textLine(message, view) {
  const emoji = message.media ? 0 : emojiCount(message.text);
  const nodes = rich(message.text, message.entities, (target) => view.follow(target, message));
  // The time is at the right: below a last line that ends at the left.
  const look = emoji ? `big${emoji > 1 ? " two" : ""}` : endsRightToLeft(message.text) ? "rtl" : "";
  return h("div", { class: `text ${look}`, dir: "auto" }, ...nodes);
}

function stamp(message, view, over) {
  return h(
    "span", { class: `stamp${over ? " over" : ""}` },
    message.views > 0 && [icon("eye"), message.views],
    message.edited && "edited",
    h("time", { datetime: new Date(message.date * 1000).toISOString() }, time(message.date)),
    message.outgoing && !view.isChannel && icon("checks"),
  );
}

function quote(message, view) {
  const answered = view.find(message.reply_to);
  return h(
    "button", { class: "quote", onclick: () => view.reveal(message.reply_to) },
    h("b", {}, answered?.outgoing ? "You" : (answered?.from?.name ?? "Reply")),
    h("span", { dir: "auto" }, message.quote || (answered ? summary(answered) : "Message")),
  );
}

export const reactions = (list) =>
  h("div", { class: "reactions" }, ...list.map(({ emoji, count }) => h("span", {}, count > 1 ? `${emoji} ${count}` : emoji)));

function mediaBlock(message, view, only) {
  const media = message.media;
  switch (media.kind) {
    case "photo": return photo(message, only);
    case "video": case "animation": case "video_note": return film(media, only);
    case "sticker": return h("div", { class: "sticker" }, h("img", { src: media.url, alt: media.emoji || "Sticker", loading: "lazy" }));
    case "voice": case "audio": return sound(media);
    case "contact": return contact(media, view);
    case "location": return place(media);
    case "poll": return poll(message, view);
    case "dice": return h("div", { class: "text big" }, `${media.emoji} ${media.value}`);
    case "document": return file(media);
    default: return h("div", { class: "text" }, `[${media.name || media.kind}]`);
  }
}

function photo(message, only) {
  const media = message.media;
  const image = h("img", {
    src: media.url, alt: message.text ? "" : "Photo", decoding: "async",
    width: media.width || null, height: media.height || null,
    onload: (event) => {
      if (event.target.naturalWidth < 240) event.target.classList.add("pixelated");
    },
  });
  const button = h("button", {
    class: `photo${only ? " only" : ""}${media.spoiler ? " blurred" : ""}`, "aria-label": "Open the photo",
    onclick: () => (button.classList.contains("blurred") ? button.classList.remove("blurred") : openLightbox(media.url)),
  }, image);
  return button;
}

function film(media, only) {
  const moving = media.kind === "animation";
  const playable = media.mime?.startsWith("video/");
  return h("div", { class: `photo${only ? " only" : ""}` },
    playable
      ? h("video", { src: media.url, controls: !moving, autoplay: moving, loop: moving, muted: moving, playsinline: true, preload: "metadata" })
      : h("img", { src: media.url, alt: "GIF", loading: "lazy" }));
}

function sound(media) {
  const player = new Audio();
  player.preload = "none";
  const button = h("button", { "aria-label": "Play", onclick: toggle }, icon("play"));
  function toggle() {
    if (!player.src) player.src = media.url;
    if (player.paused) player.play().catch(() => draw());
    else player.pause();
  }
  const draw = () => {
    button.replaceChildren(icon(player.paused ? "play" : "pause"));
    button.setAttribute("aria-label", player.paused ? "Play" : "Pause");
  };
  for (const moment of ["play", "pause", "ended"]) player.addEventListener(moment, draw);
  const bars = Array.from({ length: 26 }, (_, i) => 4 + ((media.size * 31 + i * i * 7 + i * 13) % 17));
  return h(
    "div", { class: "voice" }, button,
    h("div", {},
      media.kind === "audio"
        ? h("b", {}, media.title || media.name || "Audio")
        : h("div", { class: "wave", "aria-hidden": "true" }, ...bars.map((tall) => h("i", { style: `height:${tall}px` }))),
      h("small", {}, media.performer || (media.duration ? length(media.duration) : size(media.size)))),
  );
}

const file = (media) =>
  h("a", { class: "file", href: media.url, download: media.name || "file" },
    h("i", {}, icon("file")),
    h("span", {}, h("b", {}, media.name || "File"), h("small", {}, size(media.size ?? 0))));

const contact = (media, view) =>
  h("div", { class: "card-line" },
    avatar({ id: media.user_id ?? 3, title: media.first_name }),
    h("div", {}, h("b", {}, `${media.first_name} ${media.last_name ?? ""}`),
      h("div", {}, h("a", { href: "#", onclick: (event) => { event.preventDefault(); view.follow({ copy: media.phone_number }); } }, media.phone_number))));

const place = (media) =>
  h("div", {}, h("div", { class: "map" }, icon("place")),
    h("div", { class: "text" }, media.title ? `${media.title}\n${media.address}` : `${media.latitude.toFixed(5)}, ${media.longitude.toFixed(5)}`));

function poll({ id, media }, view) {
  const { person, account } = view.phone;
  const voted = (option) => option.voted.includes(account.id);
  const option = (one, index) => h("button", {
    class: "option", dir: "auto", "aria-pressed": String(voted(one)), disabled: media.closed,
    onclick: () => person.vote(view.id, id, voted(one) ? [] : [index]).catch((error) => view.phone.toast(error.message)),
  }, h("span", {}, one.text), one.voters > 0 && h("i", {}, one.voters));
  const words = media.closed ? "Final results" : `${media.anonymous ? "Anonymous " : ""}${media.quiz ? "quiz" : "poll"}`;
  return h("div", { class: "poll" }, h("b", { dir: "auto" }, media.question), h("small", {}, words), ...media.options.map(option));
}
