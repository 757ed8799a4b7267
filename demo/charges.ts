import type { DuckDBConnection } from '@duckdb/node-api';
import type { Window } from './calendar.ts';
import type { Reservation, SavingsPlan } from './commitments.ts';
import { loadTable, quote } from './database.ts';

/**
 * Charges in ten-billionths of a dollar (`_e10`), whole numbers from here to the last cast: one row per line of the
 * bill. `kind` is one of usage, covered, unused, fee, upfront, free, credit, refund, marketplace, support, tax.
 */
const CHARGE_COLUMNS = `
  kind varchar, stream_no integer, sku_no integer, account_id varchar, period_no integer, start_day integer,
  end_day integer, quantity_micro bigint, list_e10 bigint, contracted_e10 bigint, billed_e10 bigint, effective_e10 bigint,
  commitment_no integer, commitment_micro bigint, product varchar, note varchar, line_no integer`;

/** CloudFront's first terabyte of a month. */
export const FREE_TIER = {
  meter: 'cdnMeteredBytes',
  allowanceMicro: 1_024_000_000,
  freeUsageType: 'DataTransfer-Out-Bytes-Free',
} as const;

/** Keeps every amount of a line below what a double holds to twelve decimals. */
const LARGEST_LINE_E10 = 30_000_000_000_000n;

const cost = (price: string, quantity: string) =>
  `((${price}::hugeint * ${quantity} + 500000) // 1000000)::bigint`;

/** Rows of `relation(amount_e10, ...)` cut into equal lines of whole `unit_e10`, none above the largest line. */
export function splitSql(relation: string, unitE10: bigint): string {
  const lines = `greatest(1, (abs(amount_e10) + ${LARGEST_LINE_E10 - 1n}) // ${LARGEST_LINE_E10})`;
  const until = (line: string) => `(amount_e10 // ${unitE10}) * (${line}) // ${lines} * ${unitE10}`;
  return `
    select * exclude (amount_e10), ${until('line_no + 1')} - ${until('line_no')} as amount_e10
    from (select *, unnest(range(${lines}))::int as line_no from ${relation})`;
}

/** From `usage` and `free_usage` to `charge`: on demand, reserved, covered by Savings Plans, and what stayed unused. */
export async function createUsageCharges(
  connection: DuckDBConnection,
  schema: string,
  window: Window,
  plans: readonly SavingsPlan[],
  reservations: readonly Reservation[],
): Promise<void> {
  await connection.run(`create or replace table ${schema}.charge (${CHARGE_COLUMNS})`);
  await loadTable<Reservation>(
    connection,
    schema,
    'reservation',
    {
      commitment_no: ['INTEGER', ({ commitmentNo }) => commitmentNo],
      stream_no: ['INTEGER', ({ streamNo }) => streamNo],
      start_day: ['INTEGER', ({ start }) => start],
      end_day: ['INTEGER', ({ end }) => end],
      upfront_e10: ['BIGINT', ({ upfrontE10 }) => upfrontE10],
    },
    reservations,
  );
  await connection.run(`
    create or replace table ${schema}.open_usage as
    select u.*, k.list_price_e10, k.contracted_price_e10, k.usage_type
    from ${schema}.usage u join ${schema}.sku k on k.sku_no = u.sku_no
    where u.quantity_micro > 0`);
  await applyReservations(connection, schema, window);
  for (const plan of plans) await applySavingsPlan(connection, schema, window, plan);
  await applyFreeTier(connection, schema);
  await connection.run(`
    insert into ${schema}.charge by name
    select 'usage' as kind, stream_no, sku_no, account_id, period_no, day as start_day, day + 1 as end_day, quantity_micro,
      ${cost('list_price_e10', 'quantity_micro')} as list_e10,
      ${cost('contracted_price_e10', 'quantity_micro')} as contracted_e10,
      ${cost('contracted_price_e10', 'quantity_micro')} as billed_e10,
      ${cost('contracted_price_e10', 'quantity_micro')} as effective_e10, 0 as line_no
    from ${schema}.open_usage`);
  await connection.run(`
    insert into ${schema}.charge by name
    select 'free' as kind, stream_no, sku_no, account_id, period_no, day as start_day, day + 1 as end_day, quantity_micro,
      0 as list_e10, 0 as contracted_e10, 0 as billed_e10, 0 as effective_e10, line_no
    from ${schema}.free_usage`);
}

/** What is free every month, up to the allowance, is charged at nothing by a meter of its own. */
async function applyFreeTier(connection: DuckDBConnection, schema: string): Promise<void> {
  const { meter, allowanceMicro, freeUsageType } = FREE_TIER;
  await connection.run(`
    create or replace table ${schema}.free_tier as
    select u.stream_no, u.day, f.sku_no as free_sku_no,
      least(u.quantity_micro, greatest(0, ${allowanceMicro} - (sum(u.quantity_micro) over so_far - u.quantity_micro)))::bigint as free_micro
    from ${schema}.open_usage u
    join ${schema}.sku k on k.sku_no = u.sku_no and k.meter = ${quote(meter)}
    join ${schema}.sku f on f.is_free and f.product = k.product and f.region = k.region and f.usage_type like ${quote(`%${freeUsageType}`)}
    window so_far as (partition by u.account_id, u.period_no order by u.day, u.stream_no rows unbounded preceding);

    insert into ${schema}.charge by name
    select 'usage' as kind, u.stream_no, t.free_sku_no as sku_no, u.account_id, u.period_no, u.day as start_day,
      u.day + 1 as end_day, t.free_micro as quantity_micro, 0 as list_e10, 0 as contracted_e10, 0 as billed_e10,
      0 as effective_e10, 0 as line_no
    from ${schema}.open_usage u join ${schema}.free_tier t on t.stream_no = u.stream_no and t.day = u.day
    where t.free_micro > 0;

    update ${schema}.open_usage u set quantity_micro = u.quantity_micro - t.free_micro
    from ${schema}.free_tier t where t.stream_no = u.stream_no and t.day = u.day;

    delete from ${schema}.open_usage where quantity_micro = 0`);
}

/** The upfront price spreads over the term's days to the last unit; what its machine does not run is unused. */
async function applyReservations(
  connection: DuckDBConnection,
  schema: string,
  window: Window,
): Promise<void> {
  const share = (day: string) =>
    `(upfront_e10::hugeint * (${day} - r.start_day) // (r.end_day - r.start_day))`;
  const amortised = (day: string) =>
    `((${share(`${day} + 1`)} - ${share(day)}) * completeness_ppm // 1000000)::bigint`;
  await connection.run(`
    insert into ${schema}.charge by name
    select 'covered' as kind, u.stream_no, u.sku_no, u.account_id, u.period_no, u.day as start_day, u.day + 1 as end_day,
      u.quantity_micro, ${cost('list_price_e10', 'quantity_micro')} as list_e10,
      ${cost('contracted_price_e10', 'quantity_micro')} as contracted_e10, 0 as billed_e10,
      ${amortised('u.day')} as effective_e10, r.commitment_no, u.quantity_micro as commitment_micro, 0 as line_no
    from ${schema}.open_usage u
    join ${schema}.reservation r on r.stream_no = u.stream_no and u.day >= r.start_day and u.day < r.end_day;

    delete from ${schema}.open_usage u using ${schema}.reservation r
    where r.stream_no = u.stream_no and u.day >= r.start_day and u.day < r.end_day;

    insert into ${schema}.charge by name
    select 'unused' as kind, r.stream_no, s.sku_no, s.account_id, d.period_no, d.day as start_day, d.day + 1 as end_day,
      0 as quantity_micro, 0 as list_e10, 0 as contracted_e10, 0 as billed_e10, ${amortised('d.day')} as effective_e10,
      r.commitment_no, 24000000 as commitment_micro, 0 as line_no
    from ${schema}.reservation r
    join ${schema}.stream s on s.stream_no = r.stream_no
    join ${schema}.day d on d.day >= greatest(r.start_day, s.end_day) and d.day < r.end_day;

    insert into ${schema}.charge by name
    select 'upfront' as kind, r.stream_no, s.sku_no, s.account_id, d.period_no, r.start_day, r.end_day,
      1000000 as quantity_micro, upfront_e10 as list_e10, upfront_e10 as contracted_e10, upfront_e10 as billed_e10,
      0 as effective_e10, r.commitment_no, 24000000 * (r.end_day - r.start_day)::bigint as commitment_micro, 0 as line_no
    from ${schema}.reservation r
    join ${schema}.stream s on s.stream_no = r.stream_no
    join ${schema}.day d on d.day = r.start_day and d.day < ${window.end}`);
}

/** Covers eligible usage, machine by machine, until the day's commitment is used up; the rest stays on demand. */
async function applySavingsPlan(
  connection: DuckDBConnection,
  schema: string,
  window: Window,
  plan: SavingsPlan,
): Promise<void> {
  const saved = `(list_price_e10::hugeint * quantity_micro // 1000000 * ${1_000_000 - plan.discountPpm} // 1000000)`;
  const eligible = `usage_type like ${quote(plan.pattern)} and day >= ${plan.start} and day < ${plan.end}`;
  const measuredFrom = Math.max(plan.start, window.start);
  await connection.run(`
    create or replace table ${schema}.plan_day as
    with measured as (
      select sum(${saved})::hugeint // count(distinct day) as daily_e10 from ${schema}.open_usage
      where ${eligible} and day < ${measuredFrom + 28}
    ),
    -- AWS sells commitments in thousandths of a dollar an hour
    hourly as (
      select coalesce(daily_e10 * ${Math.round(plan.coverage * 1000)} // 1000 // 24 // 10000000 * 10000000, 0) as hourly_e10 from measured
    )
    select day, period_no, (hourly_e10 * 24 * completeness_ppm // 1000000)::bigint as commitment_e10
    from ${schema}.day, hourly
    where day >= ${plan.start} and day < ${plan.end} and hourly_e10 > 0;

    create or replace table ${schema}.plan_usage as
    with ranked as (
      select u.*, p.commitment_e10, ${saved}::bigint as saved_e10,
        sum(${saved}::bigint) over (partition by u.day order by u.stream_no rows unbounded preceding) as running_e10
      from ${schema}.open_usage u join ${schema}.plan_day p on p.day = u.day
      where ${eligible.replaceAll('day ', 'u.day ')}
    )
    select * exclude (commitment_e10, running_e10),
      greatest(least(saved_e10, commitment_e10 - (running_e10 - saved_e10)), 0)::bigint as used_e10
    from ranked;

    insert into ${schema}.charge by name
    with covered as (
      select *, (quantity_micro::hugeint * used_e10 // saved_e10)::bigint as covered_micro
      from ${schema}.plan_usage where used_e10 > 0
    )
    select 'covered' as kind, stream_no, sku_no, account_id, period_no, day as start_day, day + 1 as end_day,
      covered_micro as quantity_micro, ${cost('list_price_e10', 'covered_micro')} as list_e10,
      ${cost('contracted_price_e10', 'covered_micro')} as contracted_e10, 0 as billed_e10, used_e10 as effective_e10,
      ${plan.commitmentNo} as commitment_no, used_e10 // 10000 as commitment_micro, 0 as line_no
    from covered;

    update ${schema}.open_usage u
    set quantity_micro = u.quantity_micro - (p.quantity_micro::hugeint * p.used_e10 // p.saved_e10)::bigint
    from ${schema}.plan_usage p
    where p.stream_no = u.stream_no and p.day = u.day and p.used_e10 > 0;

    delete from ${schema}.open_usage where quantity_micro = 0;

    insert into ${schema}.charge by name
    select kind, ${quote(plan.accountId)} as account_id, period_no, day as start_day, day + 1 as end_day,
      case kind when 'fee' then 1000000 else 0 end as quantity_micro,
      billed_e10 as list_e10, billed_e10 as contracted_e10, billed_e10, amount_e10 - billed_e10 as effective_e10,
      ${plan.commitmentNo} as commitment_no, amount_e10 // 10000 as commitment_micro, 'savings' as product, line_no
    from (
      select *, case kind when 'fee' then amount_e10 else 0 end as billed_e10
      from (${splitSql(
        `(
        select 'fee' as kind, day, period_no, commitment_e10 as amount_e10 from ${schema}.plan_day
        union all
        select 'unused', day, any_value(period_no), any_value(commitment_e10) - coalesce(sum(used_e10), 0)::bigint
        from ${schema}.plan_day left join ${schema}.plan_usage using (day, period_no) group by day
      )`,
        1n,
      )})
    )
    where amount_e10 > 0`);
}
