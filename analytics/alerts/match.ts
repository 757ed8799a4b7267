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

/**
 * Channels of the first route that fits, and of those after it while it says to go on; in order, each once. A route fits
 * an alert of several owners when it fits that of the largest.
 */
export function routeAlert(
  routes: readonly { match: AlertMatch; channels: readonly string[]; continue: boolean }[],
  alert: Alert,
  severity: Severity,
): string[] {
  const channels = new Set<string>();
  const meant = alert.largestOwner ? [alert, { ...alert, ...alert.largestOwner }] : [alert];
  for (const route of routes) {
    if (!meant.some((each) => matchesAlert(route.match, each, severity))) continue;
    for (const name of route.channels) channels.add(name);
    if (!route.continue) break;
  }
  return [...channels];
}

/** The team in whose digest it is told: of an alert of several, that of the largest. */
export function digestTeamOf({ team, largestOwner }: Alert): string {
  return largestOwner?.team ?? team;
}
