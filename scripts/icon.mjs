// Draws media/icons/icon.png (128 × 128): a podium of three steps with a mark above the first place.
// Run it after changing the drawing: node scripts/icon.mjs
import * as zlib from 'node:zlib';
import { writeFileSync } from 'node:fs';

const size = 128;
const samples = 4;
const background = [27, 34, 48];
const accent = [79, 160, 255];

/** Colour at a point of the 128 × 128 square, as [r, g, b, alpha]. */
function colourAt(x, y) {
  const edge = 20;
  const dx = Math.max(edge - x, x - (size - edge), 0);
  const dy = Math.max(edge - y, y - (size - edge), 0);
  if (Math.hypot(dx, dy) > edge) return [0, 0, 0, 0];
  const box = (left, top, right, bottom) => x >= left && x < right && y >= top && y < bottom;
  if (Math.hypot(x - 64, y - 31) < 9) return [255, 200, 87, 255];
  if (box(47, 46, 81, 102)) return [...accent, 255];
  if (box(17, 64, 45, 102)) return [159, 178, 205, 255];
  if (box(83, 76, 111, 102)) return [110, 128, 156, 255];
  return [...background, 255];
}

/** One PNG chunk: length, type, data, checksum. */
function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(checksum(body), body.length + 4);
  return out;
}

/** CRC-32 of the PNG specification; `zlib.crc32` exists from Node 20.15 on. */
function checksum(bytes) {
  if (zlib.crc32) return zlib.crc32(bytes);
  let value = 0xffffffff;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  }
  return (value ^ 0xffffffff) >>> 0;
}

const rows = [];
for (let y = 0; y < size; y++) {
  const row = Buffer.alloc(1 + size * 4);
  for (let x = 0; x < size; x++) {
    const sum = [0, 0, 0, 0];
    for (let i = 0; i < samples * samples; i++) {
      const [r, g, b, a] = colourAt(x + ((i % samples) + 0.5) / samples, y + (Math.floor(i / samples) + 0.5) / samples);
      sum[0] += r * a;
      sum[1] += g * a;
      sum[2] += b * a;
      sum[3] += a;
    }
    const alpha = sum[3] / (samples * samples);
    row.set(sum[3] ? [sum[0] / sum[3], sum[1] / sum[3], sum[2] / sum[3], alpha].map(Math.round) : [0, 0, 0, 0], 1 + x * 4);
  }
  rows.push(row);
}
const header = Buffer.alloc(13);
header.writeUInt32BE(size, 0);
header.writeUInt32BE(size, 4);
header.set([8, 6, 0, 0, 0], 8);
writeFileSync(
  new URL('../media/icons/icon.png', import.meta.url),
  Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk('IHDR', header),
    chunk('IDAT', zlib.deflateSync(Buffer.concat(rows), { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]),
);
