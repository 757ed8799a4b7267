import ExcelJs, { type Worksheet } from 'exceljs';
import { ALLOCATION_DIMENSIONS, COST_BASES } from '../../vocabulary.ts';
import type { Row } from '../query.ts';
import { ALL } from '../variance.ts';
import { fixZipTimes } from './fix-zip-times.ts';
import { listUsedParts, type Pack } from './read-pack.ts';
import { addSheetTable, CHECK_PLACES, type SheetColumn } from './sheet-table.ts';

const NOTE =
  'Cells hold binary numbers of about 15 digits. The exact decimals are in the CSV and JSON of the same results.';
const CURRENCY: SheetColumn = { name: 'billing_currency', title: 'currency', kind: 'text' };

const text = (name: string): SheetColumn => ({ name, title: name.replaceAll('_', ' '), kind: 'text' });
const money = (name: string, title = name.replace(/_cost$/, '').replaceAll('_', ' ')): SheetColumn => ({
  name,
  title,
  kind: 'money',
  isAdded: true,
});
const count = (name: string, title = name.replace(/_count$/, '').replaceAll('_', ' ')): SheetColumn => ({
  name,
  title,
  kind: 'count',
  isAdded: true,
});

/** The pack as an XLSX workbook whose sums are formulas. The same pack gives the same bytes. */
export async function writeWorkbook(pack: Pack): Promise<Uint8Array> {
  const workbook = new ExcelJs.Workbook();
  const at = new Date(`${pack.asOf}T00:00:00Z`);
  Object.assign(workbook, { creator: 'Headroom', lastModifiedBy: 'Headroom', created: at, modified: at });
  workbook.calcProperties.fullCalcOnLoad = true;
  const summary = workbook.addWorksheet('Summary');
  const checks = [
    ...addBridge(workbook.addWorksheet('Bridge'), pack),
    ...addDrivers(workbook.addWorksheet('Drivers'), pack),
    ...addVariance(workbook.addWorksheet('Detail'), pack.variance, ALLOCATION_DIMENSIONS),
    ...addServices(workbook.addWorksheet('Costs by service'), pack),
    ...addReconciliation(workbook.addWorksheet('Reconciliation'), pack),
    ...addInvoices(workbook.addWorksheet('Invoices'), pack),
  ];
  addSummary(summary, pack, checks);
  for (const sheet of workbook.worksheets) {
    sheet.pageSetup = { ...sheet.pageSetup, orientation: 'landscape', fitToPage: true, fitToHeight: 0 };
  }
  return fixZipTimes(new Uint8Array(await workbook.xlsx.writeBuffer()));
}

function addSummary(sheet: Worksheet, pack: Pack, checks: readonly string[]): void {
  sheet.addRow([`Variance pack ${pack.month}`]).font = { bold: true, size: 14 };
  const facts: [string, string][] = [
    ['view', pack.view === 'closed' ? 'as closed' : 'as known now'],
    ['as of', pack.asOf],
    ['published version', pack.version],
    ['cost basis', pack.costBasis],
    ['control totals', pack.isReconciled ? 'agree in every step' : 'DO NOT AGREE'],
    ['note', NOTE],
  ];
  for (const fact of facts) sheet.addRow(fact);
  const label = sheet.addRow(['all checks (0)']);
  sheet.addRow([]);
  const own = addVariance(sheet, pack.summary, []);
  label.getCell(2).value = {
    formula: [...own, ...checks].map((cell) => `ABS(${cell})`).join('+') || '0',
    result: 0,
  };
  sheet.getColumn(1).width = 22;
  sheet.views = [{ state: 'frozen', xSplit: 0, ySplit: 1 }];
}

function addVariance(sheet: Worksheet, { rows, control }: Pack['variance'], by: readonly string[]): string[] {
  const hasCurrency = rows.some((row) => Number(row.budget_currency_cost) !== 0);
  return addSheetTable(sheet, {
    columns: [
      ...by.map(text),
      CURRENCY,
      money('budget_cost'),
      money('actual_cost'),
      money('landing_cost'),
      { ...money('variance_cost'), formula: (at) => `${at('landing_cost')}-${at('budget_cost')}` },
      {
        name: 'variance_ratio',
        title: 'variance %',
        kind: 'ratio',
        formula: (at) => {
          const names = by.map((name) => `${at(name)}=${JSON.stringify(ALL)}`);
          const isOfAll = names.length > 0 ? [`AND(${at('landing_cost')}=0,OR(${names.join(',')}))`] : [];
          const hasNone = [`${at('budget_cost')}=0`, ...isOfAll].join(',');
          return `IF(OR(${hasNone}),"",${at('variance_cost')}/${at('budget_cost')})`;
        },
      },
      ...(hasCurrency ? [money('budget_currency_cost')] : []),
      money('flexed_budget_cost'),
      {
        ...money('volume_variance_cost'),
        formula: (at) =>
          `${at('flexed_budget_cost')}-${at('budget_cost')}${hasCurrency ? `-${at('budget_currency_cost')}` : ''}`,
      },
      {
        ...money('rate_efficiency_variance_cost'),
        formula: (at) => `${at('landing_cost')}-${at('flexed_budget_cost')}`,
      },
      money('budget_ytd_cost'),
      money('landing_ytd_cost'),
      {
        ...money('variance_ytd_cost'),
        formula: (at) => `${at('landing_ytd_cost')}-${at('budget_ytd_cost')}`,
      },
    ],
    rows,
    totalsBy: ['billing_currency'],
    published: control.totals as Row[],
    checked: 'variance_cost',
  });
}

function addBridge(sheet: Worksheet, { bridge, noBridgeBecause, by }: Pack): string[] {
  if (!bridge || bridge.rows.length === 0) {
    sheet.addRow([`There is no bridge: ${noBridgeBecause}.`]);
    return [];
  }
  const parts = listUsedParts(bridge.rows);
  const first = 'base_cost';
  const last = parts.at(-1)?.name ?? first;
  return addSheetTable(sheet, {
    columns: [
      text('comparison'),
      CURRENCY,
      ...by.map(text),
      money(first),
      ...parts.map(({ name, title }) => money(name, title)),
      { ...money('actual_cost'), formula: (at) => `SUM(${at(first)}:${at(last)})` },
      { ...money('change_cost'), formula: (at) => `${at('actual_cost')}-${at(first)}` },
    ],
    rows: [...bridge.rows].sort((a, b) => compareTexts(keyOf(a, by), keyOf(b, by))),
    totalsBy: ['comparison', 'billing_currency'],
    published: bridge.control.totals as Row[],
    checked: 'actual_cost',
  });
}

function addDrivers(sheet: Worksheet, { drivers, bridge }: Pack): string[] {
  if (drivers.length === 0 || !bridge) {
    sheet.addRow(['Nothing is known of what moved the month.']);
    return [];
  }
  const checks = addSheetTable(sheet, {
    columns: [
      text('comparison'),
      CURRENCY,
      { name: 'driver_rank', title: 'rank', kind: 'count' },
      ...['service_name', 'service', 'cost_center', 'owner'].map(text),
      money('base_cost'),
      money('change_cost'),
      { ...money('actual_cost'), formula: (at) => `${at('base_cost')}+${at('change_cost')}` },
      text('sentence'),
    ],
    rows: drivers,
    totalsBy: ['comparison', 'billing_currency'],
    published: bridge.control.totals as Row[],
    checked: 'change_cost',
  });
  sheet.getColumn('K').width = 100;
  return checks;
}

function addServices(sheet: Worksheet, { services }: Pack): string[] {
  return addSheetTable(sheet, {
    columns: [
      text('service_name'),
      CURRENCY,
      ...COST_BASES.map((basis) => money(`${basis}_cost`)),
      count('line_count', 'charge lines'),
    ],
    rows: services.rows,
    totalsBy: ['billing_currency'],
    published: services.control.totals as Row[],
    checked: 'billed_cost',
  });
}

function addReconciliation(sheet: Worksheet, { reconciliation }: Pack): string[] {
  const rows = (stage: string) => count(`${stage}_row_count`, `${stage} rows`);
  return addSheetTable(sheet, {
    columns: [
      ...['source', 'provider_name', 'billing_account_id', 'charge_category'].map(text),
      CURRENCY,
      ...['source', 'loaded', 'quarantined', 'modelled'].map(rows),
      {
        ...count('difference_row_count', 'difference rows'),
        formula: (at) => `${at('source_row_count')}-${at('loaded_row_count')}-${at('quarantined_row_count')}`,
      },
      ...COST_BASES.flatMap((basis): SheetColumn[] => [
        ...['source', 'quarantined', 'published'].map((stage) => money(`${stage}_${basis}_cost`)),
        {
          ...money(`difference_${basis}_cost`),
          formula: (at) =>
            `ROUND(${at(`source_${basis}_cost`)}-${at(`quarantined_${basis}_cost`)}-${at(`published_${basis}_cost`)},${CHECK_PLACES})`,
        },
      ]),
      { name: 'is_reconciled', title: 'reconciled', kind: 'flag' },
    ],
    rows: reconciliation.rows.map((row) => ({
      ...row,
      difference_row_count:
        Number(row.source_row_count) - Number(row.loaded_row_count) - Number(row.quarantined_row_count),
    })),
    totalsBy: ['billing_currency'],
    published: reconciliation.control.totals.map((total) => ({
      ...(total as Row),
      difference_row_count:
        Number(total.source_row_count) - Number(total.loaded_row_count) - Number(total.quarantined_row_count),
    })),
    checked: 'published_billed_cost',
  });
}

function addInvoices(sheet: Worksheet, { invoices: { rows, totals } }: Pack): string[] {
  return addSheetTable(sheet, {
    columns: [
      text('billing_account_id'),
      text('invoice_id'),
      CURRENCY,
      money('invoice_cost'),
      money('billed_cost'),
      {
        ...money('difference_cost'),
        formula: (at) => `IF(ISBLANK(${at('invoice_cost')}),"",${at('billed_cost')}-${at('invoice_cost')})`,
      },
      {
        ...money('not_given_cost'),
        formula: (at) => `IF(ISBLANK(${at('invoice_cost')}),${at('billed_cost')},"")`,
      },
      text('status'),
      text('probable_cause'),
    ],
    rows,
    totalsBy: ['billing_currency'],
    published: totals,
    checked: 'difference_cost',
  });
}

function keyOf(row: Row, by: readonly string[]): string {
  return JSON.stringify(['comparison', 'billing_currency', ...by].map((name) => row[name]));
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
