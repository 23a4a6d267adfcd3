// Reads a QR code out of a clean, upright picture (what bots send), ISO/IEC 18004 versions 1–20.
// It corrects no errors: a transmitted picture has none.

const ECC_PER_BLOCK = {
  L: [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28],
  M: [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26],
  Q: [13, 22, 18, 26, 18, 24, 18, 22, 20, 24, 28, 26, 24, 20, 30, 24, 28, 28, 26, 30],
  H: [17, 28, 22, 16, 22, 28, 26, 26, 24, 28, 24, 28, 22, 24, 24, 30, 28, 28, 26, 28],
};
const BLOCKS = {
  L: [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8],
  M: [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16],
  Q: [1, 1, 2, 2, 4, 4, 6, 6, 8, 8, 8, 10, 12, 16, 12, 17, 16, 18, 21, 20],
  H: [1, 1, 2, 4, 4, 4, 5, 6, 8, 8, 11, 11, 16, 16, 18, 16, 19, 21, 25, 25],
};
const LEVELS = ["M", "L", "H", "Q"];
const MASKS = [
  (x, y) => (x + y) % 2, (x, y) => y % 2, (x) => x % 3, (x, y) => (x + y) % 3,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2, (x, y) => ((x * y) % 2) + ((x * y) % 3),
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2, (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2,
];

/** The text in the picture's QR code, or null. */
export function readQr({ data, width, height }) {
  for (const inverted of [false, true]) {
    const dark = (x, y) => {
      const at = (y * width + x) * 4;
      const light = data[at + 3] < 128 || data[at] * 0.3 + data[at + 1] * 0.59 + data[at + 2] * 0.11 > 127;
      return light === inverted;
    };
    const corners = findCorners(dark, width, height);
    if (!corners) continue;
    const grid = sample(dark, corners);
    const text = grid && decode(grid);
    if (text) return text;
  }
  return null;
}

// --- Finding it in the picture ------------------------------------------------------------------

function findCorners(dark, width, height) {
  const found = [];
  for (let y = 0; y < height; y++) {
    for (const { middle, unit } of finderRuns((x) => dark(x, y), width)) {
      const x = Math.floor(middle);
      const upright = finderRuns((row) => dark(x, row), height).find((run) => Math.abs(run.middle - y) < unit && close(run.unit, unit));
      if (!upright) continue;
      const known = found.find((one) => Math.abs(one.x - middle) < 2 * unit && Math.abs(one.y - upright.middle) < 2 * unit);
      if (!known) found.push({ x: middle, y: upright.middle, unit });
    }
  }
  return arrange(found);
}

/** Runs of 1:1:3:1:1 along a line: the middles of finder patterns. */
function finderRuns(isDark, length) {
  const edges = [0];
  for (let at = 1; at < length; at++) if (isDark(at) !== isDark(at - 1)) edges.push(at);
  edges.push(length);
  const first = isDark(0) ? 0 : 1;
  const runs = [];
  for (let i = first; i + 5 < edges.length; i += 2) {
    const unit = (edges[i + 5] - edges[i]) / 7;
    const fits = [1, 1, 3, 1, 1].every((share, k) => Math.abs(edges[i + k + 1] - edges[i + k] - share * unit) <= unit * 0.5 * Math.sqrt(share));
    if (fits) runs.push({ middle: (edges[i] + edges[i + 5]) / 2, unit });
  }
  return runs;
}

const close = (a, b) => Math.abs(a - b) < 0.35 * Math.max(a, b);

function arrange(found) {
  for (const topLeft of found) {
    const topRight = found.find((one) => one.x > topLeft.x + 6 * topLeft.unit && Math.abs(one.y - topLeft.y) < topLeft.unit);
    const bottomLeft = found.find((one) => one.y > topLeft.y + 6 * topLeft.unit && Math.abs(one.x - topLeft.x) < topLeft.unit);
    if (topRight && bottomLeft && close(topRight.x - topLeft.x, bottomLeft.y - topLeft.y)) return { topLeft, topRight, bottomLeft };
  }
  return null;
}

function sample(dark, { topLeft, topRight, bottomLeft }) {
  const rough = (topRight.x - topLeft.x) / topLeft.unit + 7;
  const version = Math.round((rough - 17) / 4);
  if (version < 1 || version > 20) return null;
  const count = version * 4 + 17;
  const stepX = (topRight.x - topLeft.x) / (count - 7);
  const stepY = (bottomLeft.y - topLeft.y) / (count - 7);
  return Array.from({ length: count }, (_, y) =>
    Array.from({ length: count }, (__, x) =>
      dark(Math.floor(topLeft.x + (x - 3) * stepX), Math.floor(topLeft.y + (y - 3) * stepY))));
}

// --- Reading it ---------------------------------------------------------------------------------

function decode(grid) {
  const count = grid.length;
  const version = (count - 17) / 4;
  const format = readFormat(grid);
  if (!format) return null;
  const bytes = unmasked(grid, MASKS[format.mask], reserved(version, count));
  return readSegments(deinterleave(bytes, version, format.level), version);
}

function readFormat(grid) {
  const cells = [];
  for (const x of [0, 1, 2, 3, 4, 5, 7, 8]) cells.push(grid[8][x]);
  for (const y of [7, 5, 4, 3, 2, 1, 0]) cells.push(grid[y][8]);
  const read = cells.reduce((bits, cell) => (bits << 1) | (cell ? 1 : 0), 0);
  for (let data = 0; data < 32; data++) {
    let rest = data;
    for (let i = 0; i < 10; i++) rest = (rest << 1) ^ ((rest >> 9) * 0x537);
    const code = ((data << 10) | rest) ^ 0x5412;
    if (code === read) return { level: LEVELS[data >> 3], mask: data & 7 };
  }
  return null;
}

function reserved(version, count) {
  const taken = Array.from({ length: count }, () => new Array(count).fill(false));
  const fill = (x, y, wide, tall) => {
    for (let row = y; row < y + tall; row++) for (let column = x; column < x + wide; column++) taken[row][column] = true;
  };
  fill(0, 0, 9, 9);
  fill(count - 8, 0, 8, 9);
  fill(0, count - 8, 9, 8);
  fill(6, 0, 1, count);
  fill(0, 6, count, 1);
  const middles = alignment(version, count);
  const last = middles.length - 1;
  middles.forEach((x, i) => middles.forEach((y, j) => {
    const corner = (i === 0 && j === 0) || (i === 0 && j === last) || (i === last && j === 0);
    if (!corner) fill(x - 2, y - 2, 5, 5);
  }));
  if (version >= 7) {
    fill(count - 11, 0, 3, 6);
    fill(0, count - 11, 6, 3);
  }
  return taken;
}

function alignment(version, count) {
  if (version === 1) return [];
  const many = Math.floor(version / 7) + 2;
  const step = Math.ceil((version * 4 + 4) / (many * 2 - 2)) * 2;
  return [6, ...Array.from({ length: many - 1 }, (_, i) => count - 7 - step * i).reverse()];
}

function unmasked(grid, mask, taken) {
  const count = grid.length;
  const bytes = [];
  let bits = 0;
  let held = 0;
  for (let right = count - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < count; step++) {
      const y = ((right + 1) & 2) === 0 ? count - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (taken[y][x]) continue;
        bits = (bits << 1) | ((grid[y][x] !== (mask(x, y) === 0)) ? 1 : 0);
        if (++held === 8) {
          bytes.push(bits);
          bits = held = 0;
        }
      }
    }
  }
  return bytes;
}

function deinterleave(bytes, version, level) {
  const blocks = BLOCKS[level][version - 1];
  const ecc = ECC_PER_BLOCK[level][version - 1];
  const short = Math.floor(bytes.length / blocks) - ecc;
  const shortBlocks = blocks - (bytes.length % blocks);
  const parts = Array.from({ length: blocks }, () => []);
  let at = 0;
  for (let i = 0; i <= short; i++) {
    for (let block = 0; block < blocks; block++) {
      if (i === short && block < shortBlocks) continue;
      parts[block].push(bytes[at++]);
    }
  }
  return parts.flat();
}

const ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

function readSegments(data, version) {
  let at = 0;
  const take = (many) => {
    let value = 0;
    for (let i = 0; i < many; i++, at++) value = value * 2 + ((data[at >> 3] >> (7 - (at & 7))) & 1);
    return value;
  };
  const long = version >= 10;
  let text = "";
  while (at + 4 <= data.length * 8) {
    const mode = take(4);
    if (mode === 0) break;
    if (mode === 4) {
      const bytes = Array.from({ length: take(long ? 16 : 8) }, () => take(8));
      text += new TextDecoder().decode(new Uint8Array(bytes));
    } else if (mode === 2) {
      let left = take(long ? 11 : 9);
      for (; left >= 2; left -= 2) {
        const pair = take(11);
        text += ALPHANUMERIC[Math.floor(pair / 45)] + ALPHANUMERIC[pair % 45];
      }
      if (left) text += ALPHANUMERIC[take(6)];
    } else if (mode === 1) {
      let left = take(long ? 12 : 10);
      for (; left > 0; left -= 3) {
        const digits = Math.min(left, 3);
        text += String(take([0, 4, 7, 10][digits])).padStart(digits, "0");
      }
    } else if (mode === 7) {
      take(8);
    } else {
      return null;
    }
  }
  return text || null;
}
