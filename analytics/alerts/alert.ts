/** Something that a person should know: an anomaly, a budget, a capacity limit, or a line of the weekly digest. */
export type Alert = {
  /** Stable: the same incident has the same id in every run. */
  id: string;
  kind: AlertKind;
  /** What kind of it: spike, drop, level_shift, leak, new_service, forecast_exceeds, exceeded, underspent, exhaustion ... */
  subkind: string;
  status: 'open' | 'updated' | 'cleared';
  /** Too weak to be told; but what was told is not over yet, so that it does not come and go with each forecast. */
  isFading?: true;
  /** Rises with what is known about the incident. */
  revision: number;
  /** Day that it began, YYYY-MM-DD. */
  occurredOn: string;
  /** Day that it was found, YYYY-MM-DD. */
  detectedOn: string;
  team: string;
  owner: string;
  tier: string;
  costCenter: string;
  service: string;
  environment: string;
  /** Of an incident of several owners, the one with the largest part: it is routed as if it were theirs, too. */
  largestOwner?: Partial<Pick<Alert, 'team' | 'owner' | 'tier' | 'costCenter' | 'service' | 'environment'>>;
  /** Decimal text. */
  amountPerDay: string;
  /** Decimal text; the final cost once cleared. */
  amountTotal: string;
  /** Of what costs nothing by itself, such as a fall of use: what it puts at stake a day, decimal text. */
  stakePerDay?: string;
  currency: string;
  /** 0 to 1. */
  confidence: number;
  title: string;
  summary: string;
  causes: { text: string; amount: string }[];
  nextStep: string;
  /** Where the API tells more of it, below /v1/. */
  link?: string;
  series?: SeriesPoint[];
};

/** What was told of a forecast is over below this part of each limit that raises it. */
export const FADED_RATIO = 0.5;

export const ALERT_KINDS = ['anomaly', 'budget', 'capacity', 'digest'] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

/** One day of the evidence. */
export type SeriesPoint = { date: string; value: number; expected?: number };

/** From the worst to the least. */
export const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What goes out: one message to each of its channels. */
export type Notification = {
  /** The alert's id, or that of a team's digest; what receivers tell incidents apart by. */
  id: string;
  /** Counts the notifications of this id from 1: id, revision and channel make the idempotency key. */
  revision: number;
  type: 'open' | 'grown' | 'all_clear' | 'digest';
  severity: Severity;
  /** What it is about; of a digest its first line stands for the team. */
  alert: Alert;
  /** Others of the same group, or the lines of a digest, by falling regret. */
  members: Alert[];
  channels: string[];
  decidedAt: string;
};

/** What deduplicates a message: the same for every try of the same notification to the same channel. */
export function idempotencyKey(notification: Notification, channel: string): string {
  return `${notification.id}#${notification.revision}@${channel}`;
}
