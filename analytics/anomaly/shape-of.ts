import type { Detection } from './series.ts';
import type { Episode } from './tracker.ts';

/** A departure that goes on for so many days is a level as far as anybody knows; a fall that may be an outage later. */
const OPEN_LEVEL_DAYS = { up: 3, down: 5 };
/** A leak gains so much of its mean size from its first to its last period. */
const GROWTH_RATIO = 0.5;
/** Two periods are a line as well as a step. */
const TIE_RATIO = 0.999;

/** @param sizes what each period departs by, over the usual, in the direction of the episode. */
export function shapeOf(
  { isRamp, direction, state }: Episode,
  sizes: readonly number[],
  days: number,
): Detection['shape'] {
  if (isRamp && direction > 0 && isGrowing(sizes)) return 'leak';
  const isLevel = days >= OPEN_LEVEL_DAYS[direction > 0 ? 'up' : 'down'];
  if (state === 'accepted' || (state === 'open' && isLevel)) return 'level_shift';
  return direction > 0 ? 'spike' : 'drop';
}

/** A line through the sizes rises, and tells them better than one step does. */
function isGrowing(sizes: readonly number[]): boolean {
  const n = sizes.length;
  const total = sizes.reduce((sum, size) => sum + size, 0);
  let [cross, before, step] = [0, 0, 0];
  for (const [index, size] of sizes.entries()) {
    cross += (index - (n - 1) / 2) * size;
    before += size;
    const left = n - index - 1;
    if (left > 0)
      step = Math.max(step, ((index + 1) * left * ((total - before) / left - before / (index + 1)) ** 2) / n);
  }
  const square = (n * (n * n - 1)) / 12;
  return (n * cross) / square >= GROWTH_RATIO * (total / n) && cross ** 2 / square >= TIE_RATIO * step;
}
