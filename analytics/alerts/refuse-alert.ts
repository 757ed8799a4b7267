import { findMinimums } from './adapt-thresholds.ts';
import type { Alert } from './alert.ts';
import type { AlertPolicy, AlertState, Incident, Suppression } from './alert-state.ts';
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
  if (amount < minimum.amountPerDay) {
    return { reason: 'below_minimum', detail: `less than ${minimum.amountPerDay} a day` };
  }
  if (alert.confidence < minimum.confidence) {
    const detail = `less than ${percent(minimum.confidence)} sure (${percent(alert.confidence)})`;
    return { reason: 'below_minimum', detail };
  }
  return channels.length === 0 ? { reason: 'no_route', detail: 'no route fits it' } : undefined;
}

/** What has been short for longer than the policy looks ahead is no news of today. */
export function isStanding({ kind, occurredOn }: Alert, { capacity }: AlertPolicy, now: string): boolean {
  return (
    kind === 'capacity' && Date.parse(now) - Date.parse(occurredOn) > capacity.within_days * 24 * HOUR_MS
  );
}

/** Whether a group was told of so lately that what is new of it waits. */
export function isCooling(toldAt: string | undefined, policy: AlertPolicy, now: string): boolean {
  return toldAt !== undefined && Date.parse(now) - Date.parse(toldAt) < policy.cool_down_hours * HOUR_MS;
}
