// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { median } from '../forecast/numeric.ts';
import type { Plan } from './plan.ts';
import { createSortedWindow, type SortedWindow } from './sorted-window.ts';

/** A departure from the usual that has begun; indexes are positions in the series. */
export type Episode = {
  start: number;
  /** Where it is said to begin; a ramp is noticed by a template that may begin earlier. */
  begunAt: number;
  direction: 1 | -1;
  /** Usual level at `start` without season, and what it usually gains a period. */
  level: number;
  drift: number;
  raisedAt: number;
  lastUnusual: number;
  quietRun: number;
  score: number;
  state: 'open' | 'over' | 'accepted';
  isRamp: boolean;
  isEarly: boolean;
  /** An announced event: nothing is judged while it lasts. */
  plannedName: string | undefined;
  recognizedAs: 'monthly_charge' | 'recovery' | undefined;
  /** Mean departure in log units while it lasts. */
  size: number;
  /** The tracker's unit, and the usual scatter, when it began. */
  unit: number;
  scatter: number;
};

/** What is known of one series up to a period, and all that judging the next one needs. */
export type Tracker = {
  plan: Plan;
  isRatio: boolean;
  /** Days since 1970-01-01 of the first period. */
  firstDay: number;
  /** The first period with a value other than zero; -1 until there is one. */
  origin: number;
  /** Periods taken in for good. */
  count: number;
  /** Zeros in a row up to the last period. */
  zeroRun: number;
  /** Values are seen as asinh(value / (2 unit)): logarithms that pass through zero. 0 until it is known. */
  unit: number;
  /** As known. */
  values: Float64Array;
  /** Known charges of special days, taken off before judging. */
  charges: Float64Array;
  /** On the log scale: as seen, cleaned of what was unusual, and the season's share. */
  seen: Float64Array;
  clean: Float64Array;
  season: Float64Array;
  /** 1 where a period tells what is usual. */
  usable: Uint8Array;
  /** 1 where a period is known and no special day. */
  ordinary: Uint8Array;
  /** Sums before a position: of clean; of usable, x, i, i x, i i over usable periods, with x = clean - season. */
  sums: {
    clean: Float64Array;
    n: Float64Array;
    x: Float64Array;
    i: Float64Array;
    ix: Float64Array;
    ii: Float64Array;
  };
  scatter: SortedWindow;
  statistics: SortedWindow[];
  /** What special days added, the last ones of each kind: amounts, or shares for holidays. */
  effects: Map<string, number[]>;
  episode: Episode | undefined;
  past: Episode[];
  /** Where the series began or came back after a long silence. */
  origins: number[];
};

export function createTracker(plan: Plan, isRatio: boolean, firstDay: number, capacity: number): Tracker {
  const make = () => new Float64Array(capacity + 1);
  return {
    plan,
    isRatio,
    firstDay,
    origin: -1,
    count: 0,
    zeroRun: 0,
    unit: isRatio ? 1 : 0,
    values: make(),
    charges: make(),
    seen: make(),
    clean: make(),
    season: make(),
    usable: new Uint8Array(capacity + 1),
    ordinary: new Uint8Array(capacity + 1),
    sums: { clean: make(), n: make(), x: make(), i: make(), ix: make(), ii: make() },
    scatter: createSortedWindow(plan.memory),
    statistics: plan.templates.map(() => createSortedWindow(plan.memory)),
    effects: new Map(),
    episode: undefined,
    past: [],
    origins: [],
  };
}

/** Makes room for the period `t`. */
export function reserve(tracker: Tracker, t: number): void {
  if (t + 1 < tracker.values.length) return;
  const grow = (array: Float64Array) => {
    const larger = new Float64Array(2 * (t + 2));
    larger.set(array);
    return larger;
  };
  for (const name of ['values', 'charges', 'seen', 'clean', 'season'] as const)
    tracker[name] = grow(tracker[name]);
  for (const name of ['clean', 'n', 'x', 'i', 'ix', 'ii'] as const)
    tracker.sums[name] = grow(tracker.sums[name]);
  for (const name of ['usable', 'ordinary'] as const) {
    const larger = new Uint8Array(2 * (t + 2));
    larger.set(tracker[name]);
    tracker[name] = larger;
  }
}

const UNIT_SHARE = 0.02;
/** With more zeros than this a series is a sparse one, and compared on the scale of its usual non-zero value. */
const SPARSE_SHARE = 0.3;

export function toLog(tracker: Tracker, value: number): number {
  return tracker.isRatio ? value : Math.asinh(value / (2 * tracker.unit));
}

export function fromLog(tracker: Pick<Tracker, 'isRatio' | 'unit'>, seen: number): number {
  return tracker.isRatio ? seen : 2 * tracker.unit * Math.sinh(seen);
}

/** The unit that suits values from one period to another; 0 when all are 0. */
export function chooseUnit(values: Float64Array, from: number, to: number): number {
  const known: number[] = [];
  for (let i = Math.max(0, from); i < to; i++)
    if (Number.isFinite(values[i]!)) known.push(Math.abs(values[i]!));
  const used = known.filter((value) => value > 0);
  const isSparse = used.length < (1 - SPARSE_SHARE) * known.length;
  return isSparse ? median(used) : UNIT_SHARE * median(known);
}

/** Adds up the sums anew from a position on. */
export function sumFrom(tracker: Tracker, from: number, to: number): void {
  for (let i = from; i < to; i++) sumOne(tracker, i);
}

export function sumOne({ sums, clean, season, usable }: Tracker, i: number): void {
  const weight = usable[i]!;
  const x = weight * (clean[i]! - season[i]!);
  sums.clean[i + 1] = sums.clean[i]! + clean[i]!;
  sums.n[i + 1] = sums.n[i]! + weight;
  sums.x[i + 1] = sums.x[i]! + x;
  sums.i[i + 1] = sums.i[i]! + weight * i;
  sums.ix[i + 1] = sums.ix[i]! + x * i;
  sums.ii[i + 1] = sums.ii[i]! + weight * i * i;
}
