import { InputError } from '../errors.ts';
import { ALLOCATION_DIMENSIONS, type AllocationDimension } from '../vocabulary.ts';
import { type CsvFile, requireColumns } from './csv-file.ts';
import type { Configuration } from './schema.ts';

/** Which allocation values a budget or a volume is for; null: not part of its scope. */
export type Scope = Record<AllocationDimension, string | null>;

/** A line of budgets.csv. Amounts and volumes are decimal text, month is `YYYY-MM`. */
export type BudgetRow = Scope & {
  version: string;
  month: string;
  amount: string;
  currency: string;
  driver: string | null;
  planned_volume: string | null;
};

/** A line of drivers.csv: what happened on a UTC day. Volume is decimal text, date is `YYYY-MM-DD`. */
export type DriverRow = Scope & { date: string; driver: string; volume: string; unit: string };

/** A line of fx.csv: one unit of `from_currency` is `rate` units of `to_currency` in that month. Rate is decimal text. */
export type FxRow = {
  month: string;
  from_currency: string;
  to_currency: string;
  rate: string;
  kind: 'budget' | 'actual';
};

/** A line of invoices.csv: what an invoice comes to, tax included, and the part of it that is tax. Decimal text. */
export type InvoiceRow = {
  month: string;
  billing_account_id: string;
  invoice_id: string;
  currency: string;
  amount: string;
  tax: string | null;
};

type Cells = { where: string; get(column: string): string | null };

/** @throws InputError with file, line and column. */
export function parseBudgets(csv: CsvFile, configuration: Configuration): BudgetRow[] {
  requireColumns(
    csv,
    ['month', 'amount'],
    ['version', 'currency', 'driver', 'planned_volume', ...ALLOCATION_DIMENSIONS],
  );
  const lines = new Map<string, string>();
  return csv.records.map((record) => {
    const cells = readCells(csv, record);
    const driver = cells.get('driver');
    const row = {
      version: cells.get('version') ?? 'original',
      month: needMonth(cells, 'month'),
      ...readScope(cells),
      amount: needDecimal(cells, 'amount'),
      currency: readCurrency(cells) ?? configuration.reporting_currency,
      driver,
      planned_volume: driver ? needDecimal(cells, 'planned_volume') : null,
    };
    if (driver && !(driver in configuration.drivers)) {
      throw problem(
        cells,
        'driver',
        `'${driver}' is not named under drivers in headroom.yml`,
        'name it there',
      );
    }
    if (row.planned_volume !== null && Number(row.planned_volume) <= 0) {
      throw problem(
        cells,
        'planned_volume',
        'must be above 0',
        'leave driver and planned_volume empty for a fixed budget',
      );
    }
    const key = JSON.stringify([
      row.version,
      row.month,
      row.currency,
      ...ALLOCATION_DIMENSIONS.map((name) => row[name]),
    ]);
    const earlier = lines.get(key);
    if (earlier) {
      throw problem(
        cells,
        'amount',
        `the same scope stands at ${earlier}`,
        'keep one of the two lines, or give them versions',
      );
    }
    lines.set(key, cells.where);
    return row;
  });
}

/** @throws InputError with file, line and column. */
export function parseDrivers(csv: CsvFile, configuration: Configuration): DriverRow[] {
  requireColumns(csv, ['date', 'driver', 'volume'], ['unit', ...ALLOCATION_DIMENSIONS]);
  return csv.records.map((record) => {
    const cells = readCells(csv, record);
    const driver = cells.get('driver') ?? '';
    const declared = configuration.drivers[driver];
    if (!declared) {
      throw problem(
        cells,
        'driver',
        `'${driver}' is not named under drivers in headroom.yml`,
        'name it there',
      );
    }
    return {
      date: needDate(cells, 'date'),
      driver,
      volume: needDecimal(cells, 'volume'),
      unit: cells.get('unit') ?? declared.unit,
      ...readScope(cells),
    };
  });
}

/** @throws InputError with file, line and column. */
export function parseFxRates(csv: CsvFile): FxRow[] {
  requireColumns(csv, ['month', 'from_currency', 'to_currency', 'rate'], ['kind']);
  const lines = new Map<string, string>();
  return csv.records.map((record) => {
    const cells = readCells(csv, record);
    const row = {
      month: needMonth(cells, 'month'),
      from_currency: needCurrency(cells, 'from_currency'),
      to_currency: needCurrency(cells, 'to_currency'),
      rate: needDecimal(cells, 'rate'),
      kind: readRateKind(cells),
    };
    if (Number(row.rate) <= 0) {
      throw problem(cells, 'rate', 'must be above 0', 'write what one unit of from_currency is worth');
    }
    const key = JSON.stringify([row.month, row.from_currency, row.to_currency, row.kind]);
    const earlier = lines.get(key);
    if (earlier) throw problem(cells, 'rate', `the same rate stands at ${earlier}`, 'keep one line');
    lines.set(key, cells.where);
    return row;
  });
}

/** @throws InputError with file, line and column. */
export function parseInvoices(csv: CsvFile, configuration: Configuration): InvoiceRow[] {
  requireColumns(csv, ['month', 'billing_account_id', 'invoice_id', 'amount'], ['currency', 'tax']);
  const lines = new Map<string, string>();
  return csv.records.map((record) => {
    const cells = readCells(csv, record);
    const row = {
      month: needMonth(cells, 'month'),
      billing_account_id: need(cells, 'billing_account_id'),
      invoice_id: need(cells, 'invoice_id'),
      currency: readCurrency(cells) ?? configuration.reporting_currency,
      amount: needDecimal(cells, 'amount'),
      tax: cells.get('tax') === null ? null : needDecimal(cells, 'tax'),
    };
    const key = JSON.stringify([row.month, row.billing_account_id, row.invoice_id, row.currency]);
    const earlier = lines.get(key);
    if (earlier) throw problem(cells, 'invoice_id', `the same invoice stands at ${earlier}`, 'keep one line');
    lines.set(key, cells.where);
    return row;
  });
}

function readCells(csv: CsvFile, record: CsvFile['records'][number]): Cells {
  return { where: `${csv.file}:${record.line}`, get: (column) => record.values[column] || null };
}

function readScope(cells: Cells): Scope {
  return Object.fromEntries(ALLOCATION_DIMENSIONS.map((name) => [name, cells.get(name)])) as Scope;
}

function problem(cells: Cells, column: string, message: string, remedy: string): InputError {
  return new InputError(`${column}: ${message}`, { where: cells.where, remedy });
}

function need(cells: Cells, column: string): string {
  const value = cells.get(column);
  if (value === null) throw problem(cells, column, 'is empty', 'fill the cell or delete the line');
  return value;
}

/** ISO 4217 has three letters; whether the bill has that currency shows in the result. */
function readCurrency(cells: Cells, column = 'currency'): string | null {
  const value = cells.get(column)?.toUpperCase() ?? null;
  if (value === null || /^[A-Z]{3}$/.test(value)) return value;
  throw problem(cells, column, `'${value}' is not a currency`, 'write it as USD');
}

function needCurrency(cells: Cells, column: string): string {
  return readCurrency(cells, column) ?? need(cells, column);
}

function readRateKind(cells: Cells): FxRow['kind'] {
  const value = cells.get('kind')?.toLowerCase() ?? 'actual';
  if (value === 'budget' || value === 'actual') return value;
  throw problem(cells, 'kind', `'${value}' is no kind of rate`, 'write budget or actual');
}

function needDecimal(cells: Cells, column: string): string {
  const value = need(cells, column);
  if (!/^-?\d{1,20}(\.\d{1,12})?$/.test(value)) {
    throw problem(
      cells,
      column,
      `'${value}' is not a number`,
      'write it as 1234.56, without separators or currency sign',
    );
  }
  return value;
}

function needMonth(cells: Cells, column: string): string {
  const value = need(cells, column);
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(value))
    throw problem(cells, column, `'${value}' is not a month`, 'write it as 2026-10');
  return value;
}

function needDate(cells: Cells, column: string): string {
  const value = need(cells, column);
  const time = /^\d{4}-\d{2}-\d{2}$/.test(value) ? Date.parse(`${value}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== value) {
    throw problem(cells, column, `'${value}' is not a date`, 'write it as 2026-10-31');
  }
  return value;
}
