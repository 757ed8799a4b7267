import { WEEKDAYS } from '../configuration/alerts-schema.ts';
import type { Alert } from './alert.ts';
import type { AlertPolicy, AlertState, Decision, Suppression } from './alert-state.ts';
import { assumeGone } from './assume-gone.ts';
import { digestTeamOf, routeAlert } from './match.ts';
import { rankAlerts, weighAmount } from './rank.ts';
import { findSilence } from './silence.ts';
import { isoWeekOf } from './weeks.ts';

const DAY_MS = 86_400_000;

/** Puts an alert on the list for its team's digest, unless a digest told it and it has not grown since. */
export function holdForDigest(
  alert: Alert,
  policy: AlertPolicy,
  decision: Decision,
  why: Omit<Suppression, 'alert'>,
): void {
  const { state } = decision;
  decision.suppressed.push({ alert, ...why });
  if (!hasNews(alert, policy, state)) return;
  const { series: _, ...line } = alert;
  dropHeld(state, alert);
  const team = digestTeamOf(alert);
  state.held[team] = [...(state.held[team] ?? []), line];
}

/** Takes an alert off the list: it was told by itself. */
export function dropHeld(state: AlertState, { id }: Alert): void {
  for (const [team, held] of Object.entries(state.held)) {
    const rest = held.filter((alert) => alert.id !== id);
    if (rest.length > 0) state.held[team] = rest;
    else delete state.held[team];
  }
}

/**
 * Sends each team's digest in the first run of a week that begins at the policy's weekday: what was kept back, and waste
 * and tagging that became worse than the last digest said. A team without a route keeps what waits.
 */
export function decideDigests(
  ranked: readonly Alert[],
  policy: AlertPolicy,
  decision: Decision,
  now: string,
): void {
  const { state } = decision;
  const isDue = enterWeek(state, policy, now);
  const current = new Map(ranked.map((alert) => [alert.id, alert]));
  const regressions = ranked.filter((alert) => {
    if (alert.kind !== 'digest') return false;
    const silence = findSilence(alert, 'low', policy, now);
    const isNews = hasNews(alert, policy, state);
    if (silence) decision.suppressed.push({ alert, ...silence });
    else if (!isNews) {
      decision.suppressed.push({ alert, reason: 'told', detail: 'no worse than the last digest said' });
    }
    return isNews && !silence;
  });
  const teams = new Set([...Object.keys(state.held), ...regressions.map(({ team }) => team)]);
  for (const team of [...teams].sort()) {
    const lines = rankAlerts(
      [
        ...(state.held[team] ?? []).map((held) => current.get(held.id) ?? assumeGone(held, policy)),
        ...regressions.filter((alert) => alert.team === team),
      ],
      policy,
    );
    const digest = describeDigest(team, lines, now);
    const channels = routeAlert(policy.routes, digest, 'low');
    if (isDue && channels.length > 0) {
      sendDigest({ team, digest, lines, channels }, policy, decision, now);
      continue;
    }
    const why: Omit<Suppression, 'alert'> =
      channels.length === 0
        ? { reason: 'no_route', detail: 'no route fits the digest' }
        : { reason: 'digest', detail: 'waits for the weekly digest' };
    for (const alert of lines) {
      if (alert.kind === 'digest') decision.suppressed.push({ alert, ...why });
    }
  }
  for (const key of Object.keys(state.told)) if (isOver(key, current, policy)) delete state.told[key];
}

/** Whether a new week from digest to digest begins; the first one that is seen ends before a digest is due. */
function enterWeek(state: AlertState, policy: AlertPolicy, now: string): boolean {
  const shift = WEEKDAYS.indexOf(policy.digest_weekday) * DAY_MS;
  const week = isoWeekOf(new Date(Date.parse(now) - shift).toISOString());
  const isNew = state.digestWeek < week;
  const isFirst = state.digestWeek === '';
  if (isNew) state.digestWeek = week;
  return isNew && !isFirst;
}

function sendDigest(
  { team, digest, lines, channels }: { team: string; digest: Alert; lines: Alert[]; channels: string[] },
  policy: AlertPolicy,
  { state, send }: Decision,
  now: string,
): void {
  const revision = (state.revisions[digest.id] ?? 0) + 1;
  state.revisions[digest.id] = revision;
  delete state.held[team];
  for (const line of lines) {
    for (const key of [line.id, toldKey(line)]) state.told[key] = weighAmount(line, policy);
  }
  const members = lines.map(({ series: _, ...line }) => line);
  send.push({
    id: digest.id,
    revision,
    type: 'digest',
    severity: 'low',
    alert: digest,
    members,
    channels,
    decidedAt: now,
  });
}

/** Whether no digest told it, or it has grown since. */
export function hasNews(alert: Alert, policy: AlertPolicy, { told }: AlertState): boolean {
  const before = told[toldKey(alert)];
  if (before === undefined) return true;
  const amount = weighAmount(alert, policy);
  return alert.kind === 'digest' ? amount > before : before > 0 && amount >= policy.growth_factor * before;
}

/** That a resource has run out is told although it was told that it will. */
function toldKey({ id, subkind }: Alert): string {
  return subkind === 'saturated' ? `${id}#saturated` : id;
}

/** What is not there any more, or has ended, may be news again. */
function isOver(key: string, current: ReadonlyMap<string, Alert>, { judged }: AlertPolicy): boolean {
  const id = key.replace(/#saturated$/, '');
  const alert = current.get(id);
  return alert ? alert.status === 'cleared' : judged.includes(judgedAs(id));
}

/** How a run says that it could judge an alert, by the alert's id. Those of anomalies have no parts. */
function judgedAs(id: string): string {
  const [kind = '', subkind] = id.split('|');
  if (subkind === undefined) return 'anomaly';
  if (kind === 'digest') return `digest/${subkind}`;
  return kind === 'capacity' ? kind : 'budget/forecast_exceeds';
}

function describeDigest(team: string, lines: readonly Alert[], now: string): Alert {
  const [first] = lines as [Alert];
  const day = now.slice(0, 10);
  return {
    id: `digest|team|${team}`,
    kind: 'digest',
    subkind: 'weekly',
    status: 'open',
    revision: 1,
    occurredOn: day,
    detectedOn: day,
    team,
    owner: first.owner,
    tier: first.tier,
    costCenter: first.costCenter,
    service: '',
    environment: '',
    amountPerDay: '0',
    amountTotal: '0',
    currency: first.currency,
    confidence: 1,
    title: `Weekly digest ${team === '' ? 'of what has no team' : `for ${team}`}: ${lines.length} ${lines.length === 1 ? 'line' : 'lines'}`,
    summary: 'What was worth knowing but no message of its own, by what it costs.',
    causes: [],
    nextStep: 'Look at the first lines; the rest is for the record.',
  };
}
