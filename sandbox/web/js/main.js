// The page: its phones, the address that stores them, theme and guide.
import { get } from "./api.js";
import { arrows, avatar, h, icon } from "./dom.js";
import { Guide } from "./guide.js";
import { Phone } from "./phone.js";
import { openNewPerson } from "./sheets.js";
import { Stream } from "./stream.js";

const MOST = 3;
const THEMES = { auto: ["auto", "Theme: as the system"], light: ["sun", "Theme: light"], dark: ["theme", "Theme: dark"] };

const stage = document.getElementById("phones");
const note = document.getElementById("connection");
const guideElement = document.getElementById("guide");
const phones = [];
let cast = [];
let roles = {};
let guide = null;
let lost = false;

const page = {
  changed: saveAddress,
  happened: (kind, data) => guide?.happened(kind, data),
  pickPerson,
  activate(phone) {
    for (const other of phones) other.slot.dataset.active = String(other === phone);
  },
};

const stream = new Stream(
  (kind, event) => {
    if (kind === "cast") return void loadCast();
    if (kind === "reset" && event.account === undefined) return phones.forEach((phone) => phone.take(kind, event));
    for (const phone of phones) if (phone.account.id === event.account) phone.take(kind, event);
    if (kind === "sessions") page.happened(kind, { ...event, phone: phones.find((phone) => phone.account.id === event.account) });
    return undefined;
  },
  (state) => {
    note.textContent = state === "lost" ? "Connecting again…" : "";
    if (state === "live" && lost) phones.forEach((phone) => phone.catchUp().catch(() => {}));
    lost = state === "lost";
  },
);

// --- Phones -------------------------------------------------------------------------------------

function addPhone(account, chat = null) {
  const phone = new Phone(account, page);
  phones.push(phone);
  stage.append(phone.slot);
  followAll();
  if (chat) phone.open(chat, { focus: false });
  return phone;
}

function removePhone(phone) {
  phones.splice(phones.indexOf(phone), 1);
  phone.slot.remove();
  followAll();
}

function followAll() {
  stream.follow(phones.map((phone) => phone.account.id));
  addButton.hidden = phones.length >= MOST;
  saveAddress();
}

async function become(phone, account) {
  await phone.become(account);
  followAll();
}

function pickPerson(phone) {
  document.querySelector(".owner-menu")?.remove();
  const item = (content, action, props = {}) => h("button", { class: "item", role: "menuitem", ...props, onclick: () => { close(); action(); } }, ...content);
  const menu = h("div", { class: "owner-menu", role: "menu", "aria-label": "Whose phone is this?" },
    ...cast.map((person) => item(
      [avatar({ id: person.id, title: person.name }), h("div", {}, person.name, h("small", {}, [person.note, person.username && `@${person.username}`].filter(Boolean).join(" · ")))],
      () => become(phone, person), { data: { person: person.id }, "aria-current": person.id === phone.account.id ? "true" : null })),
    h("hr", {}),
    item([icon("plus"), "A new person…"], async () => {
      const person = await openNewPerson(phone);
      if (!person) return;
      await loadCast();
      await become(phone, person);
    }),
    phones.length > 1 && item([icon("close"), "Put this phone away"], () => removePhone(phone)));
  const anchor = phone.owner.querySelector(".owner-name");
  const close = () => { menu.remove(); document.removeEventListener("pointerdown", outside, true); anchor.focus(); };
  const outside = (event) => { if (!menu.contains(event.target)) close(); };
  menu.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.stopPropagation(); close(); } });
  arrows(menu, ".item");
  const box = anchor.getBoundingClientRect();
  menu.style.left = `${Math.min(box.left, innerWidth - 262)}px`;
  menu.style.top = `${box.bottom + 4}px`;
  document.addEventListener("pointerdown", outside, true);
  document.body.append(menu);
  (menu.querySelector("[aria-current]") ?? menu.querySelector(".item")).focus();
}

/** Show the phone of a person of the guide, and a chat on it. */
async function show(role, chat) {
  const account = cast.find((person) => person.id === roles[role]);
  if (!account) return;
  let phone = phones.find((one) => one.account.id === account.id);
  if (!phone && phones.length < MOST) phone = addPhone(account);
  if (!phone) {
    phone = phones.at(-1);
    await become(phone, account);
  }
  phone.slot.scrollIntoView({ behavior: "smooth", inline: "center" });
  page.activate(phone);
  if (chat) await phone.open(chat);
  else if (phone.view) phone.showList();
  else phone.list.search.focus();
  if (matchMedia("(max-width: 1080px)").matches) toggleGuide(false);
}

// --- The address: ?phones=1000001:7000000001,1000002 --------------------------------------------

function saveAddress() {
  const address = new URL(location);
  const state = phones.map((phone) => (phone.view ? `${phone.account.id}:${phone.view.id}` : phone.account.id)).join(",");
  address.search = `?phones=${state}`;
  history.replaceState(null, "", address);
}

function wanted() {
  const state = new URLSearchParams(location.search).get("phones");
  const asked = (state ?? "").split(",").filter(Boolean).slice(0, MOST).map((part) => part.split(":"))
    .map(([id, chat]) => ({ account: cast.find((person) => String(person.id) === id || person.username === id.replace("@", "")), chat: chat ?? null }))
    .filter(({ account }) => account);
  if (asked.length) return asked;
  const room = innerWidth < 760 ? 1 : innerWidth < 1180 ? 2 : MOST;
  const first = [roles.tenant, roles.visitor, roles.admin].map((id) => cast.find((person) => person.id === id)).filter(Boolean);
  return (first.length ? first : cast).slice(0, first.length ? MOST : room).map((account) => ({ account, chat: null }));
}

// --- The bar ------------------------------------------------------------------------------------

const addButton = h("button", { class: "tool", "aria-label": "Add a phone", onclick: () => {
  const here = new Set(phones.map((phone) => phone.account.id));
  const next = cast.find((person) => !here.has(person.id)) ?? cast[0];
  if (next) pickPerson(addPhone(next));
} }, icon("plus"), h("span", {}, "Add a phone"));
const themeButton = h("button", { class: "tool", onclick: () => setTheme({ auto: "light", light: "dark", dark: "auto" }[theme()]) });
const guideButton = h("button", { class: "tool", "aria-controls": "guide", onclick: () => toggleGuide() }, icon("guide"), h("span", {}, "Guide"));
document.getElementById("tools").append(addButton, themeButton, guideButton);

const theme = () => localStorage.getItem("theme") ?? "auto";

function setTheme(name) {
  localStorage.setItem("theme", name);
  if (name === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  const [sign, words] = THEMES[name];
  themeButton.replaceChildren(icon(sign));
  themeButton.setAttribute("aria-label", words);
  themeButton.title = words;
}

function toggleGuide(open = guideElement.hidden) {
  guideElement.hidden = !open;
  guideButton.setAttribute("aria-pressed", String(open));
  localStorage.setItem("guide", open ? "open" : "closed");
}

function closeGuide() {
  toggleGuide(false);
  guideButton.focus();
}

guideElement.addEventListener("keydown", (event) => { if (event.key === "Escape") closeGuide(); });

// --- Beginning ----------------------------------------------------------------------------------

async function loadCast() {
  cast = await get("accounts");
  const demo = await get("demo").catch(() => null);
  if (!demo) {
    const [tenant, visitor, admin] = cast.map((person) => person.id);
    roles = { tenant, visitor, admin };
    return;
  }
  const notes = new Map(demo.cast.map((person) => [person.id, person.note]));
  cast = cast.map((person) => ({ ...person, note: notes.get(person.id) ?? "" }));
  roles = Object.fromEntries(demo.cast.filter((person) => person.role).map((person) => [person.role, person.id]));
}

async function begin() {
  setTheme(theme());
  toggleGuide(localStorage.getItem("guide") !== "closed" && innerWidth > 1080);
  await loadCast();
  const { run } = await get("health");
  guide = new Guide(guideElement, { run, roles: () => roles, show, close: closeGuide });
  for (const { account, chat } of wanted()) addPhone(account, chat);
  if (phones.length) page.activate(phones[0]);
  else stage.append(h("p", { class: "empty" }, h("b", {}, "Nobody lives here yet"),
    "Start with --seed demo, or add people by POST /sandbox/accounts, then load this page again."));
  document.body.dataset.ready = "true";
}

begin().catch((error) => { note.textContent = error.message; });
