// The guide: steps to try, ticked off when done.
import { h, icon } from "./dom.js";

const CONTROL = "ControlBot";
const STORE = "guide-steps"; // of one run of the sandbox: a new world begins anew
const isControl = (view) => view?.chat.username === CONTROL;
const isTenantBot = (view) => view?.chat.kind === "bot" && !isControl(view) && view.chat.username !== "BotFather";

/** `who` and `chat` say which phone and chat “Show me” brings up (null: the bot that was made);
 * `done(kind, event)` ticks. */
const STEPS = [
  {
    key: "start", title: "Start the control bot", who: "tenant", chat: `@${CONTROL}`,
    text: "Maya wants a bot of her own. Press START in her chat with Control Bot.",
    done: (kind, { view }) => (kind === "started" || kind === "sent") && isControl(view),
  },
  {
    key: "create", title: "Create a bot with one tap", who: "tenant", chat: `@${CONTROL}`,
    text: "Choose a language, agree, then “Create a bot”. Or bring a token from BotFather’s /newbot.",
    done: (kind, { message }) => kind === "created"
      || (kind === "sent" && /\b\d{6,}:[\w-]{30,}/.test(message.text)),
  },
  {
    key: "connect", title: "Connect Maya’s account", who: "tenant", chat: `@${CONTROL}`,
    text: "Choose QR, then press “Scan QR” above Maya’s phone. By phone number, the code comes from Telegram; press its digits.",
    done: (kind, { account, phone }) => kind === "sessions" && account === phone?.account.id,
  },
  {
    key: "open", title: "Let the bot write to Maya", who: "tenant", chat: `@${CONTROL}`,
    text: "Press “Open my bot” in Control Bot’s card, then START. Bots may write only to people who did.",
    done: (kind, { view, phone }, roles) => kind === "started" && isTenantBot(view) && phone.account.id === roles.tenant,
  },
  {
    key: "write", title: "Write to the new bot", who: "visitor", chat: null,
    text: "On Omid’s phone, open the new bot (“Show me” finds it), press START and write something.",
    done: (kind, { view, message }) => kind === "sent" && isTenantBot(view) && !message.text.startsWith("/"),
  },
  {
    key: "answer", title: "Answer as Maya", who: "tenant", chat: null,
    text: "The message waits in Maya’s chat with her bot. Reply to it there, and Omid gets the answer.",
    done: (kind, { view, message }) => kind === "sent" && isTenantBot(view) && Boolean(message.reply_to),
  },
  {
    key: "admin", title: "Look after it as the owner", who: "admin", chat: `@${CONTROL}`,
    text: "On Dana’s phone, send /admin to Control Bot: everybody’s bots are there.",
    done: (kind, { view, message, phone }, roles) => kind === "sent" && isControl(view)
      && phone.account.id === roles.admin && /^\/admin\b/.test(message.text),
  },
  {
    key: "suspend", title: "Suspend a bot, then let it go on", who: "admin", chat: `@${CONTROL}`,
    text: "Open Maya’s bot in the list, tap Suspend and choose a reason; Maya is told why. Then lift the suspension.",
    // A button's data ends with its name, which is the same in every language.
    done: (kind, { view, button }) => kind === "pressed" && isControl(view) && /\bresume$/.test(button.data),
  },
];

export class Guide {
  /** `show(who, chat)` brings up somebody's phone and a chat; `roles()` says who is who;
   * `close()` hides the guide. */
  constructor(element, { run, roles, show, close }) {
    this.element = element;
    this.roles = roles;
    this.show = show;
    this.close = close;
    const kept = JSON.parse(localStorage.getItem(STORE) ?? "{}");
    this.run = run;
    this.ticked = new Set(kept.run === run ? kept.ticked : []);
    this.bot = kept.run === run ? kept.bot ?? null : null;
    this.items = new Map();
    this.build();
    this.draw();
  }

  build() {
    const steps = STEPS.map((step) => {
      const item = h("li", { class: "step", data: { step: step.key } },
        h("h3", {}, step.title), h("p", {}, step.text),
        h("button", { class: "show", onclick: () => this.show(step.who, step.chat ?? this.bot) }, "Show me"));
      this.items.set(step.key, item);
      return item;
    });
    this.element.replaceChildren(
      h("header", { class: "guide-head" }, h("h2", {}, "Try this"),
        h("button", { class: "round", "aria-label": "Close the guide", title: "Close the guide", onclick: () => this.close() }, icon("close"))),
      h("p", {}, "Everything here is pretend: the people, their phones and this Telegram. The bots are real programs."),
      h("ol", { class: "steps" }, ...steps),
    );
  }

  happened(kind, event) {
    this.meet(event.bot ?? (isTenantBot(event.view) ? event.view.chat : null));
    for (const step of STEPS) {
      if (this.ticked.has(step.key) || !step.done(kind, event, this.roles())) continue;
      this.ticked.add(step.key);
      this.keep();
      this.draw();
    }
  }

  /** Store the bot that the guide is about. */
  meet(bot) {
    if (!bot?.username || this.bot === `@${bot.username}`) return;
    this.bot = `@${bot.username}`;
    this.keep();
  }

  keep() {
    localStorage.setItem(STORE, JSON.stringify({ run: this.run, ticked: [...this.ticked], bot: this.bot }));
  }

  draw() {
    const now = STEPS.find((step) => !this.ticked.has(step.key))?.key;
    for (const [key, item] of this.items) {
      item.dataset.state = this.ticked.has(key) ? "done" : key === now ? "now" : "later";
      if (key === now) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
    }
  }
}
