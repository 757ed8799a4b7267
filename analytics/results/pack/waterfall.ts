import { formatScaled, parseScaled } from '../../decimal-text.ts';
import { formatMoney, isShownAmount } from '../../money-text.ts';
import { escapeHtml } from './html-page.ts';

export type WaterfallStep = { title: string; amount: string };

const BAR_PIXELS = 18;
const GAP_PIXELS = 8;
const LABEL_PIXELS = 170;
const VALUE_PIXELS = 140;
const PLOT_PIXELS = 560;
/** Where all steps move within this share of the largest level, the axis begins shortly below them. */
const ZOOM_BELOW_SHARE = 0.2;
const ZOOM_MARGIN_SHARE = 0.25;
const COLOURS = { level: '#4a6785', up: '#b8503f', down: '#3f8a5c' };

/**
 * A waterfall from a base to where its steps end, as SVG with a bar a line. More cost is red, less is green, and the sign
 * says it again. Steps that would read 0.00 are drawn together, as 'other', where they come to more. Amounts are decimal
 * text; only places on the paper are floating point.
 */
export function drawWaterfall(
  base: WaterfallStep,
  steps: readonly WaterfallStep[],
  endTitle: string,
  currency: string,
): string {
  let level = parseScaled(base.amount);
  const bars = [{ title: base.title, from: 0n, to: level, colour: COLOURS.level, isLevel: true }];
  const small = steps.filter(({ amount }) => !isShownAmount(amount));
  const other = formatScaled(small.reduce((sum, { amount }) => sum + parseScaled(amount), 0n));
  for (const { title, amount } of [...steps, { title: 'other', amount: other }]) {
    if (!isShownAmount(amount)) continue;
    const change = parseScaled(amount);
    const colour = change > 0n ? COLOURS.up : COLOURS.down;
    bars.push({ title, from: level, to: level + change, colour, isLevel: false });
    level += change;
  }
  if (!isShownAmount(other)) level += parseScaled(other);
  bars.push({ title: endTitle, from: 0n, to: level, colour: COLOURS.level, isLevel: true });
  const { least, most } = chooseAxis(bars);
  const place = (value: bigint) => {
    const share = (Math.max(Number(value), least) - least) / (most - least || 1);
    return LABEL_PIXELS + share * PLOT_PIXELS;
  };
  const note =
    least > 0 ? `bars begin at ${formatMoney(formatScaled(BigInt(Math.round(least))), currency)}` : '';
  const height = (bars.length + (note ? 1 : 0)) * (BAR_PIXELS + GAP_PIXELS) + GAP_PIXELS;
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
  if (note) drawn.push(`<text x="${LABEL_PIXELS}" y="${height - GAP_PIXELS}">${escapeHtml(note)}</text>`);
  const label = escapeHtml(`From ${base.title} to ${endTitle}`);
  return `<svg role="img" aria-label="${label}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">${drawn.join('')}</svg>`;
}

/** From 0, unless the steps are so small beside the levels that nobody would see them. */
function chooseAxis(bars: readonly { from: bigint; to: bigint; isLevel: boolean }[]): {
  least: number;
  most: number;
} {
  const levels = bars.flatMap(({ from, to, isLevel }) =>
    isLevel ? [Number(to)] : [Number(from), Number(to)],
  );
  const [lowest, most] = [Math.min(...levels), Math.max(...levels)];
  const range = most - lowest;
  if (range > 0 && lowest > 0 && range < most * ZOOM_BELOW_SHARE)
    return { least: lowest - range * ZOOM_MARGIN_SHARE, most };
  return { least: Math.min(0, lowest), most: Math.max(0, most) };
}
