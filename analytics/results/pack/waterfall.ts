import { formatMoney } from '../../alerts/money-text.ts';
import { formatScaled, parseScaled } from '../../decimal-text.ts';
import { escapeHtml } from './html-page.ts';

export type WaterfallStep = { title: string; amount: string };

const BAR_PIXELS = 18;
const GAP_PIXELS = 8;
const LABEL_PIXELS = 170;
const VALUE_PIXELS = 140;
const PLOT_PIXELS = 560;
const COLOURS = { level: '#4a6785', up: '#b8503f', down: '#3f8a5c' };

/**
 * A waterfall from a base to where its steps end, as SVG with a bar a line. More cost is red, less is green, and the sign
 * says it again. Amounts are decimal text; only places on the paper are floating point.
 */
export function drawWaterfall(
  base: WaterfallStep,
  steps: readonly WaterfallStep[],
  endTitle: string,
  currency: string,
): string {
  let level = parseScaled(base.amount);
  const bars = [{ title: base.title, from: 0n, to: level, colour: COLOURS.level, isLevel: true }];
  for (const { title, amount } of steps) {
    const change = parseScaled(amount);
    const colour = change > 0n ? COLOURS.up : COLOURS.down;
    bars.push({ title, from: level, to: level + change, colour, isLevel: false });
    level += change;
  }
  bars.push({ title: endTitle, from: 0n, to: level, colour: COLOURS.level, isLevel: true });
  const ends = bars.flatMap(({ from, to }) => [Number(from), Number(to)]);
  const [least, most] = [Math.min(0, ...ends), Math.max(0, ...ends)];
  const place = (value: bigint) =>
    LABEL_PIXELS + ((Number(value) - least) / (most - least || 1)) * PLOT_PIXELS;
  const height = bars.length * (BAR_PIXELS + GAP_PIXELS) + GAP_PIXELS;
  const width = LABEL_PIXELS + PLOT_PIXELS + VALUE_PIXELS;
  const drawn = bars.map(({ title, from, to, colour, isLevel }, index) => {
    const top = GAP_PIXELS + index * (BAR_PIXELS + GAP_PIXELS);
    const [left, right] = [place(from), place(to)].sort((a, b) => a - b) as [number, number];
    const amount = formatMoney(formatScaled(isLevel ? to : to - from), currency);
    const sign = !isLevel && to > from ? '+' : '';
    const middle = top + BAR_PIXELS - 5;
    return (
      `<text x="${LABEL_PIXELS - 8}" y="${middle}" text-anchor="end">${escapeHtml(title)}</text>` +
      `<rect x="${left.toFixed(1)}" y="${top}" width="${Math.max(right - left, 1).toFixed(1)}" height="${BAR_PIXELS}" fill="${colour}"/>` +
      `<text x="${width}" y="${middle}" text-anchor="end">${escapeHtml(`${sign}${amount}`)}</text>`
    );
  });
  const label = escapeHtml(`From ${base.title} to ${endTitle}`);
  return `<svg role="img" aria-label="${label}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">${drawn.join('')}</svg>`;
}
