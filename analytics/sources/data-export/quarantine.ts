import { type Engine, quoteName, quoteText } from '../../engine/duckdb.ts';
import { chargesOf, FILE_COLUMN, type FileGroup, ROW_COLUMN, rowsOf } from './charge-sql.ts';
import { REJECTED_LINES } from './cost-file.ts';
import { listPaths, OPENED_FILES, TOTAL_COSTS, TOTAL_KEYS } from './count-rows.ts';
import type { DeliveryPart } from './write-charges.ts';

/** `statedPeriod` is what a manifest says; without one, the rows say it. */
type QuarantinedPart = DeliveryPart & { statedPeriod: string | undefined; quarantinedCount: number };

/** Rows of one delivery that are set aside, with what control totals need. */
export const SET_ASIDE = 'set_aside';

const REASONS_SHOWN = 5;

/** Reads the rows of a delivery that are set aside into the temporary table SET_ASIDE. */
export async function readQuarantine(engine: Engine, part: QuarantinedPart): Promise<void> {
  const ofGroups = part.quarantinedCount > 0 ? part.groups.map((group) => selectSetAside(group, part)) : [];
  const ofLines = `select name as file, row_number, reason, cast(null as decimal(38, 12)) as billed_cost, raw,
      ${TOTAL_KEYS.map((name) => `cast(null as varchar) as ${name}`)},
      ${TOTAL_COSTS.map((name) => `cast(null as decimal(38, 12)) as total_${name}`)}
    from ${REJECTED_LINES} join ${OPENED_FILES} using (parquet_path)
    where parquet_path in (${listPaths(part.files)}) and first_period = ${quoteText(part.billingPeriod)}`;
  await engine.run(
    `create or replace temp table ${SET_ASIDE} as ${[...ofGroups, ofLines].join('\nunion all\n')}`,
  );
}

/** The first reasons why rows are set aside, each with its file and row. */
export async function findReasons(engine: Engine, part: QuarantinedPart): Promise<string[]> {
  await readQuarantine(engine, part);
  const rows = await engine.query(
    `select file, row_number, reason from ${SET_ASIDE} order by file, row_number limit ${REASONS_SHOWN}`,
  );
  return rows.map(
    ({ file, row_number, reason }) => `${String(file)} row ${String(row_number)}: ${String(reason)}`,
  );
}

/** The row as delivered is joined to the few that need it, so that the others are not turned into JSON. */
function selectSetAside(group: FileGroup, { statedPeriod, billingPeriod }: QuarantinedPart): string {
  const cells = group.cells.columns.map(({ name }) => `${quoteText(name)}: delivered.${quoteName(name)}`);
  const period =
    statedPeriod === undefined ? 'coalesce(billing_period, first_period)' : quoteText(statedPeriod);
  return `select name as file, bad.${ROW_COLUMN} + 1 + (
        select count(*) from ${REJECTED_LINES} as line
        where line.parquet_path = bad.${FILE_COLUMN} and line.rows_before <= bad.${ROW_COLUMN}) as row_number, quarantine_reason as reason, bad.billed_cost,
      cast(to_json({${cells.join(', ')}}) as varchar) as raw,
      ${TOTAL_KEYS.map((key) => `nullif(bad.${key}, '') as ${key}`)}, ${TOTAL_COSTS.map((cost) => `bad.${cost} as total_${cost}`)}
    from (${chargesOf(group, statedPeriod)}) as bad
    join ${OPENED_FILES} on parquet_path = bad.${FILE_COLUMN}
    join ${rowsOf(group)} as delivered on delivered.${FILE_COLUMN} = bad.${FILE_COLUMN}
      and delivered.${ROW_COLUMN} = bad.${ROW_COLUMN}
    where quarantine_reason is not null and ${period} = ${quoteText(billingPeriod)}`;
}
