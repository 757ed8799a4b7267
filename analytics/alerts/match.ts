import type { AlertMatch } from '../configuration/alerts-schema.ts';
import type { Alert, Severity } from './alert.ts';

/** Whether an alert is meant: every field that is named must have one of its values. */
export function matchesAlert(match: AlertMatch, alert: Alert, severity?: Severity): boolean {
  const values: Record<keyof AlertMatch, string | undefined> = {
    id: alert.id,
    kind: alert.kind,
    subkind: alert.subkind,
    severity,
    team: alert.team,
    owner: alert.owner,
    tier: alert.tier,
    cost_center: alert.costCenter,
    service: alert.service,
    environment: alert.environment,
  };
  return Object.entries(match).every(([field, wanted]) => {
    const value = values[field as keyof AlertMatch];
    return wanted === undefined || (value !== undefined && (wanted as string[]).includes(value));
  });
}

/** Channels of the first route that fits, and of those after it while it says to go on; in order, each once. */
export function routeAlert(
  routes: readonly { match: AlertMatch; channels: readonly string[]; continue: boolean }[],
  alert: Alert,
  severity: Severity,
): string[] {
  const channels = new Set<string>();
  for (const route of routes) {
    if (!matchesAlert(route.match, alert, severity)) continue;
    for (const name of route.channels) channels.add(name);
    if (!route.continue) break;
  }
  return [...channels];
}
