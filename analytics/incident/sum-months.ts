import { shareOut } from '../cause/attribute-excess.ts';
import { formatScaled, parseScaled } from '../decimal-text.ts';
import { toDate, toDayNumber } from '../forecast/calendar.ts';
import { groupBy } from '../group-by.ts';
import type { TrackedIncident } from './incident.ts';

/** What incidents cost in a month beyond what was expected, and what people said of them; '' is of nobody alone. */
export type AnomalyMonth = {
  billing_period: string;
  team: string;
  tier: string;
  billing_currency: string;
  excess_cost: string;
  actionable_count: number;
  judged_count: number;
};

type Judged = TrackedIncident & { feedback: string | null };

/**
 * Adds up by month and owner what nobody had planned: each day of an incident has the same share, and a cost of a day counts
 * once, however many incidents tell of it. Less cost than expected, what was withdrawn, planned, or only tagged otherwise,
 * is no anomaly cost.
 *
 * @param before the first day that no incident is known of.
 */
export function sumMonths(incidents: readonly Judged[], before: string): AnomalyMonth[] {
  const months = new Map<string, AnomalyMonth & { scaled: bigint }>();
  const monthOf = (incident: Judged, billing_period: string) => {
    const own = {
      billing_period,
      team: incident.team === SEVERAL ? '' : incident.team,
      tier: incident.tier === SEVERAL ? '' : incident.tier,
      billing_currency: incident.billing_currency,
    };
    const key = JSON.stringify(own);
    const month = months.get(key) ?? {
      ...own,
      excess_cost: '0',
      actionable_count: 0,
      judged_count: 0,
      scaled: 0n,
    };
    months.set(key, month);
    return month;
  };
  for (const [day, shares] of groupBy(listDays(incidents.filter(isUnplanned), before), ({ day }) => day))
    for (const { incident, amount } of countOnce(shares)) monthOf(incident, day.slice(0, 7)).scaled += amount;
  for (const incident of incidents) {
    if (incident.feedback === 'actionable' || incident.feedback === 'not_actionable') {
      const month = monthOf(incident, incident.judged_on.slice(0, 7));
      month.judged_count += 1;
      if (incident.feedback === 'actionable') month.actionable_count += 1;
    }
  }
  return [...months]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { scaled, ...month }]) => ({
      ...month,
      excess_cost: formatScaled(scaled),
    }));
}

const SEVERAL = '(several)';

function isUnplanned({ direction, status, feedback, kind }: Judged): boolean {
  return direction === 'up' && status !== 'withdrawn' && feedback !== 'planned' && kind !== 'tag_change';
}

type Share = { incident: Judged; day: string; amount: bigint };

function listDays(incidents: readonly Judged[], before: string): Share[] {
  return incidents.flatMap((incident) => {
    const { started_on, ended_on, excess_cost } = incident;
    const first = toDayNumber(started_on);
    const last = ended_on === null ? toDayNumber(before) - 1 : toDayNumber(ended_on);
    const equal = Array.from({ length: last - first + 1 }, () => 1n);
    return shareOut(parseScaled(excess_cost), equal).map((amount, index) => ({
      ...{ incident, amount },
      day: toDate(first + index),
    }));
  });
}

/** Where the cost of an incident lies; two of a day that agree in all of it may tell of the same cost. */
const PLACE = [
  'billing_currency',
  'sub_account_id',
  'region_id',
  'service_name',
  'sku_meter',
  'team',
  'service',
  'environment',
] as const;

/** Of one day: the narrowest count whole, and a wider one counts for what it has beyond those within it. */
function countOnce(shares: readonly Share[]): Share[] {
  const width = ({ incident }: Share) => PLACE.filter((name) => incident[name] === SEVERAL).length;
  const counted: Share[] = [];
  const inOrder = [...shares].sort(
    (a, b) => width(a) - width(b) || Number(b.amount - a.amount) || (a.incident.id < b.incident.id ? -1 : 1),
  );
  for (const share of inOrder) {
    const known = counted
      .filter(({ incident }) => mayOverlap(incident, share.incident))
      .reduce((sum, { amount }) => sum + amount, 0n);
    if (share.amount > known) counted.push({ ...share, amount: share.amount - known });
  }
  return counted;
}

function mayOverlap(a: Judged, b: Judged): boolean {
  return PLACE.every((name) => a[name] === b[name] || a[name] === SEVERAL || b[name] === SEVERAL);
}
