import { findMinimums } from './adapt-thresholds.ts';
import type { Alert } from './alert.ts';
import type { AlertPolicy, AlertState, Incident, Suppression } from './alert-state.ts';
import { hasNews } from './digest.ts';
import { findSilence } from './silence.ts';

const HOUR_MS = 3_600_000;

/** Why a new alert is not told at all; undefined where it may be. */
export function refuseAlert(
  {
    alert,
    amount,
    severity,
    channels,
  }: { alert: Alert; amount: number; severity: Incident['severity']; channels: string[] },
  state: AlertState,
  policy: AlertPolicy,
  now: string,
): Omit<Suppression, 'alert'> | undefined {
  if (alert.status === 'cleared') {
    const wasTold = Object.values(state.incidents).some(({ alerts }) =>
      alerts.some(({ id }) => id === alert.id),
    );
    if (wasTold) return { reason: 'told', detail: 'its end was told' };
    return { reason: 'over_untold', detail: 'it was over before it was told' };
  }
  const silence = findSilence(alert, severity, policy, now);
  if (silence) return silence;
  const minimum = findMinimums(alert, policy, policy.thresholds);
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  if (alert.isFading) return { reason: 'below_minimum', detail: 'less than what raises an alert' };
  if (amount < minimum.amountPerDay) {
    return { reason: 'below_minimum', detail: `less than ${minimum.amountPerDay} a day` };
  }
  if (alert.confidence < minimum.confidence) {
    const detail = `less than ${percent(minimum.confidence)} sure (${percent(alert.confidence)})`;
    return { reason: 'below_minimum', detail };
  }
  if (channels.length === 0) return { reason: 'no_route', detail: 'no route fits it' };
  return hasNews(alert, policy, state) ? undefined : { reason: 'told', detail: 'a digest told it' };
}

/**
 * Why an alert that may be told waits for the weekly digest; undefined where it does not.
 *
 * @param toldAt instant of the last message of its group.
 */
export function findWait(
  { alert, severity, toldAt }: { alert: Alert; severity: Incident['severity']; toldAt: string | undefined },
  policy: AlertPolicy,
  now: string,
): Omit<Suppression, 'alert'> | undefined {
  if (isStanding(alert, policy, now)) {
    return { reason: 'standing', detail: `it has been so since ${alert.occurredOn}` };
  }
  if (alert.stakePerDay !== undefined) {
    return { reason: 'digest', detail: 'it costs nothing by itself: waits for the weekly digest' };
  }
  if (severity !== 'critical' && isCooling(toldAt, policy, now)) {
    return { reason: 'cool_down', detail: `the group was told of at ${toldAt}` };
  }
  return undefined;
}

/** What has been short for longer than the policy looks ahead is no news of today. */
function isStanding({ kind, occurredOn }: Alert, { capacity }: AlertPolicy, now: string): boolean {
  return (
    kind === 'capacity' && Date.parse(now) - Date.parse(occurredOn) > capacity.within_days * 24 * HOUR_MS
  );
}

/** Whether a group was told of so lately that what is new of it waits. */
function isCooling(toldAt: string | undefined, policy: AlertPolicy, now: string): boolean {
  return toldAt !== undefined && Date.parse(now) - Date.parse(toldAt) < policy.cool_down_hours * HOUR_MS;
}
