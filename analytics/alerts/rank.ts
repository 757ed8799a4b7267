import type { AlertPolicySettings } from '../configuration/alerts-schema.ts';
import { formatScaled, parseScaled } from '../decimal-text.ts';
import type { Alert, Severity } from './alert.ts';

/** Adds amounts of a currency, exactly. */
export function sumAmounts(amounts: readonly string[]): string {
  return formatScaled(amounts.reduce((sum, amount) => sum + parseScaled(amount), 0n));
}

/** What an alert is worth a day, as a number to compare: of capacity, what being without it costs. */
export function weighAmount(alert: Alert, policy: AlertPolicySettings): number {
  if (alert.kind === 'capacity') {
    const { cost_per_day, environment_weights } = policy.capacity;
    return cost_per_day * (environment_weights[alert.environment] ?? 1);
  }
  return Math.abs(Number(alert.stakePerDay ?? alert.amountPerDay));
}

/** What not telling is expected to cost a day: amount x confidence x weight of the tier. */
export function expectRegret(alert: Alert, policy: AlertPolicySettings): number {
  return weighAmount(alert, policy) * alert.confidence * (policy.tier_weights[alert.tier] ?? 1);
}

/** By the amount a day that an alert is worth. */
export function judgeSeverity(amountPerDay: number, { severity }: AlertPolicySettings): Severity {
  if (amountPerDay >= severity.critical) return 'critical';
  if (amountPerDay >= severity.high) return 'high';
  return amountPerDay >= severity.medium ? 'medium' : 'low';
}

/** The alerts by falling regret, each id once, in an order that does not depend on the one they come in. */
export function rankAlerts(alerts: readonly Alert[], policy: AlertPolicySettings): Alert[] {
  const newest = new Map<string, Alert>();
  for (const alert of alerts) {
    const known = newest.get(alert.id);
    if (!known || compareRevisions(alert, known) > 0) newest.set(alert.id, alert);
  }
  const regrets = new Map([...newest.values()].map((alert) => [alert.id, expectRegret(alert, policy)]));
  return [...newest.values()].sort(
    (a, b) => (regrets.get(b.id) as number) - (regrets.get(a.id) as number) || compare(a.id, b.id),
  );
}

function compareRevisions(a: Alert, b: Alert): number {
  return a.revision - b.revision || compare(JSON.stringify(a), JSON.stringify(b));
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
