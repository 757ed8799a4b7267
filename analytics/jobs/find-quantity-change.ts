/** Days, as indexes from `from` to `to` (exclusive), whose quantity was apart from that of all others. */
export type QuantityChange = {
  from: number;
  to: number;
  /** Mean of these days / mean of the others - 1; infinite where the others have none. */
  ratio: number;
};

/** A level holds for so many days at least, up to the last one. */
const SHORTEST_LEVEL_DAYS = 5;
/** What ends again is an episode of so many days at most. */
const LONGEST_EPISODE_DAYS = 7;
/**
 * One change must explain so much of the days' variation. A steady ramp is explained by a step in its middle to 75 %, so what
 * is above that is no ramp.
 */
const LEAST_EXPLAINED = 0.8;
/** A smaller change is not worth a date. */
const LEAST_RATIO = 0.05;
const WEEK_DAYS = 7;

/**
 * When a daily quantity went to another level, or was apart for a few days: by least squares, those days whose mean and the
 * mean of all others leave the smallest squared distances. Weekdays are levelled first: what they have left over from the
 * first choice is taken out of the second. Undefined where no single change is clear.
 */
export function findQuantityChange(values: readonly number[]): QuantityChange | undefined {
  const first = chooseDays(values);
  if (first === undefined) return undefined;
  const chosen = chooseDays(levelWeekdays(values, first));
  if (chosen === undefined || chosen.explained < LEAST_EXPLAINED) return undefined;
  const { from, to } = chosen;
  const usual = meanOf(values.filter((_, day) => day < from || day >= to));
  const apart = meanOf(values.slice(from, to));
  const ratio = usual === 0 ? Number.POSITIVE_INFINITY : apart / usual - 1;
  return Math.abs(ratio) < LEAST_RATIO ? undefined : { from, to, ratio };
}

type Choice = { from: number; to: number; inside: number; outside: number; explained: number };

function chooseDays(values: readonly number[]): Choice | undefined {
  const count = values.length;
  const sums = [0];
  for (const value of values) sums.push((sums.at(-1) as number) + value);
  const total = sums[count] as number;
  const variation = values.reduce((sum, value) => sum + (value - total / count) ** 2, 0);
  if (variation === 0) return undefined;
  let best: Choice | undefined;
  for (let from = 0; from < count; from++) {
    for (let to = from + 1; to <= count; to++) {
      const days = to - from;
      const isLevel = to === count && days >= SHORTEST_LEVEL_DAYS && from >= SHORTEST_LEVEL_DAYS;
      if (!isLevel && (days > LONGEST_EPISODE_DAYS || from === 0)) continue;
      const sum = (sums[to] as number) - (sums[from] as number);
      const [inside, outside] = [sum / days, (total - sum) / (count - days)];
      const explained = ((days * (count - days)) / count) * ((inside - outside) ** 2 / variation);
      if (best === undefined || explained > best.explained) best = { from, to, inside, outside, explained };
    }
  }
  return best;
}

/** Takes out what the days of each weekday have in common beside the level of their side. */
function levelWeekdays(values: readonly number[], { from, to, inside, outside }: Choice): number[] {
  const rests = values.map((value, day) => value - (day >= from && day < to ? inside : outside));
  const effects = Array.from({ length: WEEK_DAYS }, (_, weekday) =>
    meanOf(rests.filter((_, day) => day % WEEK_DAYS === weekday)),
  );
  return values.map((value, day) => value - (effects[day % WEEK_DAYS] as number));
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
