import { type Engine, openDuckdb, quoteText } from '../engine/duckdb.ts';
import { createLakeView, type Partition } from '../engine/lake-view.ts';
import { InputError } from '../errors.ts';
import { COST_EXPLORER_COSTS } from '../lake/collected-tables.ts';
import { openTable } from '../lake/delta-table.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { TableSchema } from '../lake/table-schema.ts';
import { CHARGES } from '../lake/tables.ts';
import { type ComparedCosts, explainCostExplorer } from './explain-cost-explorer.ts';

/** What Cost Explorer splits and FOCUS does not. */
const SERVICE_NAMES: Record<string, string> = {
  'EC2 - Other': 'Amazon Elastic Compute Cloud',
  'Amazon Elastic Compute Cloud - Compute': 'Amazon Elastic Compute Cloud',
};
const MEMORY_LIMIT_GIB = 2;

export type ReconciliationRow = {
  /** `YYYY-MM-DD`, or `YYYY-MM` by month. */
  period: string;
  account_id: string;
  /** Null where services are not told apart. */
  service_name: string | null;
  billing_currency: string;
  /** Amounts are decimal text; null: that side has no line at all. */
  cost_explorer_unblended_cost: string | null;
  focus_billed_cost: string | null;
  /** Cost Explorer minus FOCUS, absent as nought. */
  difference_billed_cost: string;
  cost_explorer_amortized_cost: string | null;
  focus_effective_cost: string | null;
  difference_effective_cost: string;
  /** AWS may still change the days. */
  is_estimated: boolean;
  status: 'equal' | 'differs' | 'only in cost explorer' | 'only in charges';
  /** What the difference probably is; null where there is none. */
  probable_cause: string | null;
};

export type ReconcileOptions = {
  store: ObjectStore;
  /** Half-open, `YYYY-MM-DD`. */
  from: string;
  to: string;
  by: 'day' | 'month';
  /** False: one row an account, which does not depend on how services are named. */
  byService?: boolean;
  /** Differences up to this are `equal`: Cost Explorer rounds each group. Decimal text; default 0.01. */
  tolerance?: string;
};

/**
 * Compares the cost that Cost Explorer told with AWS's charges of the same period: unblended with billed, net amortised
 * (amortised where there is no net) with effective. Every account, service and currency of either side has a row. Sums
 * are exact decimals.
 *
 * @throws InputError where the period is none, and where nothing of Cost Explorer was ever collected.
 */
export async function reconcileCostExplorer(options: ReconcileOptions): Promise<ReconciliationRow[]> {
  const { store, from, to, by, byService = true, tolerance = '0.01' } = options;
  if (from >= to) {
    throw new InputError(`the period from ${from} to ${to} has no days`, {
      where: 'to',
      remedy: 'Give the day after the last as --to.',
    });
  }
  if ((await openTable(store, COST_EXPLORER_COSTS).snapshot()).files.length === 0) {
    throw new InputError('there is nothing to compare charges with: no cost of Cost Explorer was collected', {
      remedy: `Collect it first: headroom collect cost-explorer --from ${from} --to ${to}, with the --lake and --config of this installation.`,
    });
  }
  const scratchFolder = await store.scratchFolder();
  const engine = await openDuckdb({ tempFolder: scratchFolder, memoryLimitGib: MEMORY_LIMIT_GIB });
  try {
    await viewTable(engine, store, COST_EXPLORER_COSTS, (date) => date >= from && date < to);
    const months = { first: from.slice(0, 7), last: to.slice(0, 7) };
    await viewTable(engine, store, CHARGES, (month) => month >= months.first && month <= months.last);
    const rows = await engine.query(makeQuery({ from, to, by, byService, tolerance }));
    const causes = explainCostExplorer(rows.map(readFacts), tolerance);
    return rows.map(
      ({ tax_cost: _, credits_cost: __, told_days: ___, charged_days: ____, ...row }, index) => ({
        ...(row as Omit<ReconciliationRow, 'probable_cause'>),
        probable_cause: causes[index] ?? null,
      }),
    );
  } finally {
    engine.close();
  }
}

function readFacts(row: Record<string, unknown>): ComparedCosts {
  const { told_days, charged_days, ...rest } = row;
  return { ...rest, told_days: Number(told_days), charged_days: Number(charged_days) } as ComparedCosts;
}

async function viewTable(
  engine: Engine,
  store: ObjectStore,
  schema: TableSchema,
  isWanted: (partition: string) => boolean,
): Promise<void> {
  const table = openTable(store, schema);
  const { files } = await table.snapshot();
  const column = schema.partitionBy.at(-1) as string;
  const groups = new Map<string, Partition & { paths: string[] }>();
  for (const file of files.filter(({ partition }) => isWanted(partition[column] ?? ''))) {
    const key = JSON.stringify(file.partition);
    const group = groups.get(key) ?? { values: file.partition, paths: [] };
    group.paths.push(...(await store.localPaths([table.dataKey(file)])));
    groups.set(key, group);
  }
  await createLakeView(engine, schema, [...groups.values()]);
}

function makeQuery(options: Required<Omit<ReconcileOptions, 'store'>>): string {
  const { from, to, by, byService, tolerance } = options;
  const format = by === 'day' ? '%Y-%m-%d' : '%Y-%m';
  const period = (column: string) => `strftime(${column}, ${quoteText(format)})`;
  const alias = Object.entries(SERVICE_NAMES)
    .map(([name, same]) => `when ${quoteText(name)} then ${quoteText(same)}`)
    .join(' ');
  const service = byService ? `case service_name ${alias} else service_name end` : 'cast(null as varchar)';
  const within = (column: string) =>
    `${column} >= date ${quoteText(from)} and ${column} < date ${quoteText(to)}`;
  return `
    with told as (
      select ${period('date')} as period, account_id, ${service} as service_name, billing_currency,
        sum(unblended_cost) as unblended_cost,
        sum(coalesce(net_amortized_cost, amortized_cost)) as amortized_cost,
        bool_or(is_estimated) as is_estimated
      from cost_explorer_costs
      where view = 'account_service' and ${within('date')}
      group by all
    ), charged as (
      select ${period("(charge_period_start at time zone 'UTC')")} as period, sub_account_id as account_id,
        ${service} as service_name, billing_currency,
        sum(billed_cost) as billed_cost, sum(effective_cost) as effective_cost,
        sum(case when charge_category = 'Tax' then billed_cost else 0 end) as tax_cost,
        sum(case when charge_category = 'Credit' then billed_cost else 0 end) as credits_cost
      from charges
      where provider_name = 'AWS' and ${within("cast(charge_period_start at time zone 'UTC' as date)")}
      group by all
    ), told_days as (
      select ${period('date')} as period, account_id, count(distinct date) as days
      from cost_explorer_costs where view = 'account_service' and ${within('date')}
      group by all
    ), charged_days as (
      select ${period("(charge_period_start at time zone 'UTC')")} as period, sub_account_id as account_id,
        count(distinct cast(charge_period_start at time zone 'UTC' as date)) as days
      from charges
      where provider_name = 'AWS' and ${within("cast(charge_period_start at time zone 'UTC' as date)")}
      group by all
    ), compared as (
      select coalesce(told.period, charged.period) as period,
        coalesce(told.account_id, charged.account_id, '') as account_id,
        coalesce(told.service_name, charged.service_name) as service_name,
        coalesce(told.billing_currency, charged.billing_currency) as billing_currency,
        unblended_cost, billed_cost, amortized_cost, effective_cost, coalesce(is_estimated, false) as is_estimated,
        coalesce(unblended_cost, 0) - coalesce(billed_cost, 0) as difference_billed_cost,
        coalesce(amortized_cost, 0) - coalesce(effective_cost, 0) as difference_effective_cost,
        coalesce(tax_cost, 0) as tax_cost, coalesce(credits_cost, 0) as credits_cost,
        told.period is null as is_untold, charged.period is null as is_uncharged
      from told full join charged on told.period = charged.period
        and told.account_id is not distinct from charged.account_id
        and told.service_name is not distinct from charged.service_name
        and told.billing_currency = charged.billing_currency
    )
    select period, account_id, service_name, billing_currency,
      cast(unblended_cost as varchar) as cost_explorer_unblended_cost,
      cast(billed_cost as varchar) as focus_billed_cost,
      cast(difference_billed_cost as varchar) as difference_billed_cost,
      cast(amortized_cost as varchar) as cost_explorer_amortized_cost,
      cast(effective_cost as varchar) as focus_effective_cost,
      cast(difference_effective_cost as varchar) as difference_effective_cost,
      is_estimated,
      cast(tax_cost as varchar) as tax_cost, cast(credits_cost as varchar) as credits_cost,
      coalesce((select any_value(days) from told_days where told_days.period = compared.period
        and told_days.account_id = compared.account_id), 0) as told_days,
      coalesce((select any_value(days) from charged_days where charged_days.period = compared.period
        and charged_days.account_id = compared.account_id), 0) as charged_days,
      case
        when abs(difference_billed_cost) <= cast(${quoteText(tolerance)} as decimal(38, 12))
          and abs(difference_effective_cost) <= cast(${quoteText(tolerance)} as decimal(38, 12)) then 'equal'
        when is_untold then 'only in charges'
        when is_uncharged then 'only in cost explorer'
        else 'differs'
      end as status
    from compared
    order by period, account_id, service_name, billing_currency`;
}
