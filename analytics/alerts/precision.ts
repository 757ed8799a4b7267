import type { Feedback } from './feedback.ts';

/** What a person said about an alert of a team's and a detector's. */
export type JudgedAlert = {
  team: string;
  detector: string;
  feedback: Feedback;
  /** When, ISO 8601. */
  at: string;
};

export type Precision = {
  team: string;
  detector: string;
  actionable: number;
  notActionable: number;
  /** The detector was right, but somebody knew: neither for nor against it. */
  planned: number;
  /** Share of actionable ones among those that were actionable or not; undefined without any. */
  precision: number | undefined;
  /** Its 95 % interval (Wilson 1927); 0 to 1 without any. */
  low: number;
  high: number;
  /** Instant of the newest statement. */
  newestAt: string;
};

const Z_95 = 1.959963984540054;

/** Measured precision by team and detector, ordered by both. */
export function measurePrecision(judged: readonly JudgedAlert[]): Precision[] {
  const groups = new Map<string, Precision>();
  for (const { team, detector, feedback, at } of judged) {
    const key = JSON.stringify([team, detector]);
    const group = groups.get(key) ?? {
      team,
      detector,
      actionable: 0,
      notActionable: 0,
      planned: 0,
      precision: undefined,
      low: 0,
      high: 1,
      newestAt: '',
    };
    groups.set(key, group);
    if (at > group.newestAt) group.newestAt = at;
    if (feedback === 'actionable') group.actionable += 1;
    else if (feedback === 'planned') group.planned += 1;
    else group.notActionable += 1;
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, group]) => ({ ...group, ...estimateShare(group.actionable, group.notActionable) }));
}

function estimateShare(hits: number, misses: number): Pick<Precision, 'precision' | 'low' | 'high'> {
  const count = hits + misses;
  if (count === 0) return { precision: undefined, low: 0, high: 1 };
  const share = hits / count;
  const scale = 1 + Z_95 ** 2 / count;
  const middle = (share + Z_95 ** 2 / (2 * count)) / scale;
  const reach = (Z_95 / scale) * Math.sqrt((share * (1 - share)) / count + Z_95 ** 2 / (4 * count ** 2));
  return { precision: share, low: Math.max(0, middle - reach), high: Math.min(1, middle + reach) };
}
