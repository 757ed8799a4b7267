// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { median, scaledMad } from '../forecast/numeric.ts';
import { driftBefore, levelBefore, seasonAt } from './baseline.ts';
import { MINIMUM_SCATTER } from './departure.ts';
import type { Doubt } from './doubt.ts';
import { followEpisode, openEpisode } from './episode.ts';
import { openPlanned } from './planned.ts';
import { usualScatter } from './scale.ts';
import { scan } from './scan.ts';
import { pushValue } from './sorted-window.ts';
import { effectOf, learnEffect } from './special-days.ts';
import { chooseUnit, fromLog, reserve, sumFrom, sumOne, type Tracker, toLog } from './tracker.ts';

export type Period = {
  /** NaN for none. */
  value: number;
  /** Month start, month end, holiday ... as `classifyDay` names them, without planned events. */
  specialKinds: readonly string[];
  planned: { name: string; effectRatio: number | undefined } | undefined;
  /** What is not known yet of its value, and of the value of the period before. */
  doubt: Doubt;
  doubtBefore: Doubt;
  isEarly: boolean;
};

/** Internal: a departure is followed from this score on; what is shown is decided by its confidence. A leak is followed
 * sooner, so that it does not become the level. */
const OPENING_SCORE = 4;
const OPENING_LEAK_SCORE = 3;
const CLEAN_SCATTERS = 4;
const SEEN_SCATTERS = 6;
/** The first values are taken as they are within a factor of two of their median. */
const START_REACH = Math.LN2;
const DORMANT_DAYS = 56;
const UNIT_REVIEW_DAYS = 28;
const UNIT_CHANGE = 5;
/** A stated effect is believed within this share of itself. */
const PLANNED_SPREAD = 0.3;

/** Takes in one period; with `isFinal` for good, otherwise the caller restores the tracker afterwards. */
export function judgePeriod(tracker: Tracker, t: number, period: Period, isFinal: boolean): void {
  reserve(tracker, t);
  const { value } = period;
  tracker.values[t] = value;
  tracker.charges[t] = 0;
  tracker.usable[t] = 0;
  tracker.ordinary[t] = 0;
  if (isFinal) tracker.count = t + 1;
  noteOrigin(tracker, t, value);
  if (tracker.origin < 0) return;
  if (t - tracker.origin + 1 < tracker.plan.judgesPointsAfter || tracker.unit === 0) {
    if (isFinal && t - tracker.origin + 1 >= tracker.plan.judgesPointsAfter - 1) learnStart(tracker, t);
    return;
  }
  judgeKnown(tracker, t, period, isFinal);
  if (isFinal && !tracker.isRatio && (t - tracker.origin) % (UNIT_REVIEW_DAYS * tracker.plan.perDay) === 0)
    reviewUnit(tracker, t);
}

function noteOrigin(tracker: Tracker, t: number, value: number): void {
  if (!Number.isFinite(value)) return;
  if (value === 0) {
    tracker.zeroRun++;
    return;
  }
  const isBack = tracker.origin >= 0 && tracker.zeroRun >= DORMANT_DAYS * tracker.plan.perDay;
  tracker.zeroRun = 0;
  if (tracker.origin >= 0 && !isBack) return;
  tracker.origin = t;
  tracker.origins = [...tracker.origins, t];
  if (!tracker.isRatio) tracker.unit = 0;
  if (tracker.episode !== undefined) tracker.past = [...tracker.past, { ...tracker.episode, state: 'over' }];
  tracker.episode = undefined;
}

/** The first periods of a series: their median is its level, without a season. */
function learnStart(tracker: Tracker, t: number): void {
  const { origin, values, seen, clean, season, usable, ordinary } = tracker;
  if (!tracker.isRatio) tracker.unit = chooseUnit(values, origin, t + 1);
  if (tracker.unit === 0) return;
  const known: number[] = [];
  for (let i = origin; i <= t; i++) if (Number.isFinite(values[i]!)) known.push(toLog(tracker, values[i]!));
  const level = median(known);
  const reach = Math.max(4 * scaledMad(known, level), START_REACH);
  tracker.scatter.count = 0;
  tracker.scatter.next = 0;
  for (const statistic of tracker.statistics) {
    statistic.count = 0;
    statistic.next = 0;
  }
  for (let i = origin; i <= t; i++) {
    const isKnown = Number.isFinite(values[i]!);
    seen[i] = isKnown ? toLog(tracker, values[i]!) : Number.NaN;
    clean[i] = isKnown ? clamp(seen[i]!, level, reach) : level;
    season[i] = 0;
    usable[i] = isKnown ? 1 : 0;
    ordinary[i] = usable[i]!;
    if (isKnown) pushValue(tracker.scatter, Math.abs(clean[i]! - level));
  }
  sumFrom(tracker, origin, t + 1);
}

function judgeKnown(tracker: Tracker, t: number, period: Period, isFinal: boolean): void {
  const { seen, clean, season, usable, ordinary } = tracker;
  season[t] = seasonAt(tracker, t);
  openPlanned(tracker, t, period.planned);
  const { episode } = tracker;
  const drift = episode === undefined ? driftBefore(tracker, t) : episode.drift;
  const level =
    episode === undefined ? levelBefore(tracker, t, drift) : episode.level + drift * (t - episode.start);
  const expected = level + season[t]!;
  clean[t] = expected;
  seen[t] = Number.NaN;
  if (!Number.isFinite(period.value)) {
    sumOne(tracker, t);
    return;
  }
  const told = compare(tracker, t, period, level, expected, isFinal);
  seen[t] = expected + told.residual;
  ordinary[t] = told.isOrdinary ? 1 : 0;
  if (episode !== undefined) {
    followEpisode(tracker, t, { ...period, isJudged: told.isKnown, doubt: told.doubt }, isFinal);
    sumOne(tracker, t);
    return;
  }
  const scatter = Math.max(usualScatter(tracker), MINIMUM_SCATTER);
  usable[t] = ordinary[t]!;
  if (told.isOrdinary) clean[t] = clamp(seen[t]!, expected, SEEN_SCATTERS * scatter);
  sumOne(tracker, t);
  if (told.isKnown) {
    const may = { mayRise: !tracker.isRatio, mayFall: period.doubt.mayFall };
    const found = scan(
      tracker,
      t,
      { level, drift, residual: told.residual, ...may },
      [told.doubt, period.doubtBefore],
      { doesLearn: isFinal && told.isOrdinary, isOrdinary: told.isOrdinary },
    );
    const { shape } = tracker.plan.templates[found.template]!;
    if (Math.abs(found.score) >= (shape === 'ramp' && found.score > 0 ? OPENING_LEAK_SCORE : OPENING_SCORE)) {
      openEpisode(tracker, t, found, { ...period, doubt: told.doubt });
      usable[t] = 0;
      clean[t] = expected;
      sumOne(tracker, t);
      return;
    }
  }
  if (!told.isOrdinary) return;
  clean[t] = clamp(seen[t]!, expected, CLEAN_SCATTERS * scatter);
  sumOne(tracker, t);
  if (isFinal) pushValue(tracker.scatter, Math.abs(told.residual));
}

/** A value against what is expected with the charges of its day, in log units; in shares of the level when charges hide it. */
function compare(
  tracker: Tracker,
  t: number,
  period: Period,
  level: number,
  expected: number,
  isFinal: boolean,
) {
  const { value, specialKinds, planned } = period;
  const special = effectOf(tracker, specialKinds);
  const plannedRatio = planned?.effectRatio ?? 0;
  const levelValue = Math.abs(fromLog(tracker, level));
  const usualValue = fromLog(tracker, expected);
  const charge = special.amount + (special.ratio + plannedRatio) * usualValue;
  tracker.charges[t] = charge;
  if (isFinal && tracker.episode === undefined)
    learnEffect(tracker, specialKinds, value - usualValue, usualValue);
  const total = usualValue + charge;
  const isClear = charge === 0 || total > levelValue / 2;
  const residual = isClear
    ? toLog(tracker, value) - (charge === 0 ? expected : toLog(tracker, total))
    : (value - total) / levelValue;
  const amountRatio = special.amountSpread / (isClear ? Math.abs(total) : levelValue);
  const extra =
    (special.amountSpread > 0 ? amountRatio ** 2 : 0) +
    special.ratioSpread ** 2 +
    (PLANNED_SPREAD * plannedRatio) ** 2;
  return {
    residual,
    doubt: extra === 0 ? period.doubt : { ...period.doubt, variance: period.doubt.variance + extra },
    isOrdinary: specialKinds.length === 0,
    isKnown: special.isKnown,
  };
}

const clamp = (value: number, center: number, reach: number) =>
  Math.min(center + reach, Math.max(center - reach, value));

/** A series that has grown or shrunk far from its first values is seen in a new unit. */
function reviewUnit(tracker: Tracker, t: number): void {
  const { origin, seen, clean, values, charges } = tracker;
  const unit = chooseUnit(values, t - 2 * UNIT_REVIEW_DAYS * tracker.plan.perDay, t + 1);
  const ratio = unit / tracker.unit;
  if (unit === 0 || tracker.episode !== undefined || (ratio < UNIT_CHANGE && ratio > 1 / UNIT_CHANGE)) return;
  for (let i = origin; i <= t; i++) {
    const usual = fromLog(tracker, clean[i]!);
    clean[i] = Math.asinh(usual / (2 * unit));
    seen[i] = Math.asinh((values[i]! - charges[i]!) / (2 * unit));
  }
  tracker.unit = unit;
  sumFrom(tracker, origin, t + 1);
}
