import { quoteName, quoteText, readParquet } from '../../engine/duckdb.ts';
import { toDuckdbType } from '../../lake/table-schema.ts';
import { FOCUS_COLUMNS } from '../../lake/tables.ts';
import { type Cells, readMoney, readRaw, type SourceColumn } from './cells.ts';
import type { Dialect } from './dialect.ts';

/** Files of one format with the same columns. `paths` are Parquet files: as delivered, or staged from text. */
export type FileGroup = { paths: readonly string[]; dialect: Dialect; cells: Cells };

/** Beside a charge's columns, what a row of `chargesOf` says of itself. */
export const FILE_COLUMN = 'headroom_file';
export const ROW_COLUMN = 'file_row_number';
/** Stands in for an account that the bill does not name. */
export const NO_ACCOUNT = '(none)';

export const CATEGORIES = ['Usage', 'Purchase', 'Tax', 'Credit', 'Adjustment'];
export const FREQUENCIES = ['One-Time', 'Recurring', 'Usage-Based'];
/** A DECIMAL(38,12) holds 26 digits before the point. */
const MONEY_LIMIT = '1e26';

/** Gives the SQL of another column of the same row. */
type ColumnOf = (name: string) => string;

/** What takes the place of values, once read, that a charge must have or that differ only in their spelling. */
const COMPLETIONS: Record<string, (of: ColumnOf) => string> = {
  billing_account_id: (of) => `coalesce(${of('billing_account_id')}, ${quoteText(NO_ACCOUNT)})`,
  billing_period_end: (of) =>
    `coalesce(${of('billing_period_end')}, ${of('billing_period_start')} + interval 1 month)`,
  charge_category: (of) => chooseSpelling(of('charge_category'), CATEGORIES, 'null'),
  charge_frequency: (of) => chooseSpelling(of('charge_frequency'), FREQUENCIES, of('charge_frequency')),
  charge_period_end: (of) =>
    `coalesce(${of('charge_period_end')}, date_trunc('day', ${of('charge_period_start')}) + interval 1 day)`,
  contracted_cost: (of) => `coalesce(${of('contracted_cost')}, ${of('billed_cost')})`,
  effective_cost: (of) => `coalesce(${of('effective_cost')}, ${of('billed_cost')})`,
  list_cost: (of) => `coalesce(${of('list_cost')}, ${of('contracted_cost')}, ${of('billed_cost')})`,
};

const MONTH = 'month_of(billing_period_start)';

/**
 * A query that reads a group's rows as charges: the columns of FOCUS_COLUMNS; `billing_period` (YYYY-MM);
 * `quarantine_reason`, null for a row that is understood; FILE_COLUMN and ROW_COLUMN, from 0. What the caller does not
 * use is not computed.
 *
 * @param period the only billing period that the rows may have, where a manifest says it.
 */
export function chargesOf(group: FileGroup, period?: string): string {
  const { dialect, cells } = group;
  const charge = dialect.charge(cells);
  const read = FOCUS_COLUMNS.map(
    ({ name, type }) => `cast(${charge[name] ?? 'null'} as ${toDuckdbType(type)}) as ${name}`,
  );
  const completed = FOCUS_COLUMNS.map(({ name }) =>
    COMPLETIONS[name] ? `${COMPLETIONS[name]((other) => other)} as ${name}` : name,
  );
  const rows = `select ${read.join(',\n  ')},
  ${describeAmounts(cells)} as unreadable_amount, ${FILE_COLUMN}, ${ROW_COLUMN}
from ${rowsOf(group)}`;
  return `select ${completed.join(', ')},
  ${MONTH} as billing_period,
  ${describeReason(period)} as quarantine_reason, ${FILE_COLUMN}, ${ROW_COLUMN}
from (${rows})`;
}

/** The same by column, each as one expression over the file's columns; columns that would be null are left out. */
export function listChargeExpressions({ dialect, cells }: FileGroup): Map<string, string> {
  const charge = dialect.charge(cells);
  const of: ColumnOf = (name) => {
    const type = FOCUS_COLUMNS.find((column) => column.name === name)?.type ?? 'string';
    return `cast(${charge[name] ?? 'null'} as ${toDuckdbType(type)})`;
  };
  return new Map(
    FOCUS_COLUMNS.flatMap(({ name }): [string, string][] => {
      const completion = COMPLETIONS[name];
      if (completion) return [[name, completion(of)]];
      return (charge[name] ?? 'null') === 'null' ? [] : [[name, of(name)]];
    }),
  );
}

/** A relation of a group's rows as they are in the files, with FILE_COLUMN and ROW_COLUMN. */
export function rowsOf(group: FileGroup): string {
  return readParquet(group.paths, `, filename = ${quoteText(FILE_COLUMN)}, file_row_number = true`);
}

function chooseSpelling(column: string, spellings: readonly string[], otherwise: string): string {
  const branches = spellings.map(
    (spelling) => `when ${quoteText(spelling.toLowerCase())} then ${quoteText(spelling)}`,
  );
  return `case lower(${column}) ${branches.join(' ')} else ${otherwise} end`;
}

function describeReason(period: string | undefined): string {
  const isElsewhere =
    period === undefined
      ? ''
      : `when billing_period_start < ${startOf(period)} or billing_period_start >= ${startOf(period)} + interval 1 month
      then 'billing_period_start is in ' || ${MONTH} || ', the delivery is of ${period}'`;
  return `case
    when unreadable_amount is not null then unreadable_amount
    when billed_cost is null then 'billed_cost is missing'
    when billing_currency is null then 'billing_currency is missing'
    when charge_period_start is null then 'charge_period_start is missing or not a date'
    when billing_period_start is null then 'billing_period_start is missing or not a date'
    ${isElsewhere}
    when ${chooseSpelling('charge_category', CATEGORIES, 'null')} is null
      then 'charge_category is missing or none of ${CATEGORIES.join(', ')}' end`;
}

function startOf(period: string): string {
  return `timestamptz '${period}-01 00:00:00+00'`;
}

/** Which value of the row, where one should be an amount, is none. */
function describeAmounts(cells: Cells): string {
  const branches = cells.amounts().flatMap((column) => {
    const problem = findAmountProblem(column);
    if (problem === undefined) return [];
    return [`when ${problem} then ${quoteText(`${column.name} is not an amount: `)} || ${readRaw(column)}`];
  });
  return branches.length === 0 ? 'cast(null as varchar)' : `case ${branches.join('\n    ')} end`;
}

function findAmountProblem(column: SourceColumn): string | undefined {
  const value = quoteName(column.name);
  if (column.type === 'DOUBLE') return `not isfinite(${value}) or abs(${value}) >= ${MONEY_LIMIT}`;
  if (column.type === 'DECIMAL(38,12)') return undefined;
  return `${readMoney(column)} is null and clean_text(${readRaw(column)}) is not null`;
}
