import { type Engine, quoteName, quoteText, readParquet } from '../../engine/duckdb.ts';
import { InputError } from '../../errors.ts';
import { BILLING_PERIODS, INVOICE_DETAILS } from '../../lake/invoice-tables.ts';
import type { TableColumn, TableSchema } from '../../lake/table-schema.ts';
import { type Cells, createCells, mapOfColumns, type SourceColumn, toColumnKey } from './cells.ts';
import { REJECTED_LINES } from './cost-file.ts';

/** A dataset of FOCUS 1.4 beside the charges. */
export type InvoiceDataset = {
  kind: string;
  schema: TableSchema;
  /** The column that says whether what is told may still change, and the value that says so. */
  status: { column: string; open: string };
  /** Values that a column may have, as written in the specification. */
  allowed: Readonly<Record<string, readonly string[]>>;
};

const SHOWN_PROBLEMS = 20;
const DATASETS: readonly (InvoiceDataset & { isIt: (cells: Cells) => boolean })[] = [
  {
    kind: 'focus-1.4-invoice-detail',
    schema: INVOICE_DETAILS,
    status: { column: 'invoice_issue_status', open: 'Open' },
    allowed: {
      invoice_issue_status: ['Open', 'Issued', 'Voided'],
      charge_category: ['Usage', 'Purchase', 'Tax', 'Credit', 'Adjustment'],
    },
    // Charges have an InvoiceDetailId too, and periods of their own.
    isIt: (cells) =>
      !cells.find('ChargePeriodStart') &&
      Boolean(cells.find('InvoiceIssueStatus') || cells.find('InvoiceDetailId')),
  },
  {
    kind: 'focus-1.4-billing-period',
    schema: BILLING_PERIODS,
    status: { column: 'billing_period_status', open: 'Open' },
    allowed: { billing_period_status: ['Open', 'Closed'] },
    isIt: (cells) => cells.find('BillingPeriodStatus') !== undefined,
  },
];

/**
 * Which dataset of invoices a file is; undefined where it is none.
 *
 * @throws InputError where it is one and lacks columns.
 */
export function detectInvoiceDataset(
  columns: readonly SourceColumn[],
  file: string,
): InvoiceDataset | undefined {
  const cells = createCells(columns);
  const dataset = DATASETS.find(({ isIt }) => isIt(cells));
  if (!dataset) return undefined;
  const missing = listDelivered(dataset.schema).filter(
    ({ nullable, description }) => !nullable && !cells.find(description),
  );
  if (missing.length === 0) return dataset;
  throw new InputError(`as ${dataset.kind} it lacks ${missing.map((each) => each.description).join(', ')}`, {
    where: file,
    remedy: 'Export the dataset with all columns that FOCUS 1.4 requires. Nothing was imported.',
  });
}

/**
 * Reads the rows of a file into a table of the engine, with the columns of the dataset and `billing_period`. One row that
 * cannot be understood refuses the file: half an invoice is none.
 *
 * @throws InputError with the rows and what is wrong with each.
 */
export async function readInvoiceFile(
  engine: Engine,
  dataset: InvoiceDataset,
  file: { name: string; parquetPath: string; columns: readonly SourceColumn[] },
  table: string,
): Promise<void> {
  const cells = createCells(file.columns);
  const delivered = listDelivered(dataset.schema);
  const known = new Set(delivered.map(({ description }) => toColumnKey(description)));
  const others = file.columns.filter(({ name }) => !known.has(toColumnKey(name)));
  const custom = mapOfColumns(others.map((column) => ({ key: column.name, column })));
  await engine.run(`create or replace temp table ${quoteName(table)} as
    select *, month_of(billing_period_start) as billing_period from (
      select file_row_number + 1 as row_number, ${delivered.map((each) => readColumn(dataset, cells, each)).join(', ')},
        ${others.length > 0 ? custom : 'cast(map() as map(varchar, varchar))'} as custom_columns
      from ${readParquet([file.parquetPath], ', file_row_number = true')})`);
  await requireReadable(engine, dataset, file, table);
}

/** The columns that a file has, FOCUS names in their descriptions. */
function listDelivered({ columns, partitionBy }: TableSchema): TableColumn[] {
  const own = new Set(['custom_columns', 'delivery_id', ...partitionBy]);
  return columns.filter(({ name }) => !own.has(name));
}

function readColumn(
  { allowed }: InvoiceDataset,
  cells: Cells,
  { name, type, description }: TableColumn,
): string {
  const as = `as ${quoteName(name)}`;
  if (type === 'timestamp') return `cast(${cells.instant(description)} as timestamptz) ${as}`;
  if (type !== 'string') return `cast(${cells.money(description)} as decimal(38, 12)) ${as}`;
  const column = cells.find(description);
  const isText = !column || column.type === 'VARCHAR';
  const text = isText ? cells.text(description) : `cast(to_json(${quoteName(column.name)}) as varchar)`;
  const values = allowed[name];
  if (!values) return `cast(${text} as varchar) ${as}`;
  const cases = values.map((value) => `when ${quoteText(value.toLowerCase())} then ${quoteText(value)}`);
  return `case lower(${text}) ${cases.join(' ')} else ${text} end ${as}`;
}

async function requireReadable(
  engine: Engine,
  { kind, schema, allowed }: InvoiceDataset,
  { name, parquetPath }: { name: string; parquetPath: string },
  table: string,
): Promise<void> {
  const problem = (condition: string, text: string) => `case when ${condition} then ${quoteText(text)} end`;
  const checks = listDelivered(schema)
    .filter(({ nullable }) => !nullable)
    .map(({ name: column, description }) =>
      problem(`${quoteName(column)} is null`, `${description} is absent or cannot be read`),
    );
  for (const [column, values] of Object.entries(allowed)) {
    const { description = column } = schema.columns.find((each) => each.name === column) ?? {};
    const list = values.map(quoteText).join(', ');
    checks.push(
      problem(`${quoteName(column)} not in (${list})`, `${description} is none of ${values.join(', ')}`),
    );
  }
  if (schema.columns.some((each) => each.name === 'billing_currency')) {
    checks.push(
      problem(`not regexp_full_match(billing_currency, '[A-Z]{3}')`, 'BillingCurrency is no ISO 4217 code'),
    );
  }
  const rows = await engine.query(`
    select row_number, problem from (
      select row_number, unnest([${checks.join(', ')}]) as problem from ${quoteName(table)}
      union all
      select row_number, 'has another number of cells than the header'
      from ${REJECTED_LINES} where parquet_path = ${quoteText(parquetPath)})
    where problem is not null order by all`);
  if (rows.length === 0) return;
  const shown = rows.slice(0, SHOWN_PROBLEMS).map((row) => `row ${row.row_number}: ${row.problem}`);
  const more = rows.length - shown.length;
  throw new InputError(
    [`as ${kind} it has mistakes (${rows.length})`, ...shown, ...(more > 0 ? [`and ${more} more`] : [])].join(
      '\n',
    ),
    { where: name, remedy: 'Get a whole file from the issuer. Nothing was imported.' },
  );
}
