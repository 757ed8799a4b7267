import type { AlertPolicySettings } from '../configuration/alerts-schema.ts';
import type { Journal, JournalEntry } from '../lake/journal.ts';
import type { Alert } from './alert.ts';
import type { readFeedback } from './feedback.ts';
import { type JudgedAlert, measurePrecision } from './precision.ts';

/** What feedback has made of the configured minimums of a team's detector: a factor on the amount, a shift of the confidence. */
export type Threshold = {
  factor: number;
  confidenceShift: number;
  /** Statements up to this instant have been counted. */
  through: string;
};
/** By `team|detector`; as configured where there is none. */
export type Thresholds = Readonly<Record<string, Threshold>>;

export type ThresholdChange = {
  key: string;
  from: number;
  to: number;
  from_confidence_shift: number;
  to_confidence_shift: number;
  through: string;
  reason: string;
};

/** The journal of every change: nobody's threshold moves without a reason that can be read. */
export const THRESHOLD_JOURNAL = 'alert-thresholds';

const DIGITS = 4;
const AS_CONFIGURED: Threshold = { factor: 1, confidenceShift: 0, through: '' };

/** What thresholds are kept apart by. */
export function thresholdKey(team: string, detector: string): string {
  return `${team}|${detector}`;
}

/** The minimums that an anomaly must reach to be told; of alerts of other kinds, the configured amount alone. */
export function findMinimums(
  { kind, team, subkind }: Pick<Alert, 'kind' | 'team' | 'subkind'>,
  policy: AlertPolicySettings,
  thresholds: Thresholds,
): { amountPerDay: number; confidence: number } {
  if (kind !== 'anomaly') return { amountPerDay: policy.minimum_amount_per_day, confidence: 0 };
  const { factor, confidenceShift } = thresholds[thresholdKey(team, subkind)] ?? AS_CONFIGURED;
  return {
    amountPerDay: policy.minimum_amount_per_day * factor,
    confidence: round(clamp(policy.minimum_confidence + confidenceShift, 0, 1)),
  };
}

/** What people said of anomalies that were told, as far as no change has counted it. */
export function listJudged(
  told: readonly Alert[],
  feedback: ReturnType<typeof readFeedback>,
  thresholds: Thresholds,
): JudgedAlert[] {
  return told
    .filter(({ kind }) => kind === 'anomaly')
    .flatMap(({ id, team, subkind }) => {
      const said = feedback.get(id);
      const { through } = thresholds[thresholdKey(team, subkind)] ?? AS_CONFIGURED;
      if (!said || said.at <= through) return [];
      return [{ team, detector: subkind, feedback: said.feedback, at: said.at }];
    });
}

/**
 * Moves thresholds by what people said since they last moved: up a step where the precision of a team's detector is
 * below the target for all that the feedback tells (the whole 95 % interval), down a step where it is above; never
 * beyond the bounds, and not for few answers. The order of the answers does not matter.
 */
export function adaptThresholds(
  judged: readonly JudgedAlert[],
  thresholds: Thresholds,
  bounds: AlertPolicySettings['adaptation'],
): ThresholdChange[] {
  return measurePrecision(judged).flatMap(
    ({ team, detector, actionable, notActionable, precision, low, high, newestAt }) => {
      if (precision === undefined || actionable + notActionable < bounds.least_judged) return [];
      const isTooLow = high < bounds.target_precision;
      const isHigher = low > bounds.target_precision;
      if (!isTooLow && !isHigher) return [];
      const key = thresholdKey(team, detector);
      const { factor, confidenceShift } = thresholds[key] ?? AS_CONFIGURED;
      const to = clamp(
        isTooLow ? factor * bounds.step : factor / bounds.step,
        bounds.lowest_factor,
        bounds.highest_factor,
      );
      const toShift = clamp(
        confidenceShift + (isTooLow ? bounds.confidence_step : -bounds.confidence_step),
        bounds.lowest_confidence_shift,
        bounds.highest_confidence_shift,
      );
      const change = { from: factor, to: round(to), from_confidence_shift: confidenceShift };
      if (change.to === factor && round(toShift) === confidenceShift) return [];
      const percent = (share: number) => `${Math.round(share * 100)} %`;
      const reason = `${actionable} of ${actionable + notActionable} alerts were actionable (95 % interval ${percent(low)} to ${percent(high)}), ${isTooLow ? 'below' : 'above'} the target of ${percent(bounds.target_precision)}`;
      return [{ key, ...change, to_confidence_shift: round(toShift), through: newestAt, reason }];
    },
  );
}

/** The thresholds as they are after changes. */
export function applyChanges(thresholds: Thresholds, changes: readonly ThresholdChange[]): Thresholds {
  const moved = changes.map(({ key, to, to_confidence_shift, through }) => [
    key,
    { factor: to, confidenceShift: to_confidence_shift, through },
  ]);
  return { ...thresholds, ...Object.fromEntries(moved) };
}

/** The thresholds as the journal has them now. */
export function readThresholds(entries: ReadonlyMap<string, readonly JournalEntry[]>): Thresholds {
  return Object.fromEntries(
    [...entries].flatMap(([key, list]) => {
      const last = list.at(-1);
      if (typeof last?.to !== 'number') return [];
      const { to: factor, to_confidence_shift: shift, through = last.at } = last;
      const confidenceShift = typeof shift === 'number' ? shift : 0;
      return [[key, { factor, confidenceShift, through: String(through) }]];
    }),
  );
}

/** Keeps changes with their reasons. One that another process made in between is left as it is. */
export async function recordThresholds(
  journal: Journal,
  changes: readonly ThresholdChange[],
  at: string,
): Promise<void> {
  for (const { key, ...change } of changes) {
    const entries = await journal.read(key);
    if (change.through <= (readThresholds(new Map([[key, entries]]))[key]?.through ?? '')) continue;
    await journal.append(key, { at, by: 'headroom', ...change }, entries.length).catch((error: Error) => {
      if (error.name !== 'ConflictError') throw error;
    });
  }
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
const round = (value: number): number => Number(value.toFixed(DIGITS));
