import type { Alert } from './alert.ts';
import type { AlertPolicy } from './alert-state.ts';
import { routeAlert } from './match.ts';
import { judgeSeverity, weighAmount } from './rank.ts';

/** What alerts have in common that make one message, and cool down together. */
export function groupOf(alert: Alert, policy: AlertPolicy): string {
  const values = { ...alert, cost_center: alert.costCenter };
  const severity = judgeSeverity(weighAmount(alert, policy), policy);
  return JSON.stringify([
    alert.kind,
    alert.team,
    alert.currency,
    routeAlert(policy.routes, alert, severity).toSorted(),
    // What a team runs out of is one message: who plans capacity looks at all of it.
    policy.group_by
      .filter((name) => alert.kind !== 'capacity' || name !== 'service')
      .map((name) => values[name]),
  ]);
}
