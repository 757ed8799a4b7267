import { createLakeView } from '../engine/lake-view.ts';
import { groupBy } from '../group-by.ts';
import { openTable } from '../lake/delta-table.ts';
import { CHARGES } from '../lake/tables.ts';
import { LATE_DAYS, toDate } from './months.ts';
import type { StepContext } from './step.ts';

const VIEW = 'commitment_charges';
const DAY_MILLISECONDS = 86_400_000;
const HOUR_MILLISECONDS = 3_600_000;
/** Compute Savings Plans apply to EC2, Fargate and Lambda. */
const COMPUTE_METER = '(BoxUsage|DedicatedUsage|Fargate|Lambda-GB-Second|Lambda-Provisioned)';
/** A one-time charge over so long a period tells the term. */
const TERM_DAYS = 300;

/** Compute that nothing covers: cost of each hour at on-demand prices, the oldest hour first. */
export type HourlyDemand = {
  billing_account_id: string;
  billing_currency: string;
  hours: number[];
  /** A bill by the day tells nothing of its hours: each has a 24th of the day. */
  granularity: 'hourly' | 'daily';
};

/** What the bill tells of a commitment's term. Dates are `YYYY-MM-DD`, ends exclusive. */
export type PurchasedTerm = {
  commitment_discount_id: string;
  first_date: string;
  start_date: string | null;
  end_date: string | null;
};

/** Reads from the charges themselves what a day's sums do not keep: hours, and the periods of purchases. */
export async function readCommitmentCharges(
  context: Pick<StepContext, 'engine' | 'store' | 'asOf'>,
  lookbackDays: number,
): Promise<{ demand: HourlyDemand[]; terms: Map<string, PurchasedTerm> }> {
  const { engine, store, asOf } = context;
  const table = openTable(store, CHARGES);
  const { files } = await table.snapshot();
  const partitions = await Promise.all(
    [...groupBy(files, (file) => JSON.stringify(file.partition)).values()].map(async (members) => ({
      values: members[0]?.partition ?? {},
      paths: await store.localPaths(members.map((file) => table.dataKey(file))),
    })),
  );
  await createLakeView(engine, { ...CHARGES, name: VIEW }, partitions);
  const until = Date.parse(asOf) - LATE_DAYS * DAY_MILLISECONDS;
  const from = until - lookbackDays * DAY_MILLISECONDS;
  const demand = await engine.query(demandSql(toDate(from), toDate(until)));
  const terms = await engine.query(TERMS_SQL);
  await engine.run(`drop view ${VIEW}`);
  return {
    demand: [...groupBy(demand, (row) => JSON.stringify([row.billing_account_id, row.billing_currency]))].map(
      ([, rows]) => spreadOverHours(rows, from, until),
    ),
    terms: new Map((terms as unknown as PurchasedTerm[]).map((term) => [term.commitment_discount_id, term])),
  };
}

function demandSql(from: string, until: string): string {
  return `
    select billing_account_id, billing_currency, charge_period_start, charge_period_end,
      sum(case when contracted_cost > 0 then contracted_cost else list_cost end) as cost
    from ${VIEW}
    where charge_category = 'Usage'
      and coalesce(pricing_category, '') in ('', 'Standard')
      and coalesce(commitment_discount_id, '') = ''
      and coalesce(charge_class, '') <> 'Correction'
      and billing_period >= '${from.slice(0, 7)}' and billing_period <= '${until.slice(0, 7)}'
      and charge_period_start >= timestamptz '${from} 00:00:00+00'
      and charge_period_start < timestamptz '${until} 00:00:00+00'
      and regexp_matches(coalesce(nullif(sku_meter, ''), x_usage_type, ''), '${COMPUTE_METER}')
    group by billing_account_id, billing_currency, charge_period_start, charge_period_end
    order by billing_account_id, billing_currency, charge_period_start, charge_period_end`;
}

const TERMS_SQL = `
  select commitment_discount_id, cast(min(charge_period_start) as date) as first_date,
    cast(min(case when is_term then charge_period_start end) as date) as start_date,
    cast(max(case when is_term then charge_period_end end) as date) as end_date
  from (
    select commitment_discount_id, charge_period_start, charge_period_end,
      date_diff('day', charge_period_start, charge_period_end) >= ${TERM_DAYS} as is_term
    from ${VIEW}
    where charge_category = 'Purchase' and coalesce(commitment_discount_id, '') <> ''
  )
  group by commitment_discount_id`;

function spreadOverHours(
  rows: readonly Record<string, unknown>[],
  from: number,
  until: number,
): HourlyDemand {
  const hours = new Array<number>((until - from) / HOUR_MILLISECONDS).fill(0);
  let isHourly = true;
  for (const row of rows) {
    const start = Date.parse(String(row.charge_period_start));
    const end = Math.max(Date.parse(String(row.charge_period_end)), start + 1);
    const first = Math.floor((start - from) / HOUR_MILLISECONDS);
    const last = Math.max(first, Math.ceil((end - from) / HOUR_MILLISECONDS) - 1);
    if (last > first) isHourly = false;
    const share = Number(row.cost) / (last - first + 1);
    for (let hour = Math.max(first, 0); hour <= last && hour < hours.length; hour += 1)
      hours[hour] = Math.max(0, (hours[hour] as number) + share);
  }
  return {
    billing_account_id: String(rows[0]?.billing_account_id),
    billing_currency: String(rows[0]?.billing_currency),
    hours,
    granularity: isHourly ? 'hourly' : 'daily',
  };
}
