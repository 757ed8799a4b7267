// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { type PlannedEvent, toDate, toDayNumber } from '../analytics/forecast/calendar.ts';
import { listHolidays } from '../analytics/forecast/holidays.ts';
import { createRandom, type Random } from '../analytics/forecast/random.ts';

export type IncidentKind = 'spike' | 'drop' | 'shift up' | 'shift down' | 'leak';

/** Something nobody announced: its first and last day by number, and which way cost goes. */
export type Incident = {
  kind: IncidentKind;
  start: number;
  end: number;
  direction: 1 | -1;
  /** What a leak gains a day, in logarithms. */
  rate?: number;
};

export type LabelledCosts = {
  id: string;
  /** Cost a day, after all restatements. */
  final: Float64Array;
  /** What the bill says of a day from `knownOn` (a day's number) until its next revision, by `knownOn`. */
  revisions: { day: number; knownOn: number; value: number }[];
  incidents: Incident[];
  /** Days that the bill showed wrong at first and corrected later (a delivery counted twice). */
  phantoms: number[];
  events: PlannedEvent[];
  /** Standard deviation of a mean over n days times the root of n, in logarithms, for many days. */
  longRunNoise: number;
};

/** What happens to costs: kinds of incidents by their share, and their sizes. */
export type Population = {
  shares: { spike: number; drop: number; shiftUp: number; shiftDown: number };
  spikeSize: readonly [number, number];
  shiftUpSize: readonly [number, number];
  shiftDownSize: readonly [number, number];
  leakRate: readonly [number, number];
  leakDays: readonly [number, number];
};

export const POPULATION: Population = {
  shares: { spike: 0.38, drop: 0.15, shiftUp: 0.24, shiftDown: 0.11 },
  spikeSize: [1.3, 10],
  shiftUpSize: [1.15, 3],
  shiftDownSize: [0.35, 0.85],
  leakRate: [0.005, 0.03],
  leakDays: [20, 60],
};

/** Smaller spikes and shifts, and more leaks, which are steep and short. */
export const STEEP_POPULATION: Population = {
  shares: { spike: 0.35, drop: 0.15, shiftUp: 0.2, shiftDown: 0.12 },
  spikeSize: [1.25, 4],
  shiftUpSize: [1.2, 2.5],
  shiftDownSize: [0.4, 0.8],
  leakRate: [0.015, 0.04],
  leakDays: [14, 29],
};

export const FIRST_DATE = '2024-01-01';
export const HOLIDAYS: ReadonlySet<string> = listHolidays('US', 2024, 2025);
/** No incident starts before this day. */
export const WARM_UP_DAYS = 60;
export const FIRST_VIEW = { shareRatio: 0.75, spreadRatio: 0.16 };
export const SECOND_VIEW = { shareRatio: 0.965, spreadRatio: 0.02 };

const FIRST_DAY = toDayNumber(FIRST_DATE);

/** Labelled daily costs of `count` series; docs/anomalies.md says how they are made. */
export function generateLabelledCosts(
  seed: number,
  count = 600,
  days = 540,
  population = POPULATION,
): LabelledCosts[] {
  return Array.from({ length: count }, (_, i) => {
    const random = createRandom(seed * 1_000_003 + i * 7_907 + 17);
    const u = (low: number, high: number) => low + (high - low) * random.uniform();
    const incidents = generateIncidents(u, days, population);
    const { final, events, longRunNoise } = generateFinal(random, u, incidents, days);
    const { revisions, phantoms } = generateRevisions(random, u, final, incidents);
    return {
      id: `cost-${i}`,
      final,
      revisions,
      phantoms,
      events,
      longRunNoise,
      incidents: incidents.map((each) => each.label),
    };
  });
}

type Uniform = (low: number, high: number) => number;
type Effect = { label: Incident; factorAt(day: number): number };

const logUniform = (u: Uniform, low: number, high: number) => Math.exp(u(Math.log(low), Math.log(high)));

function generateIncidents(u: Uniform, days: number, population: Population): Effect[] {
  const incidents: Effect[] = [];
  let at = WARM_UP_DAYS + Math.floor(u(0, 160));
  while (at < days - 30) {
    const effect = generateIncident(u, at, population);
    incidents.push(effect);
    at = effect.label.end + 55 + Math.floor(-Math.log(1 - u(0, 1)) * 135);
  }
  return incidents;
}

function generateIncident(u: Uniform, start: number, population: Population): Effect {
  const { shares, spikeSize, shiftUpSize, shiftDownSize } = population;
  let choice = u(0, 1);
  const isNext = (share: number) => {
    choice -= share;
    return choice < 0;
  };
  if (isNext(shares.spike)) {
    const [size, length] = [logUniform(u, ...spikeSize), 1 + Math.floor(u(0, 3))];
    return burst('spike', start, length, size);
  }
  if (isNext(shares.drop)) {
    const size = u(0, 1) < 0.5 ? u(0, 0.02) : u(0.15, 0.65);
    return burst('drop', start, 1 + Math.floor(u(0, 5)), size);
  }
  if (isNext(shares.shiftUp)) return shift(u, 'shift up', start, logUniform(u, ...shiftUpSize));
  if (isNext(shares.shiftDown)) return shift(u, 'shift down', start, u(...shiftDownSize));
  return leak(u, start, population);
}

function burst(kind: 'spike' | 'drop', start: number, length: number, size: number): Effect {
  const end = start + length - 1;
  const label: Incident = { kind, start, end, direction: kind === 'spike' ? 1 : -1 };
  return { label, factorAt: (day) => (day >= start && day <= end ? size : 1) };
}

/** A new level for good, or for four out of ten until somebody puts it back. */
function shift(u: Uniform, kind: 'shift up' | 'shift down', start: number, size: number): Effect {
  const until = u(0, 1) < 0.4 ? start + Math.floor(u(25, 60)) : Infinity;
  const end = until === Infinity ? start + 13 : until - 1;
  const label: Incident = { kind, start, end, direction: kind === 'shift up' ? 1 : -1 };
  return { label, factorAt: (day) => (day >= start && day < until ? size : 1) };
}

/** Grows a little a day for weeks, to no more than three times; then fixed (half) or left at its height. */
function leak(u: Uniform, start: number, { leakRate, leakDays }: Population): Effect {
  const rate = Math.log(1 + u(...leakRate));
  const length = Math.floor(Math.min(u(...leakDays), Math.log(3) / rate));
  const isFixed = u(0, 1) < 0.5;
  const end = start + length - 1;
  const factorAt = (day: number) =>
    day < start || (isFixed && day > end) ? 1 : Math.exp(rate * Math.min(day - start + 1, length));
  return { label: { kind: 'leak', start, end, direction: 1, rate }, factorAt };
}

function generateFinal(random: Random, u: Uniform, incidents: readonly Effect[], days: number) {
  const chance = (share: number) => random.uniform() < share;
  const base = 10 ** u(0.7, 3.5);
  const growth = Math.log(1 + u(-0.2, 0.8)) / 365;
  const dip = chance(0.4) ? u(0.2, 0.5) : chance(0.6) ? u(0.03, 0.15) : 0;
  const weekday = Array.from(
    { length: 7 },
    (_, d) => (d % 6 === 0 ? 1 - dip * u(0.85, 1.15) : 1) + 0.015 * random.normal(),
  );
  const noise = chance(0.12) ? u(0.1, 0.18) : logUniform(u, 0.008, 0.08);
  const memory = u(0.1, 0.6);
  const isHeavy = chance(0.4);
  const walk = chance(0.3) ? u(0, 0.004) : 0;
  const fee = chance(0.5) ? u(0.3, 6) : 0;
  const credit = chance(0.2) ? u(0.3, 1.5) : 0;
  const renewal = chance(0.08) ? { day: 3 + Math.floor(u(0, 24)), size: u(0.3, 2) } : undefined;
  const holidayDip = chance(0.5) ? u(0.05, 0.4) : 0;
  const launch = chance(0.3)
    ? { at: Math.floor(u(60, days - 60)), length: Math.floor(u(14, 45)), size: u(0.15, 0.4) }
    : undefined;
  let [wander, level] = [0, 0];
  const final = Float64Array.from({ length: days }, (_, i) => {
    const date = toDate(FIRST_DAY + i);
    const dayOfMonth = Number(date.slice(8));
    wander = memory * wander + noise * Math.sqrt(1 - memory ** 2) * drawShock(random, isHeavy);
    level += growth + walk * random.normal();
    let value = Math.exp(level + wander) * weekday[new Date((FIRST_DAY + i) * 86_400_000).getUTCDay()]!;
    if (HOLIDAYS.has(date)) value *= 1 - holidayDip;
    if (launch !== undefined)
      value *= 1 + launch.size * Math.min(1, Math.max(0, (i - launch.at) / launch.length));
    for (const { factorAt } of incidents) value *= factorAt(i);
    if (dayOfMonth === 1) value += fee * Math.exp(growth * i * 0.5);
    if (toDate(FIRST_DAY + i + 1).endsWith('-01')) value -= credit;
    if (dayOfMonth === renewal?.day) value += renewal.size;
    return Math.round(base * value * 100) / 100;
  });
  const events =
    launch === undefined
      ? []
      : [
          {
            name: 'launch',
            start: toDate(FIRST_DAY + launch.at),
            end: toDate(FIRST_DAY + launch.at + launch.length),
          },
        ];
  return { final, events, longRunNoise: noise * Math.sqrt((1 + memory) / (1 - memory)) };
}

/** Standard normal, or of variance one from Student's t with five degrees of freedom. */
function drawShock(random: Random, isHeavy: boolean): number {
  const z = random.normal();
  if (!isHeavy) return z;
  let square = 0;
  for (let k = 0; k < 5; k++) square += random.normal() ** 2;
  return (z / Math.sqrt(square / 5)) * Math.sqrt(3 / 5);
}

function generateRevisions(random: Random, u: Uniform, final: Float64Array, incidents: readonly Effect[]) {
  const chance = (share: number) => random.uniform() < share;
  const revisions: LabelledCosts['revisions'] = [];
  const phantoms: number[] = [];
  const isQuiet = (day: number) =>
    incidents.every(({ label }) => day < label.start - 20 || day > label.end + 30);
  const phantom = chance(0.05) ? Math.floor(u(WARM_UP_DAYS + 20, final.length - 20)) : -1;
  final.forEach((value, day) => {
    const first = chance(0.05) ? u(0.05, 0.55) : u(0.55, 0.95);
    if (!chance(0.02)) revisions.push({ day, knownOn: day + 1, value: value * first });
    revisions.push({ day, knownOn: day + 2, value: value * (chance(0.01) ? u(0.6, 0.93) : u(0.93, 1)) });
    if (day === phantom && isQuiet(day) && value > 0) {
      phantoms.push(day);
      revisions.push({ day, knownOn: day + 3, value: value * u(1.8, 2.2) });
      revisions.push({ day, knownOn: day + 4 + Math.floor(u(0, 6)), value });
    } else if (chance(0.015)) {
      revisions.push({ day, knownOn: day + 3, value: value * u(0.92, 1.08) });
      revisions.push({ day, knownOn: day + 5 + Math.floor(u(0, 20)), value });
    } else revisions.push({ day, knownOn: day + 3, value });
  });
  return { revisions: revisions.sort((a, b) => a.knownOn - b.knownOn), phantoms };
}
