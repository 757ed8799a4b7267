import { RESULTS, type ResultName } from './catalog.ts';
import type { Manifest } from './manifest.ts';
import { addMonths } from './months.ts';
import { findRecordDefinition } from './records/index.ts';
import { ALL_MONTHS } from './request.ts';

/** Results that compare complete months with one before. */
const COMPARISONS: readonly string[] = ['variance/bridge', 'variance/drivers'];
/** Days that the method of a result needs at least, before the first that it says something of. */
const LEAST_DAYS: Readonly<Record<string, number>> = { 'forecasts/cost-accuracy': 42, anomalies: 10 };

/** What each result is made of. */
const SOURCES: Readonly<Record<string, string>> = {
  variance: 'charges or budgets of the month',
  'variance/bridge': 'two complete months',
  'variance/converted': 'charges or budgets of the month',
  'variance/drivers': 'two complete months',
  'unit-costs':
    'a driver named under drivers in headroom.yml, with volumes in drivers.csv or collected (collect.cloudwatch.drivers)',
  tagging: 'tags named under tags in headroom.yml, and charges that can be tagged',
  reconciliation: 'charges: headroom import',
  costs: 'charges: headroom import',
  'closes/restatements': 'a month that was closed (headroom close) and restated afterwards',
  'reconciliation/invoices': 'invoice ids in the charges, or invoices.csv, or files of FOCUS Invoice Detail',
  'reconciliation/periods': 'imported files of FOCUS Billing Period',
  currencies: 'charges: headroom import',
  budgets: 'lines in budgets.csv',
  'budgets/diff': 'a second version in budgets.csv',
  'forecasts/cost': 'charges of the running month, or of the one before',
  'forecasts/cost-accuracy': 'a complete month with history before it',
  'forecasts/capacity':
    'what was collected of use and limits: headroom collect inventory, cloudwatch and quotas',
  'forecasts/capacity-accuracy': 'weeks of collected use (headroom collect cloudwatch), and time to compare',
  waste:
    'resources and their use as collected (headroom collect inventory and cloudwatch); the bill alone shows little',
  anomalies: 'departures of cost, use and drivers from what is usual',
  'alert-precision': 'what people say of alerts: headroom feedback, or the links in messages',
  commitments: 'Savings Plans or reservations in the charges',
  'commitments/purchases':
    'on-demand use that a Savings Plan would make cheaper on every day of the last weeks',
  scorecard: 'costs of a complete month',
};

/**
 * Why an answer has no rows, from what the version says of itself: a clause without a full stop.
 *
 * @param month as it was asked for: 'YYYY-MM', 'YYYY-MM..YYYY-MM' or 'all'; absent where nobody asked.
 */
export function explainEmpty(manifest: Manifest, name: string, month: string = ALL_MONTHS): string {
  const records = findRecordDefinition(name);
  const table = RESULTS[name as ResultName]?.table.name ?? records?.model ?? name;
  const published = manifest.tables[table]?.rows ?? 0;
  const missing = COMPARISONS.includes(name) ? explainMissingBase(manifest, month) : undefined;
  if (missing) return missing;
  if (published > 0) {
    const usual = Object.entries(records?.defaultFilters ?? {}).map(
      ([column, values]) => `by default only ${column} ${values.join(', ')}, which ${column}=all lifts`,
    );
    return [`none of the ${published} published rows fits what was asked for`, ...usual].join('; ');
  }
  const days = LEAST_DAYS[name];
  const known = manifest.months.reduce((sum, { complete_days }) => sum + complete_days, 0);
  if (days !== undefined && known < days)
    return `history is too short: ${known} days are known, and ${days} are needed`;
  return `nothing of it is published; it is made of ${SOURCES[name]}`;
}

/** Why a month, or the only months there are, cannot be compared; undefined where one can. */
function explainMissingBase({ months }: Manifest, month: string): string | undefined {
  const [from = '', to = from] = month.split('..');
  const asked = months.filter(
    ({ billing_period }) => month === ALL_MONTHS || (billing_period >= from && billing_period <= to),
  );
  const [first] = asked;
  if (!first) return undefined;
  if (asked.every(({ is_complete }) => !is_complete)) {
    const { billing_period, complete_days, days } = first;
    return `${billing_period} is not complete, ${complete_days} of ${days} days are known, and only complete months are compared`;
  }
  const isKnown = (period: string) =>
    months.some(({ billing_period, is_complete }) => is_complete && billing_period === period);
  const hasBase = asked.some(
    ({ billing_period, is_complete }) =>
      is_complete && [1, 12].some((back) => isKnown(addMonths(billing_period, -back))),
  );
  return hasBase
    ? undefined
    : `neither the month before ${first.billing_period} nor the same month of the year before is known as a whole`;
}
