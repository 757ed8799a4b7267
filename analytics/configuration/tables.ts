import { ALLOCATION_DIMENSIONS, type AllocationDimension } from '../vocabulary.ts';
import {
  type Cells,
  need,
  needCurrency,
  needDate,
  needDecimal,
  needMonth,
  problem,
  readCurrency,
  readLines,
  readScope,
} from './cells.ts';
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

/** @throws InputError with file, line and column of every bad line. */
export function parseDrivers(csv: CsvFile, configuration: Configuration): DriverRow[] {
  requireColumns(csv, ['date', 'driver', 'volume'], ['unit', ...ALLOCATION_DIMENSIONS]);
  return readLines(csv, (cells) => {
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
    const volume = needDecimal(cells, 'volume');
    if (Number(volume) < 0) {
      throw problem(cells, 'volume', 'is below 0', 'write what was counted that day, 0 where nothing was');
    }
    return {
      date: needDate(cells, 'date'),
      driver,
      volume,
      unit: cells.get('unit') ?? declared.unit,
      ...readScope(cells),
    };
  });
}

/** @throws InputError with file, line and column of every bad line. */
export function parseFxRates(csv: CsvFile): FxRow[] {
  requireColumns(csv, ['month', 'from_currency', 'to_currency', 'rate'], ['kind']);
  const lines = new Map<string, string>();
  return readLines(csv, (cells) => {
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

/** @throws InputError with file, line and column of every bad line. */
export function parseInvoices(csv: CsvFile, configuration: Configuration): InvoiceRow[] {
  requireColumns(csv, ['month', 'billing_account_id', 'invoice_id', 'amount'], ['currency', 'tax']);
  const lines = new Map<string, string>();
  return readLines(csv, (cells) => {
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

function readRateKind(cells: Cells): FxRow['kind'] {
  const value = cells.get('kind')?.toLowerCase() ?? 'actual';
  if (value === 'budget' || value === 'actual') return value;
  throw problem(cells, 'kind', `'${value}' is no kind of rate`, 'write budget or actual');
}
