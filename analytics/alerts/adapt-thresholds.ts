import type { AlertPolicySettings } from '../configuration/alerts-schema.ts';
import type { Journal, JournalEntry } from '../lake/journal.ts';
import { type JudgedAlert, measurePrecision } from './precision.ts';

/** Factors on the minimum amount a day, by `team|detector`; 1 where there is none. */
export type ThresholdFactors = Readonly<Record<string, number>>;

export type ThresholdChange = { key: string; from: number; to: number; reason: string };

/** The journal of every change: nobody's threshold moves without a reason that can be read. */
export const THRESHOLD_JOURNAL = 'alert-thresholds';

const FACTOR_DIGITS = 4;

/** What thresholds are kept apart by. */
export function thresholdKey(team: string, detector: string): string {
  return `${team}|${detector}`;
}

/**
 * Moves thresholds by what people said since they last moved: up a step where the precision of a team's detector is
 * below the target for all that the feedback tells (the whole 95 % interval), down a step where it is above; never
 * beyond the bounds, and not for few answers.
 */
export function adaptThresholds(
  judged: readonly JudgedAlert[],
  factors: ThresholdFactors,
  bounds: AlertPolicySettings['adaptation'],
): ThresholdChange[] {
  return measurePrecision(judged).flatMap(
    ({ team, detector, actionable, notActionable, precision, low, high }) => {
      if (precision === undefined || actionable + notActionable < bounds.least_judged) return [];
      const key = thresholdKey(team, detector);
      const from = factors[key] ?? 1;
      const isTooLow = high < bounds.target_precision;
      const isHigher = low > bounds.target_precision;
      if (!isTooLow && !isHigher) return [];
      const wanted = isTooLow ? from * bounds.step : from / bounds.step;
      const to = Number(
        Math.min(bounds.highest_factor, Math.max(bounds.lowest_factor, wanted)).toFixed(FACTOR_DIGITS),
      );
      if (to === from) return [];
      const percent = (share: number) => `${Math.round(share * 100)} %`;
      const reason = `${actionable} of ${actionable + notActionable} alerts were actionable (95 % interval ${percent(low)} to ${percent(high)}), ${isTooLow ? 'below' : 'above'} the target of ${percent(bounds.target_precision)}`;
      return [{ key, from, to, reason }];
    },
  );
}

/** The factors as the journal has them now, and when each last moved. */
export function readThresholds(entries: ReadonlyMap<string, readonly JournalEntry[]>): {
  factors: ThresholdFactors;
  movedAt: Readonly<Record<string, string>>;
} {
  const newest = [...entries].flatMap(([key, list]) => {
    const last = list.at(-1);
    return last && typeof last.to === 'number' ? [{ key, to: last.to, at: last.at }] : [];
  });
  return {
    factors: Object.fromEntries(newest.map(({ key, to }) => [key, to])),
    movedAt: Object.fromEntries(newest.map(({ key, at }) => [key, at])),
  };
}

/** Keeps changes with their reasons. One that another process made in between is left as it is. */
export async function recordThresholds(
  journal: Journal,
  changes: readonly ThresholdChange[],
  at: string,
): Promise<void> {
  for (const { key, ...change } of changes) {
    const { length } = await journal.read(key);
    await journal.append(key, { at, by: 'headroom', ...change }, length).catch((error: Error) => {
      if (error.name !== 'ConflictError') throw error;
    });
  }
}
