// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { FREQUENCIES, type Frequency } from './frequency.ts';
import { replaceOutliers } from './outliers.ts';

export type Series = {
  id: string;
  frequency: Frequency;
  /** Oldest first, equally spaced; null, undefined or NaN where there is no value. Absence is not zero. */
  values: ArrayLike<number | null | undefined>;
  /** The last values that are not complete yet: they are ignored, and the forecast still starts after them. */
  incompleteCount?: number;
  /** The day of the first value, YYYY-MM-DD: with it a daily series' special days are learnt and forecast. */
  firstDate?: string;
};

export type Prepared = {
  /** Complete, finite, without isolated outliers. */
  history: Float64Array;
  /** Periods without a value between the history's end and the first forecast period. */
  gap: number;
  isNonNegative: boolean;
  seasons: readonly number[];
};

export type Refusal = { reason: string };

const MINIMUM_OBSERVATIONS = 3;
/** With fewer values since the first use, the zeros before it are kept: they are most of what is known. */
const MINIMUM_USED = 8;
const MAXIMUM_MISSING_RATIO = 0.6;

/** The history that the methods fit (at most its `longest` last values), or the reason why there is none to fit. */
export function prepareSeries(series: Series, longest?: number): Prepared | Refusal {
  const { seasons, window: usualWindow } = FREQUENCIES[series.frequency];
  const window = longest ?? usualWindow;
  const end = series.values.length - Math.max(0, series.incompleteCount ?? 0);
  const values = new Float64Array(Math.max(0, end));
  for (let i = 0; i < end; i++) values[i] = series.values[i] ?? Number.NaN;
  const isValue = (value: number) => Number.isFinite(value);
  const last = values.findLastIndex(isValue);
  const start = findStart(values, last + 1 - window, last);
  const span = start < 0 ? new Float64Array(0) : values.subarray(start, last + 1);
  const observed = span.reduce((count, value) => count + (isValue(value) ? 1 : 0), 0);
  const gap = series.values.length - 1 - last;
  const reason = refuse(observed, span.length, gap);
  if (reason !== undefined) return { reason };
  const usable = seasons.filter((season) => span.length >= 2 * season + 3);
  const filled = fillGaps(span, usable.at(-1) ?? 1);
  return {
    history: replaceOutliers(filled, usable.at(-1) ?? 1),
    gap,
    isNonNegative: filled.every((value) => value >= 0),
    seasons: usable,
  };
}

/** The first value within the window; zeros before the first use are left out where enough remains. */
function findStart(values: Float64Array, oldest: number, last: number): number {
  const first = values.findIndex((value, i) => i >= oldest && Number.isFinite(value));
  const firstUse = values.findIndex((value, i) => i >= oldest && Number.isFinite(value) && value !== 0);
  return firstUse >= 0 && last - firstUse >= MINIMUM_USED ? firstUse : first;
}

function refuse(observed: number, length: number, gap: number): string | undefined {
  if (observed === 0) return 'it has no values';
  if (observed < MINIMUM_OBSERVATIONS) return `it has ${observed} values and needs ${MINIMUM_OBSERVATIONS}`;
  if (observed < (1 - MAXIMUM_MISSING_RATIO) * length)
    return `${length - observed} of its ${length} values are missing`;
  if (gap > Math.max(3, length / 2))
    return `its last value is ${gap} periods old and its history only ${length} long`;
  return undefined;
}

/** Missing values from the line between their neighbours, on values without the season's usual difference. */
function fillGaps(values: Float64Array, season: number): Float64Array {
  const out = values.slice();
  if (out.every(Number.isFinite)) return out;
  const usual = season > 1 ? usualDifferences(values, season) : new Float64Array(1);
  const flat = (i: number) => values[i]! - usual[i % season]!;
  const isNonNegative = !values.some((value) => value < 0);
  let before = 0;
  for (let i = 1; i < values.length; i++) {
    if (!Number.isFinite(values[i]!)) continue;
    for (let j = before + 1; j < i; j++) {
      const share = (j - before) / (i - before);
      const value = flat(before) * (1 - share) + flat(i) * share + usual[j % season]!;
      out[j] = isNonNegative ? Math.max(0, value) : value;
    }
    before = i;
  }
  return out;
}

function usualDifferences(values: Float64Array, season: number): Float64Array {
  let total = 0;
  let count = 0;
  const sums = new Float64Array(season);
  const counts = new Float64Array(season);
  values.forEach((value, i) => {
    if (!Number.isFinite(value)) return;
    total += value;
    count++;
    sums[i % season]! += value;
    counts[i % season]!++;
  });
  return sums.map((sum, phase) => (counts[phase]! > 0 ? sum / counts[phase]! - total / count : 0));
}
