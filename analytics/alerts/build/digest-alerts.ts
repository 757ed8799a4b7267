import { formatScaled, parseScaled } from '../../decimal-text.ts';
import { formatMoney } from '../../money-text.ts';
import type { Alert } from '../alert.ts';
import { numberOf, type PublishedRow, readOwnership, textOf } from './published.ts';
import { quoteArgument } from './quote-argument.ts';

/** A month of the published tagging coverage by team, of resources that carry every required tag. */
export type TaggingMonth = { billingPeriod: string; days: number; rows: readonly PublishedRow[] };

const SAVING_DAYS = 30n;
const SHOWN_FINDINGS = 5;

/** Lines on open waste, one a team and currency, for the weekly digest; the policy tells them when they grow. */
export function buildWasteLines(rows: readonly PublishedRow[], asOf: string): Alert[] {
  const open = rows.filter((row) => ['open', 'acknowledged', 'planned'].includes(textOf(row, 'status')));
  return groupByTeam(open).map(([team, currency, findings]) => {
    const savingOf = (row: PublishedRow) =>
      parseScaled(textOf(row, 'counted_saving_cost') || textOf(row, 'saving_cost') || '0');
    const ranked = findings.toSorted((a, b) => Number(savingOf(b) - savingOf(a)));
    const saving = ranked.reduce((sum, row) => sum + savingOf(row), 0n);
    const count = `${ranked.length} open ${ranked.length === 1 ? 'finding' : 'findings'}`;
    return makeLine({
      subkind: 'waste',
      key: `${team}|${currency}`,
      asOf,
      row: ranked[0] as PublishedRow,
      currency,
      amountPerDay: formatScaled(saving / SAVING_DAYS),
      amountTotal: formatScaled(saving),
      title: `Waste of ${team}: ${formatMoney(formatScaled(saving), currency)} in 30 days, ${count}`,
      causes: ranked.slice(0, SHOWN_FINDINGS).map((row) => ({
        text: `${textOf(row, 'resource_id')}: ${textOf(row, 'reason')}`,
        amount: formatScaled(savingOf(row)),
      })),
      nextStep: `headroom show waste --where ${quoteArgument(`team=${team}`)}`,
    });
  });
}

/** Lines on teams whose tagged share of cost fell from one month to the next by more than a ratio. */
export function buildTaggingLines(
  before: TaggingMonth,
  after: TaggingMonth,
  regressionRatio: number,
  asOf: string,
): Alert[] {
  const earlier = new Map(before.rows.map((row) => [keyOf(row), shareOf(row)]));
  return after.rows.flatMap((row) => {
    const was = earlier.get(keyOf(row));
    const is = shareOf(row);
    if (was === undefined || is === undefined || was - is <= regressionRatio) return [];
    const team = textOf(row, 'team');
    const currency = textOf(row, 'billing_currency');
    const untagged = parseScaled(textOf(row, 'taggable_cost')) - parseScaled(textOf(row, 'tagged_cost'));
    return makeLine({
      subkind: 'tagging',
      key: `${after.billingPeriod}|${team}|${currency}`,
      asOf,
      row,
      currency,
      amountPerDay: formatScaled(untagged / BigInt(after.days)),
      amountTotal: formatScaled(untagged),
      title: `Tagging of ${team} fell from ${percent(was)} in ${before.billingPeriod} to ${percent(is)} in ${after.billingPeriod}`,
      causes: [],
      nextStep: `headroom show tagging --by resource_id --where ${quoteArgument(`team=${team}`)} --month ${after.billingPeriod}`,
    });
  });
}

function makeLine(
  line: Pick<
    Alert,
    'subkind' | 'currency' | 'amountPerDay' | 'amountTotal' | 'title' | 'causes' | 'nextStep'
  > & {
    key: string;
    asOf: string;
    row: PublishedRow;
  },
): Alert {
  const { key, asOf, row, ...rest } = line;
  return {
    id: `digest|${line.subkind}|${key}`,
    kind: 'digest',
    status: 'open',
    revision: 1,
    occurredOn: asOf,
    detectedOn: asOf,
    ...readOwnership(row),
    service: '',
    environment: '',
    confidence: 1,
    summary: '',
    ...rest,
  };
}

function groupByTeam(rows: readonly PublishedRow[]): [string, string, PublishedRow[]][] {
  const groups = new Map<string, [string, string, PublishedRow[]]>();
  for (const row of rows) {
    const [team, currency] = [textOf(row, 'team'), textOf(row, 'billing_currency')];
    const key = JSON.stringify([team, currency]);
    const group = groups.get(key) ?? [team, currency, []];
    group[2].push(row);
    groups.set(key, group);
  }
  return [...groups.values()];
}

const keyOf = (row: PublishedRow) => JSON.stringify([textOf(row, 'team'), textOf(row, 'billing_currency')]);

function shareOf(row: PublishedRow): number | undefined {
  const taggable = numberOf(row, 'taggable_cost') ?? 0;
  return taggable > 0 ? (numberOf(row, 'tagged_cost') ?? 0) / taggable : undefined;
}

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
