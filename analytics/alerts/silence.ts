import type { Alert, Severity } from './alert.ts';
import type { AlertPolicy, Suppression } from './alert-state.ts';
import { matchesAlert } from './match.ts';

const DAY_MS = 86_400_000;

/** Why an alert is not told although it is true: somebody silenced it, or it was planned. */
export function findSilence(
  alert: Alert,
  severity: Severity,
  policy: AlertPolicy,
  now: string,
): Omit<Suppression, 'alert'> | undefined {
  const today = now.slice(0, 10);
  const muted = policy.muted[alert.id];
  if (muted && (muted.until === undefined || today < muted.until)) {
    return { reason: 'snoozed', detail: muted.reason };
  }
  const snooze = policy.snooze.find(
    ({ match, until }) => today < until && matchesAlert(match, alert, severity),
  );
  if (snooze) return { reason: 'snoozed', detail: `${snooze.reason} (until ${snooze.until})` };
  if (alert.kind !== 'anomaly') return undefined;
  const planned = [
    ...policy.events,
    ...policy.silences.filter(({ match }) => matchesAlert(match, alert, severity)),
  ].find(({ from, to }) => from <= alert.occurredOn && alert.occurredOn <= to && !outlasts(alert, to));
  return planned && { reason: 'planned', detail: planned.name };
}

/** As detection has it: what goes on two days after an event did not go with it. */
function outlasts({ series, occurredOn }: Alert, to: string): boolean {
  const lastDay = series?.at(-1)?.date ?? occurredOn;
  return Date.parse(lastDay) - Date.parse(to) > DAY_MS;
}
