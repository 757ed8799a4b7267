import ExcelJs, { type CellValue, type Worksheet } from 'exceljs';
import { InputError } from '../errors.ts';
import { ALLOCATION_DIMENSIONS } from '../vocabulary.ts';
import { readEach } from './cells.ts';
import { readCsvFile } from './csv-file.ts';
import { listPhasedMonths } from './phase-budget.ts';

/** A line for budgets.csv: column to text. */
export type BudgetLine = Record<string, string>;

const COLUMNS = [
  'month',
  'amount',
  'currency',
  'driver',
  'planned_volume',
  'phasing',
  ...ALLOCATION_DIMENSIONS,
];
const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;
const MAXIMUM_PLACES = 12;

/**
 * Reads budgets from a CSV that is laid out as a workbook may be.
 *
 * @throws InputError with the line.
 */
export async function readBudgetCsv(file: string): Promise<BudgetLine[]> {
  const csv = await readCsvFile(file);
  if (!csv) throw new InputError('there is no such file', { where: file });
  const body = csv.records.map(({ line, values }) => ({
    number: line,
    cells: csv.columns.map((name) => values[name] ?? ''),
  }));
  return readRows([{ number: 1, cells: csv.columns }, ...body], file, 'line');
}

/**
 * Reads budgets from a workbook. The first row that holds anything is the header, with the columns of budgets.csv; months may
 * stand in a column, or each in a column of its own with the amounts below.
 *
 * @param sheetName default: the first sheet.
 * @throws InputError with sheet and cell.
 */
export async function readBudgetSheet(file: string, sheetName?: string): Promise<BudgetLine[]> {
  const workbook = new ExcelJs.Workbook();
  await workbook.xlsx.readFile(file).catch((cause: Error) => {
    throw new InputError(`not a workbook that can be read: ${cause.message}`, {
      where: file,
      remedy: 'Save it as .xlsx or .csv.',
      cause,
    });
  });
  const sheet = sheetName === undefined ? workbook.worksheets[0] : workbook.getWorksheet(sheetName);
  if (!sheet) {
    const names = workbook.worksheets.map(({ name }) => name).join(', ');
    throw new InputError('there is no such sheet', {
      where: `${file}: ${sheetName ?? ''}`,
      remedy: `Sheets: ${names}.`,
    });
  }
  return readLines(sheet, `${file}: ${sheet.name}`);
}

function readLines(sheet: Worksheet, where: string): BudgetLine[] {
  const rows: SheetRow[] = [];
  sheet.eachRow((row, number) => {
    const cells = Array.from({ length: sheet.columnCount }, (_, index) =>
      readText(row.getCell(index + 1).value),
    );
    if (cells.some((cell) => cell !== '')) rows.push({ number, cells });
  });
  return readRows(rows, where, 'row');
}

type SheetRow = { number: number; cells: string[] };

function readRows(rows: readonly SheetRow[], where: string, unit: 'row' | 'line'): BudgetLine[] {
  const [head, ...body] = rows;
  const header = (head?.cells ?? []).map((cell) => cell.toLowerCase().replaceAll(' ', '_'));
  const unknown = header.filter((name) => name !== '' && !COLUMNS.includes(name) && !MONTH.test(name));
  const months = header.flatMap((name, index) => (MONTH.test(name) ? [{ month: name, index }] : []));
  if (
    unknown.length > 0 ||
    (months.length === 0 && !(header.includes('month') && header.includes('amount')))
  ) {
    throw new InputError(
      unknown.length > 0 ? `the header has unknown ${unknown.join(', ')}` : 'the header has no months',
      {
        where: `${where} ${unit} ${head?.number ?? 1}`,
        remedy: `Columns: ${COLUMNS.join(', ')}; or instead of month and amount a column for each month, such as 2026-10.`,
      },
    );
  }
  return readEach(body, where, ({ number, cells }) => {
    const line: BudgetLine = {};
    header.forEach((name, index) => {
      if (COLUMNS.includes(name) && cells[index]) line[name] = cells[index];
    });
    const lines =
      months.length === 0
        ? [line]
        : months
            .filter(({ index }) => cells[index])
            .map(({ month, index }) => ({ ...line, month, amount: cells[index] ?? '' }));
    for (const { amount = '', month = '' } of lines) {
      if (/^-?\d+(\.\d+)?$/.test(amount) && listPhasedMonths(month)) continue;
      throw new InputError(`'${amount}' in '${month}' is not an amount of a month`, {
        where: `${where} ${unit} ${number}`,
        remedy: 'Give months as 2026-10, 2026-01..2026-12 or dates, and amounts as numbers.',
      });
    }
    return lines;
  }).flat();
}

/** A cell as text: numbers without exponent, dates as their month, formulas as what they came to. */
function readText(value: CellValue): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString().slice(0, 7);
  if (typeof value === 'number') return formatNumber(value);
  if (typeof value !== 'object') return String(value).trim();
  if ('result' in value) return readText(value.result as CellValue);
  if ('richText' in value)
    return value.richText
      .map(({ text }) => text)
      .join('')
      .trim();
  if ('text' in value) return readText(value.text as CellValue);
  return '';
}

function formatNumber(value: number): string {
  const text = String(value);
  return /e/.test(text) ? value.toFixed(MAXIMUM_PLACES).replace(/\.?0+$/, '') : text;
}
