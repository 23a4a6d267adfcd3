// Overlays of a phone: a sheet, a question, an alert, a menu, a picture.
import { arrows, h, icon } from "./dom.js";

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

export function sheet(phone, title, ...children) {
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

/** Run it; a refusal is shown as a toast. */
export async function attempt(phone, action) {
  try {
    await action();
  } catch (error) {
    phone.toast(error.message);
  }
}
