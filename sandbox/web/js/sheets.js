// The sheets of a phone: profile, new bot, sessions, scanner, new person.
import { post } from "./api.js";
import { attempt, sheet } from "./cover.js";
import { avatar, copyText, h, icon } from "./dom.js";
import { listTime } from "./format.js";
import { QR_HELP, findCodes } from "./scanner.js";

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
