import { crc32, deflateSync } from 'node:zlib';
import type { SeriesPoint } from './alert.ts';

const WIDTH = 480;
const HEIGHT = 120;
const MARGIN = 4;
const GAP = 1;
const EXPECTED_LINE_PIXELS = 2;
const BLOCKS = '▁▂▃▄▅▆▇█';

/** Colours by index: paper, cost, cost above what was expected, expected. */
const PALETTE = [
  [255, 255, 255],
  [96, 125, 139],
  [211, 47, 47],
  [33, 33, 33],
];
const [PAPER, COST, EXCESS, EXPECTED] = [0, 1, 2, 3] as const;
const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** The series as bars in a PNG of 480 x 120: grey up to what was expected, red above, a dark line at it. */
export function drawChart(series: readonly SeriesPoint[]): Buffer | undefined {
  if (series.length === 0) return undefined;
  const top = Math.max(...series.flatMap(({ value, expected = 0 }) => [value, expected]), Number.MIN_VALUE);
  const pixels = Array.from({ length: HEIGHT }, () => new Uint8Array(WIDTH));
  const slot = (WIDTH - 2 * MARGIN) / series.length;
  const heightOf = (value: number) => Math.round((Math.max(0, value) / top) * (HEIGHT - 2 * MARGIN));
  for (const [index, { value, expected }] of series.entries()) {
    const from = Math.round(MARGIN + index * slot);
    const to = Math.max(from + 1, Math.round(MARGIN + (index + 1) * slot) - GAP);
    const normal = expected === undefined ? Number.POSITIVE_INFINITY : heightOf(expected);
    for (let level = 0; level < heightOf(value); level += 1) {
      pixels[HEIGHT - MARGIN - 1 - level]?.fill(level < normal ? COST : EXCESS, from, to);
    }
    if (expected === undefined) continue;
    for (let thick = 0; thick < EXPECTED_LINE_PIXELS; thick += 1) {
      pixels[HEIGHT - MARGIN - normal - thick]?.fill(EXPECTED, from, to);
    }
  }
  return encodePng(pixels);
}

/** The series in one line of text, such as ▂▂▃█; empty without one. */
export function drawSparkline(series: readonly SeriesPoint[]): string {
  const values = series.map(({ value }) => Math.max(0, value));
  const top = Math.max(...values, Number.MIN_VALUE);
  return values.map((value) => BLOCKS[Math.min(7, Math.floor((value / top) * 8))]).join('');
}

function encodePng(pixels: readonly Uint8Array[]): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(WIDTH, 0);
  header.writeUInt32BE(HEIGHT, 4);
  // 8 bits a pixel, each the index of a colour; no filter, not interlaced.
  header.set([8, 3, 0, 0, 0], 8);
  const rows = Buffer.concat(pixels.flatMap((row) => [Uint8Array.of(PAPER), row]));
  return Buffer.concat([
    Buffer.from(PNG_SIGNATURE),
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(PALETTE.flat())),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
