// The phones' simulated cameras: find login codes in the pictures of chats on this page.
import { readQr } from "./qr.js";

export const QR_HELP = "Open the chat that shows the code on any of the phones here; this one sees it.";
const LARGEST = 1200;
const seen = new Map(); // picture's address → text of its code, or null

/** Visible login codes as [{url, image}]: this phone's own chats first, then the newest. */
export async function findCodes(phone) {
  const pictures = [...document.querySelectorAll(".msg .photo img")].filter((image) => image.complete && image.naturalWidth);
  const own = (image) => (phone.device.contains(image) ? 1 : 0);
  const number = (image) => Number(image.closest("[data-message]").dataset.message);
  pictures.sort((a, b) => own(b) - own(a) || number(b) - number(a));
  const found = [];
  for (const picture of pictures) {
    const text = textIn(picture);
    if (text?.startsWith("tg://login")) found.push({ url: text, image: picture.src });
  }
  return found;
}

function textIn(picture) {
  if (!seen.has(picture.src)) seen.set(picture.src, read(picture));
  return seen.get(picture.src);
}

function read(picture) {
  const scale = Math.min(1, LARGEST / Math.max(picture.naturalWidth, picture.naturalHeight));
  const width = Math.round(picture.naturalWidth * scale);
  const height = Math.round(picture.naturalHeight * scale);
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(picture, 0, 0, width, height);
  return readQr(context.getImageData(0, 0, width, height));
}
