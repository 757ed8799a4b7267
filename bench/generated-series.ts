import { toDayNumber } from '../analytics/forecast/calendar.ts';
import { createRandom, type Random } from '../analytics/forecast/random.ts';

export type CostSeries = {
  id: string;
  /** Final cost a day. */
  cost: number[];
  /** What is seen of a day one day and two days after it began. */
  seenFirst: number[];
  seenSecond: number[];
  /** Days on which something that nobody announced begins. */
  eventDays: number[];
};

export const FIRST_DATE = '2024-01-01';
export const FIRST_VIEW = { shareRatio: 0.75, spreadRatio: 0.155 };
export const SECOND_VIEW = { shareRatio: 0.965, spreadRatio: 0.02 };

const between = (random: Random, low: number, high: number) => low + (high - low) * random.uniform();

/**
 * Daily costs as teams' services have them: sizes over three orders of magnitude, growth of -10 to +80 % a year, quieter
 * weekends, noise that remembers, fees on the first of a month for half of them and credits on its last day for a fifth,
 * launches, and events that nobody announces (spikes, steps, leaks, outages), one in about eight months.
 */
export function generateCosts(seed: number, count: number, days: number): CostSeries[] {
  return Array.from({ length: count }, (_, i) =>
    generateCost(createRandom(seed * 100_003 + i * 7919), `cost-${i}`, days),
  );
}

function generateCost(random: Random, id: string, days: number): CostSeries {
  const u = (low: number, high: number) => between(random, low, high);
  const base = 10 ** u(0.7, 3.5);
  const growth = Math.log(1 + u(-0.1, 0.8)) / 365;
  const weekendDip = random.uniform() < 0.4 ? u(0.2, 0.5) : random.uniform() < 0.6 ? u(0.03, 0.15) : 0;
  const noise = random.uniform() < 0.1 ? u(0.1, 0.18) : Math.exp(u(Math.log(0.008), Math.log(0.08)));
  const memory = u(0.1, 0.6);
  const fee = random.uniform() < 0.5 ? u(0.3, 6) : 0;
  const credit = random.uniform() < 0.2 ? u(0.3, 1.5) : 0;
  const { events, eventDays } = generateEvents(random, days);
  const start = toDayNumber(FIRST_DATE);
  let wander = 0;
  const cost = Array.from({ length: days }, (_, i) => {
    const date = new Date((start + i) * 86_400_000);
    const isWeekend = date.getUTCDay() % 6 === 0;
    wander = memory * wander + noise * Math.sqrt(1 - memory ** 2) * random.normal();
    const trend = Math.exp(growth * i);
    let value = trend * Math.exp(wander) * (isWeekend ? 1 - weekendDip : 1);
    for (const event of events) value *= event(i);
    if (date.getUTCDate() === 1) value += fee * Math.sqrt(trend);
    if (new Date((start + i + 1) * 86_400_000).getUTCDate() === 1) value -= credit;
    return Math.round(base * value * 100) / 100;
  });
  return {
    id,
    cost,
    seenFirst: cost.map((value) => value * u(0.55, 0.95)),
    seenSecond: cost.map((value) => value * u(0.93, 1)),
    eventDays,
  };
}

function generateEvents(random: Random, days: number) {
  const u = (low: number, high: number) => between(random, low, high);
  const events: ((day: number) => number)[] = [];
  const eventDays: number[] = [];
  if (random.uniform() < 0.3) {
    const [at, length, size] = [u(60, days - 60), u(14, 45), u(0.15, 0.4)];
    events.push((day) => 1 + size * Math.min(1, Math.max(0, (day - at) / length)));
  }
  for (let at = u(60, 205); at < days; at += 60 - Math.log(1 - random.uniform()) * 190) {
    const first = Math.floor(at);
    eventDays.push(first);
    const kind = random.uniform();
    const length = 1 + Math.floor(u(0, 3));
    const [spike, up, down, rate, ramp] = [u(1.25, 4), u(1.2, 2.5), u(0.4, 0.8), u(0.015, 0.04), u(14, 29)];
    const isDuring = (day: number) => day >= first && day < first + length;
    if (kind < 0.35) events.push((day) => (isDuring(day) ? spike : 1));
    else if (kind < 0.55) events.push((day) => (day >= first ? up : 1));
    else if (kind < 0.67) events.push((day) => (day >= first ? down : 1));
    else if (kind < 0.85) events.push((day) => Math.exp(rate * Math.min(ramp, Math.max(0, day - first))));
    else events.push((day) => (isDuring(day) ? 0.01 : 1));
  }
  return { events, eventDays };
}

export type UtilizationSeries = { id: string; history: number[]; future: number[]; threshold: number };

/**
 * Daily utilization in percent: a level that grows at a rate that changes now and then, quieter weekends for half of
 * them, clean-ups that free some for a third, noise, and an end at 100.
 */
export function generateUtilization(
  seed: number,
  count: number,
  days: number,
  horizon: number,
): UtilizationSeries[] {
  return Array.from({ length: count }, (_, s) => {
    const random = createRandom(seed * 104_729 + s * 131);
    const u = (low: number, high: number) => between(random, low, high);
    const [noise, drift, weekend] = [u(0.1, 1.2), u(0.0015, 0.01), random.uniform() < 0.5 ? u(0, 4) : 0];
    const isCleaned = random.uniform() < 0.3;
    let level = u(10, 65);
    let slope = u(-0.02, 0.2);
    const values = Array.from({ length: days + horizon }, (_, i) => {
      slope += drift * random.normal();
      if (random.uniform() < 0.004) slope = u(-0.05, 0.3);
      if (isCleaned && random.uniform() < 0.01) level -= u(2, 12);
      level = Math.min(100, Math.max(1, level + slope + noise * 0.25 * random.normal()));
      return Math.min(100, Math.max(0, level - (i % 7 >= 5 ? weekend : 0) + noise * random.normal()));
    });
    return { id: `used-${s}`, history: values.slice(0, days), future: values.slice(days), threshold: 85 };
  });
}
