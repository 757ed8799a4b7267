import { shareOut } from '../cause/attribute-excess.ts';
import { formatScaled, parseScaled } from '../decimal-text.ts';
import { toDate, toDayNumber } from '../forecast/calendar.ts';
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
 * Adds up by month and owner what nobody had planned: of an incident of several months each day has the same share. Less
 * cost than expected, what was withdrawn, planned, or only tagged otherwise, is no anomaly cost.
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
  for (const incident of incidents) {
    if (isUnplanned(incident)) {
      for (const [period, amount] of splitByMonth(incident, before))
        monthOf(incident, period).scaled += amount;
    }
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

function splitByMonth({ started_on, ended_on, excess_cost }: Judged, before: string): Map<string, bigint> {
  const days = new Map<string, bigint>();
  const last = ended_on === null ? toDayNumber(before) - 1 : toDayNumber(ended_on);
  for (let day = toDayNumber(started_on); day <= last; day++) {
    const period = toDate(day).slice(0, 7);
    days.set(period, (days.get(period) ?? 0n) + 1n);
  }
  const shares = shareOut(parseScaled(excess_cost), [...days.values()]);
  return new Map([...days.keys()].map((period, index) => [period, shares[index] ?? 0n]));
}
