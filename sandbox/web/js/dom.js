// Building elements, without a framework.

/** h("button", {class: "key", onclick, "aria-label": "…"}, child, …) — null children are skipped. */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "data") Object.assign(element.dataset, defined(value));
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(2).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const defined = (object) =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null && value !== undefined));

const PATHS = {
  back: "M15 5l-7 7 7 7",
  send: "M4 12 3.500 4.500 21 12 3.500 19.500 4 12Zm0 0h8",
  clip: "M20 11.500l-8 8a5 5 0 0 1-7-7l8.500-8.500a3.300 3.300 0 0 1 4.700 4.700L9.700 17.200a1.600 1.600 0 0 1-2.300-2.300l7.600-7.600",
  close: "M6 6l12 12M18 6 6 18",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14Zm5 12 4.500 4.500",
  more: "M12 5v.1M12 12v.1M12 19v.1",
  reply: "M9 8 4 13l5 5M4 13h10a6 6 0 0 1 6 6",
  forward: "m15 8 5 5-5 5M20 13H10a6 6 0 0 0-6 6",
  edit: "M4 20l1-4L16 5l3 3L8 19l-4 1Zm10-13 3 3",
  trash: "M5 7h14M10 7V5h4v2m-7 0 1 12h8l1-12M10.500 11v5m3-5v5",
  copy: "M9 9h10v10H9zM15 9V5H5v10h4",
  pin: "M9 4h6l-1 6 3 3H7l3-3-1-6Zm3 9v7",
  ban: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16ZM6.500 6.500l11 11",
  broom: "M14 4l-3 7M7 11h9l2 9H5l2-9Zm3 5v4m4-4v4",
  scan: "M4 8V5a1 1 0 0 1 1-1h3m8 0h3a1 1 0 0 1 1 1v3m0 8v3a1 1 0 0 1-1 1h-3m-8 0H5a1 1 0 0 1-1-1v-3M4 12h16",
  eye: "M2.500 12C5 7.500 8.300 5.500 12 5.500S19 7.500 21.500 12C19 16.500 15.700 18.500 12 18.500S5 16.500 2.500 12Zm9.500-3a3 3 0 1 0 0 6 3 3 0 0 0 0-6",
  devices: "M4 5h12v9H4zM2 18h11M17 9h4v10h-4z",
  plus: "M12 5v14M5 12h14",
  theme: "M12 4a8 8 0 1 0 8 8 6.500 6.500 0 0 1-8-8Z",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM12 2v2.500M12 19.500V22M2 12h2.500M19.500 12H22M5 5l1.700 1.700M17.300 17.300 19 19M5 19l1.700-1.700M17.300 6.700 19 5",
  auto: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16Zm0 0v16m3-14.500v13m3-10v7",
  guide: "M9 6h11M9 12h11M9 18h11M4 6l1 1 2-2M4 12l1 1 2-2M4 18h.1",
  keyboard: "M3 7h18v10H3zM7 10.500h.1m3.300 0h.1m3.300 0h.1m3.200 0h.1M8 14h8",
  down: "M6 9l6 6 6-6",
  check: "M5 12.500l4.500 4.500L19 7.500",
  checks: "M3 12.500l4 4L15.500 8M11 15.500l1 1L20.500 8",
  file: "M7 3h7l5 5v13H7zM14 3v5h5",
  play: "M8 5.500v13l11-6.500z",
  pause: "M8 5v14M16 5v14",
  link: "M8 16 16 8M10 8h6v6",
  bot: "M6 9h12v9H6zM12 9V5m0 0h.1M9.500 13v1m5-1v1M3.500 12v3m17-3v3",
  person: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM5 20c.500-4 3.500-6 7-6s6.500 2 7 6",
  phone: "M6 4h4l1.500 4.500L9 10a12 12 0 0 0 5 5l1.500-2.500L20 14v4c0 1-1 2-2 2C11 20 4 13 4 6c0-1 1-2 2-2Z",
  place: "M12 21s-7-6-7-11.500a7 7 0 0 1 14 0C19 15 12 21 12 21Zm0-14a2.500 2.500 0 1 0 0 5 2.500 2.500 0 0 0 0-5Z",
  lock: "M6 11h12v9H6zM8.500 11V8a3.500 3.500 0 0 1 7 0v3",
  menu: "M4 7h16M4 12h16M4 17h16",
  group: "M9 5a3.500 3.500 0 1 0 0 7 3.500 3.500 0 0 0 0-7ZM2.500 19c.500-3.500 3-5 6.500-5s6 1.500 6.500 5M16 6a3 3 0 0 1 0 6m2.500 3c1.800.600 2.700 2 3 4",
  channel: "M4 10v4h3l7 4V6L7 10H4Zm13-1c1.500 1.500 1.500 4.500 0 6",
  verified: "M12 3l2.500 2 3.200-.300.600 3.200 2.700 1.800L19.600 12l1.400 2.300-2.700 1.800-.600 3.200-3.200-.300L12 21l-2.500-2-3.200.300-.600-3.200L3 14.300 4.400 12 3 9.700l2.700-1.800.600-3.200 3.200.300L12 3Zm-3.500 9 2.500 2.500 4.500-4.500",
};

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name]);
  path.setAttribute("fill", name === "play" ? "currentColor" : "none");
  path.setAttribute("stroke", "currentColor");
  path.setAttribute("stroke-width", ["more"].includes(name) ? "2.8" : "1.8");
  path.setAttribute("stroke-linecap", "round");
  path.setAttribute("stroke-linejoin", "round");
  svg.append(path);
  return svg;
}

export const hue = (id) => (id === 777000 ? 5 : Math.abs(Number(id)) % 7);

export function avatar({ id, title, kind, photo }) {
  const initials = [...(title ?? "").trim().matchAll(/(^|\s)(\p{L}|\p{N})/gu)].map((m) => m[2]).slice(0, 2).join("\u200c");
  return h(
    "span", { class: "avatar", data: { hue: hue(id) }, "aria-hidden": "true" },
    photo ? h("img", { src: photo, alt: "" })
      : id === 777000 ? icon("send") : initials ? initials.toUpperCase() : icon(kind === "bot" ? "bot" : "person"),
  );
}

/** Arrow keys move the focus among `selector` inside `root`. */
export function arrows(root, selector) {
  root.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const items = [...root.querySelectorAll(selector)].filter((item) => item.offsetParent);
    const at = items.indexOf(document.activeElement);
    const next = items[event.key === "ArrowDown" ? at + 1 : at < 0 ? items.length - 1 : at - 1];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
}

export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
