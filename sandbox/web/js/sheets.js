// What slides over a phone: menus, questions, alerts, profile, sessions, scanner, new bot.
import { arrows, avatar, copyText, h, icon } from "./dom.js";
import { listTime } from "./format.js";
import { post } from "./api.js";
import { QR_HELP, findCodes } from "./scanner.js";

/** Cover the phone with a panel. Returns {close, closed}; Esc and a tap outside close it. */
export function cover(phone, panel, { centred = false, value = undefined } = {}) {
  phone.closeSheet?.();
  phone.toastElement?.remove();
  const before = document.activeElement;
  let done;
  const closed = new Promise((resolve) => { done = resolve; });
  const veil = h("div", {
    class: `veil${centred ? " centred" : ""}`,
    onclick: (event) => { if (event.target === veil) close(value); },
    onkeydown: (event) => {
      if (event.key === "Escape") { event.stopPropagation(); close(value); }
      if (event.key === "Tab") trap(event, panel);
    },
  }, panel);
  function close(result) {
    if (!veil.isConnected) return;
    veil.remove();
    phone.closeSheet = null;
    if (before?.isConnected) before.focus({ preventScroll: true });
    done(result);
  }
  phone.closeSheet = () => close(value);
  phone.device.append(veil);
  (panel.querySelector("[autofocus], input:not([hidden])") ?? panel.querySelector(".button") ?? panel).focus({ preventScroll: true });
  return { close, closed };
}

function trap(event, panel) {
  const stops = [...panel.querySelectorAll("button:not(:disabled), input, a[href]")];
  const edge = event.shiftKey ? stops[0] : stops.at(-1);
  if (document.activeElement !== edge && panel.contains(document.activeElement)) return;
  event.preventDefault();
  (event.shiftKey ? stops.at(-1) : stops[0])?.focus();
}

function sheet(phone, title, ...children) {
  let covering;
  const panel = h("div", { class: "sheet", role: "dialog", "aria-label": title, tabindex: "-1" },
    h("header", {}, h("h3", {}, title), h("button", { class: "round", "aria-label": "Close", onclick: () => covering.close() }, icon("close"))),
    ...children);
  arrows(panel, ".item, .row");
  covering = cover(phone, panel);
  return covering;
}

function box(phone, words, buttons, role) {
  let covering;
  const panel = h("div", { class: "sheet", role, "aria-label": words, tabindex: "-1" },
    h("div", { class: "body" }, h("p", { class: "said", dir: "auto" }, words)),
    h("div", { class: "pair" }, ...buttons.map(([label, value, kind, autofocus]) =>
      h("button", { class: `button ${kind}`, autofocus, onclick: () => covering.close(value) }, label))));
  covering = cover(phone, panel, { centred: true, value: false });
  return covering.closed;
}

export const alertBox = (phone, words) => box(phone, words, [["OK", true, "plain", true]], "alertdialog");

export const askBox = (phone, words, verb, { danger = false } = {}) =>
  box(phone, words, [["Cancel", false, "plain", false], [verb, true, danger ? "danger" : "plain", true]], "dialog");

export async function openExternal(phone, url) {
  if (await askBox(phone, `Open this link?\n\n${url}`, "Open")) window.open(url, "_blank", "noreferrer");
}

export function openLightbox(url) {
  const light = h("div", {
    class: "lightbox", role: "dialog", "aria-label": "Photo", tabindex: "-1",
    onclick: () => light.remove(),
    onkeydown: (event) => { event.stopPropagation(); if (["Escape", "Enter", " "].includes(event.key)) light.remove(); },
  }, h("img", { src: url, alt: "Photo", class: "pixelated" }));
  document.body.append(light);
  light.focus();
}

// --- Menus --------------------------------------------------------------------------------------

export function popup(phone, items, { clientX, clientY }) {
  phone.closePopup?.();
  const before = document.activeElement;
  const frame = phone.device.getBoundingClientRect();
  const menu = h("div", { class: "popup", role: "menu" }, ...items.filter(Boolean).map((item) => {
    if (Array.isArray(item[0])) {
      return h("div", { class: "quick" }, ...item.map(([emoji, action]) =>
        h("button", { role: "menuitem", "aria-label": `React ${emoji}`, onclick: () => { close(); action(); } }, emoji)));
    }
    const [name, words, action, danger] = item;
    return h("button", { class: `item${danger ? " danger" : ""}`, role: "menuitem", onclick: () => { close(); action(); } }, icon(name), words);
  }));
  const veil = h("div", {
    class: "popup-veil", onclick: () => close(), oncontextmenu: (event) => { event.preventDefault(); close(); },
  });
  function close() {
    veil.remove();
    menu.remove();
    phone.closePopup = null;
    if (before?.isConnected) before.focus({ preventScroll: true });
  }
  menu.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.stopPropagation(); close(); } });
  arrows(menu, ".item");
  phone.closePopup = close;
  phone.device.append(veil, menu);
  menu.style.left = `${Math.max(8, Math.min(clientX - frame.left, frame.width - menu.offsetWidth - 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(clientY - frame.top, frame.height - menu.offsetHeight - 8))}px`;
  menu.querySelector(".item")?.focus({ preventScroll: true });
}

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

// --- Profile ------------------------------------------------------------------------------------

export function openProfile(phone, chat) {
  let covering;
  const item = (name, words, small, action, danger = false) => h("button", {
    class: `item${danger ? " danger" : ""}`, onclick: async () => { covering.close(); await attempt(phone, action); },
  }, icon(name), h("div", {}, words, small && h("small", {}, small)));
  const isRoom = ["group", "supergroup", "channel"].includes(chat.kind);
  covering = sheet(phone, chat.kind === "bot" ? "Bot" : isRoom ? "Info" : "Profile",
    h("div", { class: "profile" }, avatar(chat), h("h4", { dir: "auto" }, chat.title),
      h("p", { dir: "auto" }, chat.about || "")),
    chat.username && item("copy", `@${chat.username}`, "Copy the link", async () => {
      await copyText(`https://t.me/${chat.username}`);
      phone.toast("Link copied");
    }),
    chat.phone && item("phone", chat.phone, "Phone", async () => { await copyText(chat.phone); phone.toast("Copied"); }),
    item("broom", "Clear the chat", "On this side only", async () => {
      await phone.person.clear(chat.id);
      await phone.reload(chat.id);
    }),
    !isRoom && chat.id !== 777000 && (chat.blocked
      ? item("ban", "Unblock", null, async () => { await phone.person.unblock(chat.id); await phone.refresh(chat.id); })
      : item("ban", chat.kind === "bot" ? "Stop and block" : "Block", null, async () => {
        await phone.person.block(chat.id);
        await phone.refresh(chat.id);
      }, true)),
    isRoom && chat.joined && item("forward", "Leave", null, async () => { await phone.person.leave(chat.id); await phone.refresh(chat.id); }, true),
  );
}

async function attempt(phone, action) {
  try {
    await action();
  } catch (error) {
    phone.toast(error.message);
  }
}

// --- Create a bot -------------------------------------------------------------------------------

/** Telegram's "create bot" sheet of managed bots. Resolves to the bot, or null. */
export function openCreateBot(phone, { manager, request_id = null, suggested_name = "", suggested_username = "" }) {
  const name = h("input", { name: "name", value: suggested_name, maxlength: 64, required: true, autocomplete: "off", dir: "auto" });
  const username = h("input", { name: "username", value: suggested_username, maxlength: 32, required: true, autocomplete: "off", spellcheck: "false", dir: "ltr" });
  const problem = h("small", { class: "error", role: "alert" });
  const create = h("button", { class: "button", type: "submit" }, "Create the bot");
  const form = h("form", {
    class: "body",
    onsubmit: async (event) => {
      event.preventDefault();
      create.disabled = true;
      problem.textContent = "";
      try {
        const bot = await phone.person.createBot({
          chat: manager.id, ...(request_id !== null && { request_id }), name: name.value.trim(), username: username.value.trim().replace(/^@/, ""),
        });
        phone.happened("created", { bot });
        covering.close(bot);
      } catch (error) {
        problem.textContent = error.message;
        create.disabled = false;
        (error.field === "name" ? name : username).focus();
      }
    },
  },
    h("p", {}, `${manager.title} will manage the new bot: it can start it, change it and answer through it. You own it.`),
    h("label", {}, "Name", name),
    h("label", {}, "Username, ending in “bot”", username, problem),
    create);
  const covering = sheet(phone, "New bot", form);
  return covering.closed.then((bot) => bot ?? null);
}

// --- Sessions -----------------------------------------------------------------------------------

export function openSessions(phone) {
  const list = h("div", {});
  const covering = sheet(phone, "Sessions", h("div", { class: "body" },
    h("p", {}, `Where ${phone.account.first_name}’s account is logged in, beside this phone.`)), list,
  h("div", { class: "body" }, h("button", { class: "button plain", onclick: () => openScanner(phone) }, "Link a device by QR")));
  const draw = async () => {
    const sessions = await phone.person.sessions();
    list.replaceChildren(...sessions.map((session) => h("div", { class: "item", data: { session: session.hash } },
      h("i", {}, icon("devices")),
      h("div", {}, session.device || "Unknown device", h("small", {}, `${session.app} · active ${listTime(session.active)}`)),
      h("button", {
        class: "tool error", "aria-label": `Terminate ${session.device}`,
        onclick: () => attempt(phone, async () => { await phone.person.terminate(session.hash); await draw(); }),
      }, "Terminate"))));
    if (!sessions.length) list.replaceChildren(h("p", { class: "empty" }, "No other device is logged in."));
  };
  phone.onSessions = () => attempt(phone, draw);
  covering.closed.then(() => { phone.onSessions = null; });
  attempt(phone, draw);
}

// --- Scan QR ------------------------------------------------------------------------------------

/** The phone's camera: it sees the QR codes in the chats that are open on the page. */
export function openScanner(phone) {
  const finder = h("div", { class: "viewfinder", "aria-live": "polite" }, "Looking for a QR code on the screen…");
  const words = h("p", { role: "status" }, QR_HELP);
  const accept = h("button", { class: "button", disabled: true, onclick: () => send(code?.url) }, "Log in the new device");
  const link = h("input", { placeholder: "tg://login?token=…", "aria-label": "Login link", autocomplete: "off", spellcheck: "false", dir: "ltr" });
  const form = h("form", { onsubmit: (event) => { event.preventDefault(); send(link.value.trim()); } }, h("label", {}, "Or paste a login link", link));
  const covering = sheet(phone, "Scan QR", h("div", { class: "body" }, finder, words, accept, form));
  let code = null;
  let stopped = false;

  async function look() {
    while (!stopped) {
      const [found] = await findCodes(phone);
      if (found && found.url !== code?.url) {
        code = found;
        finder.classList.add("found");
        finder.replaceChildren(h("img", { src: found.image, alt: "The QR code found", class: "pixelated" }));
        words.textContent = `A QR code that logs a new device in to ${phone.account.first_name}’s account.`;
        words.classList.remove("error");
        accept.disabled = false;
        if (document.activeElement === link && !link.value) accept.focus();
      }
      await new Promise((resolve) => setTimeout(resolve, 600));
    }
  }

  async function send(url) {
    if (!url) return;
    accept.disabled = true;
    try {
      await phone.person.scan(url);
      phone.happened("scanned", {});
      covering.close();
      phone.toast("The new device is logged in");
    } catch (error) {
      words.textContent = error.message;
      words.classList.add("error");
      accept.disabled = false;
    }
  }

  covering.closed.then(() => { stopped = true; });
  look();
}

// --- A new person -------------------------------------------------------------------------------

export function openNewPerson(phone) {
  const field = (label, props) => h("label", {}, label, h("input", { autocomplete: "off", ...props }));
  const problem = h("small", { class: "error", role: "alert" });
  const form = h("form", {
    class: "body",
    onsubmit: async (event) => {
      event.preventDefault();
      const given = Object.fromEntries([...new FormData(form)].filter(([, value]) => value.trim()));
      try {
        covering.close(await post("accounts", given));
      } catch (error) {
        problem.textContent = error.message;
      }
    },
  },
    field("First name", { name: "first_name", required: true, dir: "auto" }),
    field("Username (optional)", { name: "username", dir: "ltr" }),
    field("Language", { name: "language_code", value: "en", dir: "ltr" }),
    field("Two-step password (optional)", { name: "password", dir: "ltr" }),
    problem, h("button", { class: "button", type: "submit" }, "Join the world"));
  const covering = sheet(phone, "A new person", form);
  return covering.closed;
}
