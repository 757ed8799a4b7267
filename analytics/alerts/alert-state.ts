import type { AlertMatch, AlertPolicySettings } from '../configuration/alerts-schema.ts';
import type { Thresholds } from './adapt-thresholds.ts';
import type { Alert, Notification, Severity } from './alert.ts';

/** What was told and is not over: one message's alerts. */
export type Incident = {
  status: 'open' | 'cleared';
  severity: Severity;
  channels: string[];
  /** Instant of the last message. */
  toldAt: string;
  /** What it was worth a day in the last message. */
  toldAmountPerDay: number;
  /** As last told, without their series; the first leads. */
  alerts: Alert[];
};

/** What the policy remembers from run to run. */
export type AlertState = {
  /** By the id of the alert that leads. */
  incidents: Record<string, Incident>;
  /** How many notifications an id had. */
  revisions: Record<string, number>;
  /** Messages that count, by `2026-W48|team`; `ordinary` ones are neither high nor critical. */
  spent: Record<string, { total: number; ordinary: number }>;
  /** Instant of a group's last message. */
  groups: Record<string, string>;
  /** By team: what waits for the digest. */
  held: Record<string, Alert[]>;
  /** The week from digest to digest that was last seen; empty before the first run. */
  digestWeek: string;
  /** Amount a day that a digest told of an alert, by its id; of one that has run out, by its id and `#saturated`, too. */
  told: Record<string, number>;
};

export const EMPTY_STATE: AlertState = {
  incidents: {},
  revisions: {},
  spent: {},
  groups: {},
  held: {},
  digestWeek: '',
  told: {},
};

/** The configured policy and what else decides. */
export type AlertPolicy = AlertPolicySettings & {
  routes: readonly { match: AlertMatch; channels: readonly string[]; continue: boolean }[];
  /** Planned events of the whole organisation; both days included. */
  events: readonly { name: string; from: string; to: string }[];
  /** Alerts that somebody has silenced, by id; `until` is the first day that they are told again. */
  muted: Readonly<Record<string, { reason: string; until?: string }>>;
  /** What feedback has made of the minimums of anomalies. */
  thresholds: Thresholds;
  /** Kinds, or `kind/subkind`, that the run could judge: one of these that is gone is over. */
  judged: readonly string[];
};

export const SUPPRESSIONS = [
  'no_route',
  'snoozed',
  'planned',
  'below_minimum',
  'standing',
  'cool_down',
  'budget',
  'told',
  'over_untold',
  'digest',
] as const;
export type Suppression = { alert: Alert; reason: (typeof SUPPRESSIONS)[number]; detail: string };

export type Decision = { send: Notification[]; suppressed: Suppression[]; state: AlertState };
