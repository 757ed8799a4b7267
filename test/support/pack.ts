import { formatScaled, parseScaled } from '../../analytics/decimal-text.ts';
import type { ObjectStore } from '../../analytics/lake/object-store.ts';
import { type Pack, readPack } from '../../analytics/results/pack/read-pack.ts';
import { publishResults } from '../../analytics/results/publish.ts';
import type { RecordDefinition } from '../../analytics/results/records/definition.ts';
import { RECORDS } from '../../analytics/results/records/index.ts';
import { INVOICES } from '../../analytics/results/records/invoices.ts';
import { buildRecords } from '../../analytics/results/records/record-table.ts';
import { VARIANCE_DRIVERS } from '../../analytics/results/records/variance-drivers.ts';
import { openResults } from '../../analytics/results/snapshot.ts';
import {
  costing,
  type GivenRow,
  givenControlTotals,
  givenManifest,
  givenRecord,
  givenTable,
} from '../results/fixtures.ts';

export const PACK_MONTH = '2026-10';

/** Cost centres as a hostile tag could name them. */
export const HOSTILE_NAMES = [
  '=HYPERLINK("http://evil.example","x")',
  '+1+1',
  '-2+3',
  '@SUM(A1)',
  '<script>alert(1)</script>',
  '" onload="x',
  '_x0041_',
  'a\u0001b',
  '*',
];

export type BridgeLine = {
  cost_center: string;
  currency: string;
  base: string;
  volume: string;
  price: string;
  tax: string;
  /** Currency effect of the budget; none where it is left out. */
  exchange?: string;
  /** What changed since the month was closed; nothing where it is left out. */
  restated?: string;
};

const add = (...amounts: string[]) =>
  formatScaled(amounts.reduce((sum, each) => sum + parseScaled(each), 0n));

/** Publishes a month whose bridge has these lines, and gives its pack. */
export async function makePack(
  store: ObjectStore,
  lines: readonly BridgeLine[],
  comparisons: readonly string[] = ['budget', 'prior_month'],
): Promise<Pack> {
  const change = ({ volume, price, tax, exchange = '0', restated = '0' }: BridgeLine) =>
    add(exchange, volume, price, tax, restated);
  const actual = (line: BridgeLine) => add(line.base, change(line));
  const common = (line: BridgeLine): GivenRow => ({
    billing_period: PACK_MONTH,
    cost_center: line.cost_center,
    billing_currency: line.currency,
  });
  const key = {
    source: '=source',
    provider_name: 'AWS',
    billing_account_id: '000000000001',
    charge_category: 'Usage',
    billing_period: PACK_MONTH,
  };
  const currencies = [...new Set(lines.map(({ currency }) => currency))];
  const drivers = lines.flatMap((line, index) =>
    comparisons.map((comparison) => ({
      ...givenRecord(VARIANCE_DRIVERS, {
        ...common(line),
        driver_id: `${comparison}-${String(index).padStart(3, '0')}`,
        comparison,
        sentence: line.cost_center,
        base_cost: line.base,
        change_cost: change(line),
        actual_cost: actual(line),
      }),
      forecast_kind: comparison === 'forecast' ? 'backtest' : null,
      forecast_as_of_date: comparison === 'forecast' ? '2026-10-08' : null,
    })),
  );
  const invoices = lines.map((line, index) => {
    const isGiven = index % 2 === 0;
    return {
      ...givenRecord(INVOICES, {
        ...common(line),
        invoice_key: String(index),
        invoice_id: line.cost_center,
        billed_cost: actual(line),
      }),
      invoice_cost: isGiven ? line.base : null,
      difference_cost: isGiven ? change(line) : null,
    };
  });
  const given = new Map<RecordDefinition, Record<string, unknown>[]>([
    [VARIANCE_DRIVERS, drivers],
    [INVOICES, invoices],
  ]);
  await publishResults({
    store,
    manifest: givenManifest([PACK_MONTH]),
    records: RECORDS.map((definition) => ({
      definition,
      table: buildRecords(definition, given.get(definition) ?? [givenRecord(definition)]),
    })),
    tables: [
      givenTable(
        'variance',
        lines.map((line) => ({
          ...common(line),
          ...costing(actual(line)),
          budget_cost: line.base,
          budget_currency_cost: line.exchange ?? '0',
          flexed_budget_cost: add(line.base, line.exchange ?? '0', line.volume),
          landing_effective_cost: actual(line),
        })),
      ),
      givenTable(
        'variance_bridge',
        lines.flatMap((line) =>
          comparisons.map((comparison) => ({
            ...common(line),
            comparison,
            base_cost: line.base,
            currency_cost: line.exchange ?? '0',
            volume_cost: line.volume,
            price_cost: line.price,
            tax_cost: line.tax,
            restatement_cost: line.restated ?? '0',
            actual_cost: actual(line),
          })),
        ),
      ),
      givenTable(
        'costs',
        lines.map((line) => ({
          ...common(line),
          ...key,
          ...costing(actual(line)),
          service_name: line.cost_center,
          line_count: 1,
        })),
      ),
      givenTable('unit_costs', []),
      givenTable('tagging', []),
      givenTable('tagging_resources', []),
      givenControlTotals(
        currencies.map((billing_currency) => {
          const own = lines.filter(({ currency }) => currency === billing_currency);
          return { key: { ...key, billing_currency }, rows: own.length, cost: add(...own.map(actual)) };
        }),
      ),
    ],
  });
  const snapshot = await openResults({ store }).current();
  return readPack(snapshot, { month: PACK_MONTH, view: 'known' });
}
