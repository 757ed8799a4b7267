import type { DuckDBConnection } from '@duckdb/node-api';
import type { Window } from './calendar.ts';
import { splitHours } from './hours.ts';
import type { Incident } from './incidents.ts';

/** A line of the early delivery is missing when its hash falls under this, in thousandths. */
const LATE_MILLE = 12;
/** Usage lines that AWS corrects before the month is final, and what of them the early delivery says. */
const CORRECTED_MILLE = 30;
const EARLY_TENTHS = 9;

/**
 * From `charge` to `line`: every line of the bill with the price that it shows and its place in the files, which is
 * neither by resource nor by day.
 */
export async function createLines(
  connection: DuckDBConnection,
  schema: string,
  world: { seed: number; window: Window; incidents: readonly Incident[] },
): Promise<void> {
  const { seed } = world;
  await connection.run(`
    create or replace table ${schema}.line as
    select c.* exclude (product), coalesce(c.sku_no, k.sku_no) as display_sku_no,
      hash(${seed}, c.kind, c.stream_no, c.account_id, c.sku_no, c.product, c.note, c.start_day, c.period_no, c.line_no, c.commitment_no) as order_key
    from ${schema}.charge c
    left join (select product, min(sku_no) as sku_no from ${schema}.sku group by product) k on k.product = c.product`);
  await splitHours(connection, schema, world);
}

/**
 * A month as it was first delivered, before it was final: no support, some lines missing, some with less usage.
 *
 * @returns the name of the table that holds it
 */
export async function createEarlyLines(
  connection: DuckDBConnection,
  schema: string,
  periodNo: number,
): Promise<string> {
  const isCorrected = `kind = 'usage' and order_key % 1000 >= ${1000 - CORRECTED_MILLE}`;
  const early = (column: string) =>
    `case when ${isCorrected} then ${column} * ${EARLY_TENTHS} // 10 else ${column} end as ${column}`;
  const columns = ['quantity_micro', 'list_e10', 'contracted_e10', 'billed_e10', 'effective_e10'];
  await connection.run(`
    create or replace table ${schema}.early_${periodNo} as
    select * replace (${columns.map(early).join(', ')})
    from ${schema}.line
    where period_no = ${periodNo} and kind <> 'support' and (order_key % 1000 >= ${LATE_MILLE} or kind in ('fee', 'tax', 'credit'))`);
  return `${schema}.early_${periodNo}`;
}
