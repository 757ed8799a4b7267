// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { InputError } from '../errors.ts';
import { toDate, toDayNumber } from './calendar.ts';
import { calibrateTotals, type TotalModel, type TotalProfile, totalReach } from './conformal-total.ts';
import {
  type Draft,
  draftLanding,
  type LandingOptions,
  type LandingSeries,
  type Period,
  sumRange,
} from './landing-draft.ts';
import { hashText } from './random.ts';

export type { Completeness, LandingOptions, LandingSeries } from './landing-draft.ts';

export type Landing = {
  id: string;
  isForecast: true;
  /** Total of the period: known days, the rest as forecast, and the known charges. */
  landing: number;
  low: number;
  high: number;
  /** Parts of `landing`: complete days; incomplete days as they will be; days to come; charges that are certain. */
  completeCost: number;
  incompleteCost: number;
  comingCost: number;
  knownCost: number;
};

export type NoLanding = { id: string; isForecast: false; reason: string };

/** Intervals are learnt from at most this many series, replayed in this many earlier periods. */
const REPLAYED_SERIES = 300;
const REPLAYED_PERIODS = 4;
const MINIMUM_REPLAY_DAYS = 42;

/** Forecasts the total of the month (or another period) of many series at once; errors are pooled over them. */
export function forecastLandings(
  series: readonly LandingSeries[],
  options: LandingOptions,
): (Landing | NoLanding)[] {
  const period = resolvePeriod(options);
  const drafts = series.map((each) => draftLanding(each, options, period));
  const profile = calibrateTotals(
    sampleSeries(series).flatMap((each) => replayLandings(each, options, period)),
  );
  return drafts.map((draft, i) => {
    const { id } = series[i]!;
    return 'reason' in draft
      ? { id, isForecast: false, reason: draft.reason }
      : finish(id, draft, profile, options);
  });
}

/** The series that errors are learnt from: those of the lowest hash, so that the choice does not depend on the order. */
function sampleSeries(series: readonly LandingSeries[]): LandingSeries[] {
  const ranked = series.map((each) => ({ each, rank: hashText(each.id) }));
  ranked.sort((a, b) => a.rank - b.rank || (a.each.id < b.each.id ? -1 : 1));
  return ranked.slice(0, REPLAYED_SERIES).map(({ each }) => each);
}

/** The same forecast at the same distance from the end of earlier periods, with what it missed by. */
function replayLandings(series: LandingSeries, options: LandingOptions, period: Period) {
  const past: { total: TotalModel; error: number }[] = [];
  const first = toDayNumber(series.firstDate);
  const blind = options.completeness?.length ?? 0;
  for (const then of earlierPeriods(period)) {
    if (then.now - first < MINIMUM_REPLAY_DAYS || then.end >= period.now - blind) continue;
    const known = { ...series, knownCost: 0 };
    const draft = draftLanding(known, { ...options, completeness: [] }, { ...then, now: then.now - blind });
    if ('reason' in draft || draft.model === undefined) continue;
    const actual = Float64Array.from(series.dailyCost, (value) => value ?? Number.NaN);
    const total = sumRange(actual, then.start - first, then.end + 1 - first);
    past.push({ total: draft.model, error: total - draft.completeCost - draft.comingCost });
  }
  return past;
}

/** Whole months before a month; else periods of the same length in weeks. The days that remain are as many as now. */
function earlierPeriods(period: Period): Period[] {
  const isMonth = toDate(period.start).endsWith('-01') && toDate(period.end + 1).endsWith('-01');
  const weeks = 7 * Math.ceil((period.end + 1 - period.start) / 7);
  const remaining = period.end - period.now;
  const earlier: Period[] = [];
  let { start, end } = period;
  for (let k = 0; k < REPLAYED_PERIODS; k++) {
    end = isMonth ? start - 1 : end - weeks;
    start = isMonth ? toDayNumber(`${toDate(end).slice(0, 7)}-01`) : start - weeks;
    earlier.push({ start, end, now: end - remaining });
  }
  return earlier;
}

/** `forecastLandings` for one series, whose interval can lean only on itself. */
export function forecastLanding(series: LandingSeries, options: LandingOptions): Landing | NoLanding {
  return forecastLandings([series], options)[0]!;
}

function resolvePeriod({ asOf, periodStart, periodEnd }: LandingOptions): Period {
  const now = toDayNumber(asOf);
  const month = toDate(now - 1).slice(0, 7);
  const start = periodStart === undefined ? toDayNumber(`${month}-01`) : toDayNumber(periodStart);
  const next = toDate(toDayNumber(`${month}-28`) + 4).slice(0, 7);
  const end = periodEnd === undefined ? toDayNumber(`${next}-01`) - 1 : toDayNumber(periodEnd);
  if (!(Number.isFinite(now) && Number.isFinite(start) && end >= start)) {
    throw new InputError('The period of a landing must have an end after its start', {
      where: 'asOf, periodStart, periodEnd',
      remedy: 'Give dates as YYYY-MM-DD.',
    });
  }
  return { start, end, now };
}

function finish(id: string, draft: Draft, profile: TotalProfile, { level = 0.9 }: LandingOptions): Landing {
  const { completeCost, incompleteCost, comingCost, knownCost } = draft;
  const landing = completeCost + incompleteCost + comingCost + knownCost;
  const reach = draft.model === undefined ? 0 : totalReach(draft.model, profile, level);
  const floor = draft.isNonNegative ? Math.min(landing, completeCost + knownCost) : -Infinity;
  const low = Math.max(floor, landing - reach);
  const parts = { completeCost, incompleteCost, comingCost, knownCost };
  return { id, isForecast: true, landing, low, high: landing + reach, ...parts };
}
