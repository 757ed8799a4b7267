import type { Alert, Notification } from './alert.ts';
import type { AlertPolicy, AlertState, Decision, Incident } from './alert-state.ts';
import { assumeGone } from './assume-gone.ts';
import { decideDigests, dropHeld, holdForDigest } from './digest.ts';
import { groupOf } from './group-alerts.ts';
import { routeAlert } from './match.ts';
import { expectRegret, judgeSeverity, rankAlerts, weighAmount } from './rank.ts';
import { findWait, refuseAlert } from './refuse-alert.ts';
import { findSilence } from './silence.ts';
import { isoWeekOf } from './weeks.ts';

const HOUR_MS = 3_600_000;
/** Weeks whose messages are still counted; older ones decide nothing. */
const KEPT_WEEKS = 8;
/** What was only expected is told again when it happens. */
const COMES_TRUE: Readonly<Record<string, string>> = {
  forecast_exceeds: 'exceeded',
  exhaustion: 'saturated',
};

/** Messages that compete for a team's budget. */
type Candidate = {
  type: 'open' | 'grown';
  group: string;
  regret: number;
  severity: Incident['severity'];
  channels: string[];
  alerts: Alert[];
};

/**
 * Decides what is told to whom: of the alerts that are new or have grown, those that teams lose most by not hearing,
 * within each team's budget of the ISO week; and of what was told, what is over. What the budget or a cool-down keeps
 * back waits for the team's weekly digest. The order of the alerts does not matter, and the same alerts with the state
 * that comes out send nothing.
 *
 * @param now an instant, ISO 8601.
 */
export function decideAlerts(
  alerts: readonly Alert[],
  state: AlertState,
  policy: AlertPolicy,
  now: string,
): Decision {
  const ranked = rankAlerts(alerts, policy);
  const next = structuredClone(state);
  const decision: Decision = { send: [], suppressed: [], state: next };
  const tell = (type: Notification['type'], incident: Incident) => {
    decision.send.push(makeNotification(type, incident, next, now));
  };
  const candidates = [
    ...followIncidents(ranked, policy, decision, now, tell),
    ...gatherNew(ranked, policy, decision, now),
  ].sort((a, b) => b.regret - a.regret || compare(idOf(a), idOf(b)));

  for (const candidate of candidates) {
    const incident: Incident = {
      status: 'open',
      severity: candidate.severity,
      channels: candidate.channels,
      toldAt: now,
      toldAmountPerDay: sumWeights(candidate.alerts, policy),
      alerts: candidate.alerts.map(withoutSeries),
    };
    if (!spendBudget(candidate, policy, next, now)) {
      for (const alert of candidate.alerts.filter(({ status }) => status !== 'cleared')) {
        holdForDigest(alert, policy, decision, {
          reason: 'budget',
          detail: 'the budget of alerts of the week is used up',
        });
      }
      continue;
    }
    for (const alert of candidate.alerts) dropHeld(next, alert);
    next.groups[candidate.group] = now;
    next.incidents[idOf(candidate)] = incident;
    tell(candidate.type, { ...incident, alerts: candidate.alerts });
  }
  decideDigests(ranked, policy, decision, now);
  prune(next, ranked, now);
  return decision;
}

/** Told ones: all-clears are sent at once; those that have grown, or whose snooze is over, compete again. */
function followIncidents(
  ranked: readonly Alert[],
  policy: AlertPolicy,
  decision: Decision,
  now: string,
  tell: (type: 'all_clear', incident: Incident) => void,
): Candidate[] {
  const current = new Map(ranked.map((alert) => [alert.id, alert]));
  return Object.entries(decision.state.incidents).flatMap(([id, incident]): Candidate[] => {
    if (incident.status === 'cleared') return [];
    const alerts = incident.alerts.map((told) => current.get(told.id) ?? assumeGone(told, policy));
    const open = alerts.filter(({ status }) => status !== 'cleared');
    if (open.length === 0) {
      const over: Incident = { ...incident, status: 'cleared', toldAt: now, alerts };
      decision.state.incidents[id] = { ...over, alerts: alerts.map(withoutSeries) };
      tell('all_clear', over);
      return [];
    }
    const [lead] = alerts as [Alert];
    const amount = sumWeights(open, policy);
    const hasGrown =
      (incident.toldAmountPerDay > 0 && amount >= policy.growth_factor * incident.toldAmountPerDay) ||
      incident.alerts.some(({ id, subkind }) =>
        open.some((alert) => alert.id === id && alert.subkind === COMES_TRUE[subkind]),
      );
    const isDue = current.has(lead.id) && hasWokenUp(lead, incident, policy, now);
    const silence = findSilence(lead, incident.severity, policy, now);
    if (silence || !(hasGrown || isDue)) {
      const reason = silence ?? { reason: 'told' as const, detail: `told at ${incident.toldAt}` };
      decision.suppressed.push(
        ...open.filter(({ id }) => current.has(id)).map((alert) => ({ alert, ...reason })),
      );
      return [];
    }
    const severity = judgeSeverity(amount, policy);
    const channels = [...new Set([...incident.channels, ...routeAlert(policy.routes, lead, severity)])];
    return [
      {
        type: hasGrown ? 'grown' : 'open',
        group: groupOf(lead, policy),
        regret: sumRegrets(open, policy),
        severity,
        channels,
        alerts,
      },
    ];
  });
}

/** Whether somebody wanted to be told again from a day on that has come since. */
function hasWokenUp({ id }: Alert, { toldAt }: Incident, { muted }: AlertPolicy, now: string): boolean {
  const until = muted[id]?.until;
  return until !== undefined && toldAt.slice(0, 10) < until && until <= now.slice(0, 10);
}

/** Alerts that nobody was told of, by group. */
function gatherNew(
  ranked: readonly Alert[],
  policy: AlertPolicy,
  decision: Decision,
  now: string,
): Candidate[] {
  const { state, suppressed } = decision;
  const known = new Set(
    Object.values(state.incidents)
      .filter(({ status }) => status === 'open')
      .flatMap(({ alerts }) => alerts.map(({ id }) => id)),
  );
  const justOver = new Set(
    decision.send.flatMap(({ alert, members }) => [alert, ...members].map(({ id }) => id)),
  );
  const groups = new Map<string, Candidate>();
  for (const alert of ranked) {
    if (alert.kind === 'digest' || known.has(alert.id) || justOver.has(alert.id)) continue;
    const amount = weighAmount(alert, policy);
    const severity = judgeSeverity(amount, policy);
    const channels = routeAlert(policy.routes, alert, severity);
    const group = groupOf(alert, policy);
    const refusal = refuseAlert({ alert, amount, severity, channels }, state, policy, now);
    const wait = findWait({ alert, severity, toldAt: state.groups[group] }, policy, now);
    if (refusal) {
      suppressed.push({ alert, ...refusal });
      if (refusal.reason === 'snoozed' || refusal.reason === 'planned') dropHeld(state, alert);
    } else if (wait) holdForDigest(alert, policy, decision, wait);
    else {
      const candidate = groups.get(group);
      if (candidate) {
        candidate.alerts.push(alert);
        candidate.regret += expectRegret(alert, policy);
      } else {
        groups.set(group, {
          type: 'open',
          group,
          regret: expectRegret(alert, policy),
          severity,
          channels,
          alerts: [alert],
        });
      }
    }
  }
  for (const candidate of groups.values()) {
    candidate.severity = judgeSeverity(sumWeights(candidate.alerts, policy), policy);
    const [lead] = candidate.alerts as [Alert];
    const channels = routeAlert(policy.routes, lead, candidate.severity);
    candidate.channels = [...new Set([...candidate.channels, ...channels])];
  }
  return [...groups.values()];
}

function spendBudget(
  { alerts, severity }: Candidate,
  policy: AlertPolicy,
  state: AlertState,
  now: string,
): boolean {
  const team = (alerts[0] as Alert).team;
  const budget = policy.team_budgets[team] ?? policy.budget_per_week;
  const key = `${isoWeekOf(now)}|${team}`;
  const { total, ordinary } = state.spent[key] ?? { total: 0, ordinary: 0 };
  const isOrdinary = severity === 'medium' || severity === 'low';
  const reserved = Math.min(policy.reserved_for_high, Math.max(0, budget - 1));
  if (total >= budget || (isOrdinary && ordinary >= budget - reserved)) return false;
  state.spent[key] = { total: total + 1, ordinary: ordinary + (isOrdinary ? 1 : 0) };
  return true;
}

function makeNotification(
  type: Notification['type'],
  { alerts, severity, channels }: Incident,
  state: AlertState,
  now: string,
): Notification {
  const [alert, ...members] = alerts as [Alert];
  const revision = (state.revisions[alert.id] ?? 0) + 1;
  state.revisions[alert.id] = revision;
  return { id: alert.id, revision, type, severity, alert, members, channels, decidedAt: now };
}

function sumWeights(alerts: readonly Alert[], policy: AlertPolicy): number {
  return alerts
    .filter(({ status }) => status !== 'cleared')
    .reduce((sum, alert) => sum + weighAmount(alert, policy), 0);
}

function sumRegrets(alerts: readonly Alert[], policy: AlertPolicy): number {
  return alerts.reduce((sum, alert) => sum + expectRegret(alert, policy), 0);
}

/** Forgets counts of weeks and cool-downs that are long over, and incidents that nothing names any more. */
function prune(state: AlertState, ranked: readonly Alert[], now: string): void {
  const oldest = new Date(Date.parse(now) - KEPT_WEEKS * 7 * 24 * HOUR_MS).toISOString();
  for (const key of Object.keys(state.spent)) {
    if ((key.split('|')[0] as string) < isoWeekOf(oldest)) delete state.spent[key];
  }
  for (const [group, toldAt] of Object.entries(state.groups)) if (toldAt < oldest) delete state.groups[group];
  const current = new Set(ranked.map(({ id }) => id));
  for (const [id, incident] of Object.entries(state.incidents)) {
    const isNamed = incident.status === 'open' && incident.alerts.some(({ id }) => current.has(id));
    if (!isNamed && incident.toldAt < oldest) delete state.incidents[id];
  }
}

const idOf = ({ alerts }: Candidate): string => (alerts[0] as Alert).id;
const withoutSeries = ({ series: _, ...alert }: Alert): Alert => alert;

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
