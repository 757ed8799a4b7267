import ExcelJs, { type Cell, type CellFormulaValue } from 'exceljs';
import { afterEach, expect, it, vi } from 'vitest';
import { formatPackHtml } from '../../../analytics/results/pack/html.ts';
import type { Pack } from '../../../analytics/results/pack/read-pack.ts';
import { drawWaterfall } from '../../../analytics/results/pack/waterfall.ts';
import { writeWorkbook } from '../../../analytics/results/pack/workbook.ts';
import { makeStore } from '../../functions/published.ts';
import { type BridgeLine, HOSTILE_NAMES, makePack } from '../../support/pack.ts';

afterEach(() => vi.useRealTimers());

const LINES: BridgeLine[] = [
  { cost_center: 'CC-1', currency: 'USD', base: '100.25', volume: '20', price: '-5.125', tax: '0' },
  { cost_center: 'CC-2', currency: 'USD', base: '0', volume: '0', price: '0.000000000001', tax: '7' },
  { cost_center: 'CC-2', currency: 'EUR', base: '40', volume: '-40', price: '0', tax: '0' },
];
const hostile = HOSTILE_NAMES.map((cost_center) => ({ ...(LINES[0] as BridgeLine), cost_center }));

async function open(bytes: Uint8Array) {
  const workbook = new ExcelJs.Workbook();
  await workbook.xlsx.load(Buffer.from(bytes) as unknown as Parameters<typeof workbook.xlsx.load>[0]);
  return workbook;
}

function listCells(workbook: ExcelJs.Workbook): Cell[] {
  const cells: Cell[] = [];
  for (const sheet of workbook.worksheets) {
    sheet.eachRow((row) => row.eachCell((cell) => cells.push(cell)));
  }
  return cells;
}

it('adds up in formulas: each row of the bridge, each total, and a check that is zero', async () => {
  const workbook = await open(await writeWorkbook(await makePack(await makeStore(), LINES)));
  expect(workbook.worksheets.map(({ name }) => name)).toEqual([
    'Summary',
    'Bridge',
    'Drivers',
    'Detail',
    'Costs by service',
    'Reconciliation',
    'Invoices',
  ]);
  const bridge = workbook.getWorksheet('Bridge') as ExcelJs.Worksheet;
  const rows = bridge.getRows(1, bridge.rowCount) ?? [];
  expect(rows[0]?.values).toEqual([
    undefined,
    ...[
      'comparison',
      'currency',
      'cost center',
      'base',
      'volume',
      'price',
      'tax',
      'actual',
      'change',
      'check (0)',
    ],
  ]);
  expect(rows.find((row) => row.getCell(3).value === 'CC-1')?.getCell(8).value).toEqual({
    formula: 'SUM(D3:G3)',
    result: 115.125,
  });
  const total = rows.find(
    (row) => row.getCell(1).value === 'Total' || row.getCell(4).formula?.startsWith('SUMIFS'),
  );
  expect(total?.getCell(8).formula).toMatch(/^SUMIFS\(H\$2:H\$7,A\$2:A\$7,A8,B\$2:B\$7,B8\)$/);
  expect(total?.getCell(10).formula).toMatch(/^ROUND\(H8-/);
  expect(bridge.views[0]).toMatchObject({ state: 'frozen', ySplit: 1 });
  expect(rows[1]?.getCell(4).numFmt).toContain('#,##0.00');
});

it('shows the currency effect of the budget where there is one, apart from the volume', async () => {
  const lines = LINES.map((line, index) => (index === 0 ? { ...line, exchange: '12.5' } : line));
  const pack = await makePack(await makeStore(), lines);
  const detail = (await open(await writeWorkbook(pack))).getWorksheet('Detail') as ExcelJs.Worksheet;
  const rows = detail.getRows(1, detail.rowCount) ?? [];
  const columns = new Map<string, number>();
  rows[0]?.eachCell((cell, column) => columns.set(cell.text, column));
  const found = rows.find((row) => row.getCell(columns.get('cost center') ?? 0).value === 'CC-1');
  const cell = (title: string) => found?.getCell(columns.get(title) ?? 0);
  expect(cell('budget currency')?.value).toBe(12.5);
  const [flexed, budget, currency] = ['flexed budget', 'budget', 'budget currency'].map(
    (title) => cell(title)?.address,
  );
  expect(cell('volume variance')?.value).toEqual({
    formula: `${flexed}-${budget}-${currency}`,
    result: 20,
  });
  expect(formatPackHtml(pack)).toContain('budget currency');
  const without = await makePack(await makeStore(), LINES);
  expect(formatPackHtml(without)).not.toContain('budget currency');
});

it('tells charges of which nobody gives an invoice from differences', async () => {
  const pack = await makePack(await makeStore(), LINES);
  const sheet = (await open(await writeWorkbook(pack))).getWorksheet('Invoices') as ExcelJs.Worksheet;
  const rows = sheet.getRows(1, sheet.rowCount) ?? [];
  const titles = sheet.getRow(1).values as string[];
  const amounts = (row: ExcelJs.Row | undefined) =>
    ['invoice', 'billed', 'difference', 'not given'].map((title) => row?.getCell(titles.indexOf(title)));
  // The second of the lines, CC-2 in USD, is given by nobody.
  const [invoice, billed, difference, notGiven] = amounts(
    rows.find((row) => row.getCell(2).value === 'CC-2'),
  );
  expect(invoice?.value).toBe(null);
  expect(notGiven?.value).toEqual({
    formula: `IF(ISBLANK(${invoice?.address}),${billed?.address},"")`,
    result: 7.000000000001,
  });
  expect(difference?.result).toBe(undefined);
  const total = rows.find((row) => row.getCell(1).value === 'Total' && row.getCell(3).value === 'USD');
  expect(amounts(total).map((cell) => cell?.result)).toEqual([
    100.25, 122.125000000001, 14.875, 7.000000000001,
  ]);
  expect(formatPackHtml(pack)).toContain('>not given</th>');
});

it('shows what was restated as a step of its own, and as of when a forecast stood', async () => {
  const lines = LINES.map((line, index) => (index === 0 ? { ...line, restated: '3' } : line));
  const pack = await makePack(await makeStore(), lines, ['forecast', 'prior_month']);
  const bridge = (await open(await writeWorkbook(pack))).getWorksheet('Bridge') as ExcelJs.Worksheet;
  const rows = bridge.getRows(1, bridge.rowCount) ?? [];
  const titles = rows[0]?.values as string[];
  expect(titles.slice(4)).toEqual([
    'base',
    'volume',
    'price',
    'tax',
    'restatement',
    'actual',
    'change',
    'check (0)',
  ]);
  expect(rows.find((row) => row.getCell(3).value === 'CC-1')?.getCell(9).value).toEqual({
    formula: 'SUM(D3:H3)',
    result: 118.125,
  });
  const page = formatPackHtml(pack);
  expect(page).toContain('<h2>Forecast to actual, USD</h2>');
  expect(page).toContain('aria-label="From backtest as of 2026-10-08 to actual"');
  expect(page).toContain('>restatement</text>');
  expect(formatPackHtml(await makePack(await makeStore(), LINES))).not.toMatch(/restatement|forecast/i);
});

it('keeps text that a spreadsheet would run as text', async () => {
  const workbook = await open(await writeWorkbook(await makePack(await makeStore(), hostile)));
  const cells = listCells(workbook);
  for (const name of HOSTILE_NAMES) {
    const found = cells.filter(({ value }) => value === name.replace('\u0001', ''));
    expect(found.length, name).toBeGreaterThanOrEqual(3);
    for (const { type } of found) expect(type).toBe(ExcelJs.ValueType.String);
  }
  const formulas = cells.flatMap(({ value }) => (value as CellFormulaValue | null)?.formula ?? []);
  expect(formulas.length).toBeGreaterThan(50);
  for (const formula of formulas) expect(formula).not.toMatch(/HYPERLINK|"http/);
});

it('writes the same bytes whenever it is written', async () => {
  const pack = await makePack(await makeStore(), LINES);
  const first = await writeWorkbook(pack);
  vi.useFakeTimers({ now: Date.now() + 86_400_000 * 400, toFake: ['Date'] });
  expect(Buffer.from(await writeWorkbook(pack)).equals(Buffer.from(first))).toBe(true);
  expect(formatPackHtml(pack)).toBe(formatPackHtml(pack));
});

it('prints a page that runs nothing, whatever costs are called', async () => {
  const page = formatPackHtml(await makePack(await makeStore(), hostile));
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(page).not.toMatch(/<script|<[^>]*\son\w+=|javascript:/i);
  expect(page.match(/<svg/g)).toHaveLength(2);
});

it('draws bars that begin where the one before ended, and end at the actual cost', () => {
  const svg = drawWaterfall(
    { title: 'base', amount: '100' },
    [
      { title: 'volume', amount: '50' },
      { title: 'price', amount: '-30' },
    ],
    'actual',
    'USD',
  );
  const bars = [...svg.matchAll(/<rect x="([\d.]+)" y="\d+" width="([\d.]+)"/g)].map(([, x, width]) => [
    Number(x),
    Number(x) + Number(width),
  ]);
  const [base, volume, price, actual] = bars as [number, number][] as [
    [number, number],
    [number, number],
    [number, number],
    [number, number],
  ];
  expect(volume[0]).toBeCloseTo(base[1], 0);
  expect(price[1]).toBeCloseTo(volume[1], 0);
  expect(actual[1]).toBeCloseTo(price[0], 0);
  expect(svg).toContain('120.00 USD');
  expect(svg).not.toContain('bars begin');
  const step = [{ title: 'volume', amount: '1' }];
  expect(drawWaterfall({ title: 'base', amount: '1000' }, step, 'actual', 'USD')).toContain(
    'bars begin at 999.75 USD',
  );
});

it('draws no step of 0.00, and ends where all of them end', () => {
  const draw = (...amounts: string[]) =>
    drawWaterfall(
      { title: 'base', amount: '100' },
      amounts.map((amount, index) => ({ title: `step ${index}`, amount })),
      'actual',
      'USD',
    );
  const svg = draw('50', '-0.00000006', '0');
  expect(svg).toContain('150.00 USD');
  expect(svg).not.toMatch(/step 1|step 2|other|-0\.00|\+0\.00/);
  const many = draw('0.004', '0.004', '0.004');
  expect(many).toContain('+0.01 USD');
  expect(many).toContain('>other<');
  expect(many).toContain('100.01 USD');
});

it('says why there is no bridge, and gives a budget of all no ratio', async () => {
  const pack = await makePack(await makeStore(), LINES);
  const [row = {}] = pack.variance.rows;
  const ofAll = { ...row, team: '(all)', budget_cost: '100', landing_cost: '0', variance_ratio: null };
  const changed: Pack = {
    ...pack,
    ...(pack.bridge ? { bridge: { ...pack.bridge, rows: [] } } : {}),
    noBridgeBecause: '2026-10 is not complete',
    variance: { ...pack.variance, rows: [ofAll] },
  };
  expect(formatPackHtml(changed)).toContain('<p>There is no bridge: 2026-10 is not complete.</p>');
  const workbook = await open(await writeWorkbook(changed));
  expect(workbook.getWorksheet('Bridge')?.getCell('A1').value).toBe(
    'There is no bridge: 2026-10 is not complete.',
  );
  const formulas = listCells(workbook).flatMap(({ formula }) => formula ?? []);
  expect(formulas).toContainEqual(expect.stringMatching(/^IF\(OR\(H2=0,AND\(J2=0,OR\(A2="\(all\)"/));
});

it('lets wide tables scroll on a screen', async () => {
  const page = formatPackHtml(await makePack(await makeStore(), LINES));
  expect(page).toContain('overflow-x: auto');
  expect(page.match(/<table/g)?.length).toBe(page.match(/<div class="wide"><table/g)?.length);
});
