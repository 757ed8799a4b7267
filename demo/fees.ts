import type { DuckDBConnection } from '@duckdb/node-api';
import type { Window } from './calendar.ts';
import { splitSql } from './charges.ts';
import { FEE_ACCOUNTS } from './commitments.ts';
import { quote } from './database.ts';

const CENT_E10 = 100_000_000n;
const TAX_PERCENT_TENTHS = 62;
/** AWS Business Support: percent of the month's charges, by tier in dollars. */
const SUPPORT_TIERS: [number, number, number][] = [
  [0, 10_000, 10],
  [10_000, 80_000, 7],
  [80_000, 250_000, 5],
  [250_000, 1e9, 3],
];
/** A share of the list price that AWS gives back for these incidents, in the month after. */
const REFUNDS = [
  { incident: 'log-storm', percent: 40 },
  { incident: 'lambda-loop', percent: 60 },
];
export const MARKETPLACE = { monthsAgo: 5, dayOfMonth: 9, lines: 3, cents: 115_000 };
/** Charged on the first day of every month. */
export const SUBSCRIPTION = { cents: 64_000, note: 'Northwind Log Insights, platform fee of the month' };
const CREDITS = [
  {
    account: FEE_ACCOUNTS.migrationCredit,
    fromMonthsAgo: 12,
    toMonthsAgo: 7,
    permille: 14,
    note: 'AWS Migration Acceleration credit',
    product: 'ec2',
  },
  {
    account: FEE_ACCOUNTS.sharedCredit,
    fromMonthsAgo: 60,
    toMonthsAgo: 0,
    permille: 2,
    note: 'AWS Activate credit',
    product: 's3',
  },
];

/** Adds what is charged by the month: credits, refunds, a marketplace purchase, support of final months, and tax. */
export async function addFees(
  connection: DuckDBConnection,
  schema: string,
  window: Window,
  incidents: readonly string[],
  finalPeriods: readonly number[],
): Promise<void> {
  for (const credit of CREDITS) {
    const periods = window.months.flatMap(({ monthsAgo }, periodNo) =>
      monthsAgo <= credit.fromMonthsAgo && monthsAgo >= credit.toMonthsAgo ? [periodNo] : [],
    );
    await insertAmounts(
      connection,
      schema,
      'credit',
      `
      select p.period_no, p.start_day, p.end_day, ${quote(credit.account)} as account_id, ${quote(credit.product)} as product,
        ${quote(credit.note)} as note,
        -(sum(c.billed_e10) * ${credit.permille} // 1000 // ${CENT_E10} * ${CENT_E10})::bigint as amount_e10
      from ${schema}.charge c join ${schema}.period p on p.period_no = c.period_no
      where c.kind = 'usage' and c.period_no in (${list(periods)})
      group by all having amount_e10 < 0`,
    );
  }
  for (const { incident, percent } of REFUNDS) {
    const incidentNo = incidents.indexOf(incident);
    if (incidentNo >= 0) await addRefund(connection, schema, incidentNo, percent);
  }
  const { monthsAgo, dayOfMonth, lines, cents } = MARKETPLACE;
  const bought = window.months.findIndex((month) => month.monthsAgo === monthsAgo);
  await connection.run(`
    insert into ${schema}.charge by name
    select 'marketplace' as kind, ${quote(FEE_ACCOUNTS.marketplace)} as account_id, period_no,
      start_day + ${dayOfMonth - 1} as start_day, start_day + ${dayOfMonth} as end_day, 1000000 as quantity_micro,
      amount as list_e10, amount as contracted_e10, amount as billed_e10, amount as effective_e10, 'market' as product,
      'Northwind Log Insights, 12 months, 100 seats' as note, unnest(range(${lines})) as line_no
    from (select *, ${BigInt(cents) * CENT_E10} as amount from ${schema}.period where period_no = ${bought})`);
  await connection.run(`
    insert into ${schema}.charge by name
    select 'marketplace' as kind, ${quote(FEE_ACCOUNTS.marketplace)} as account_id, period_no, start_day, start_day + 1 as end_day,
      1000000 as quantity_micro, amount as list_e10, amount as contracted_e10, amount as billed_e10, amount as effective_e10,
      'market' as product, ${quote(SUBSCRIPTION.note)} as note, 0 as line_no
    from (select *, ${BigInt(SUBSCRIPTION.cents) * CENT_E10} as amount from ${schema}.period)`);
  await insertAmounts(connection, schema, 'support', supportSql(schema, finalPeriods));
  await insertAmounts(
    connection,
    schema,
    'tax',
    `
    select p.period_no, p.start_day, p.end_day, c.account_id, coalesce(c.product, k.product) as product,
      'Tax for product code ' || coalesce(c.product, k.product) as note,
      (sum(c.billed_e10) * ${TAX_PERCENT_TENTHS} // 1000 // ${CENT_E10} * ${CENT_E10})::bigint as amount_e10
    from ${schema}.charge c
    join ${schema}.period p on p.period_no = c.period_no
    left join ${schema}.sku k on k.sku_no = c.sku_no
    where c.kind <> 'credit'
    group by all having amount_e10 > 0`,
  );
}

async function addRefund(
  connection: DuckDBConnection,
  schema: string,
  incidentNo: number,
  percent: number,
): Promise<void> {
  const given = `(c.billed_e10 * ${percent} // 100)`;
  await connection.run(`
    insert into ${schema}.charge by name
    select 'refund' as kind, c.stream_no, c.sku_no, c.account_id, p.period_no + 1 as period_no, c.start_day, c.end_day,
      -(c.quantity_micro * ${percent} // 100) as quantity_micro, -${given} as list_e10, -${given} as contracted_e10,
      -${given} as billed_e10, -${given} as effective_e10, 0 as line_no, 'Refund for support case' as note
    from ${schema}.charge c
    join ${schema}.usage u on u.stream_no = c.stream_no and u.day = c.start_day and u.incident_no = ${incidentNo}
    join ${schema}.period p on p.period_no = c.period_no
    where c.kind = 'usage' and p.period_no + 1 in (select period_no from ${schema}.period)`);
}

function supportSql(schema: string, finalPeriods: readonly number[]): string {
  const fee = SUPPORT_TIERS.map(([from, to, percent]) => {
    const e10 = (dollars: number) => `${BigInt(dollars) * 100n * CENT_E10}::hugeint`;
    return `greatest(least(total_e10, ${e10(to)}) - ${e10(from)}, 0) * ${percent} // 100`;
  }).join(' + ');
  return `
    with billed as (
      select *, sum(billed_e10) over (partition by period_no) as total_e10
      from (
        select period_no, account_id, sum(billed_e10) as billed_e10 from ${schema}.charge
        where kind not in ('credit', 'marketplace') and period_no in (${list(finalPeriods)})
        group by period_no, account_id
      )
    )
    select p.period_no, p.start_day, p.end_day, b.account_id, 'support' as product,
      'AWS Support (Business) by usage of the account' as note,
      ((${fee}) * b.billed_e10 // b.total_e10 // ${CENT_E10} * ${CENT_E10})::bigint as amount_e10
    from billed b join ${schema}.period p on p.period_no = b.period_no
    where amount_e10 > 0`;
}

/** Inserts lines over the whole month, as AWS writes them, also for a month that still runs. */
async function insertAmounts(
  connection: DuckDBConnection,
  schema: string,
  kind: string,
  select: string,
): Promise<void> {
  await connection.run(`
    insert into ${schema}.charge by name
    select ${quote(kind)} as kind, account_id, period_no, start_day, end_day, product, note, line_no, 1000000 as quantity_micro,
      amount_e10 as list_e10, amount_e10 as contracted_e10, amount_e10 as billed_e10, amount_e10 as effective_e10
    from (${splitSql(`(${select})`, CENT_E10)})`);
}

function list(numbers: readonly number[]): string {
  return numbers.length > 0 ? numbers.join(', ') : '-1';
}
