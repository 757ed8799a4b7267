import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse } from 'csv-parse/sync';
import ExcelJs from 'exceljs';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { formatScaled, parseScaled } from '../../../analytics/decimal-text.ts';
import { writeWorkbook } from '../../../analytics/results/pack/workbook.ts';
import { makeStore } from '../../functions/published.ts';
import { type BridgeLine, HOSTILE_NAMES, makePack } from '../../support/pack.ts';

const OFFICE = process.env.HEADROOM_SOFFICE ?? 'soffice';
const missing = findMissing();
if (missing !== undefined) console.warn(`workbook in LibreOffice: skipped, ${missing}.`);

function findMissing(): string | undefined {
  try {
    execFileSync(OFFICE, ['--version'], { stdio: 'ignore', timeout: 60_000 });
    return undefined;
  } catch {
    return `${OFFICE} does not run. Install libreoffice-calc or set HEADROOM_SOFFICE`;
  }
}

/** Raw values of all sheets, no cell as shown. */
const CSV_OF_ALL_SHEETS = 'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1';

describe.skipIf(missing !== undefined)('the workbook in LibreOffice', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'headroom-office-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** The workbook's sheets as LibreOffice computes them: every value of a formula is taken out before. */
  async function recalculate(bytes: Uint8Array): Promise<Record<string, string[][]>> {
    const workbook = new ExcelJs.Workbook();
    await workbook.xlsx.load(Buffer.from(bytes) as unknown as Parameters<typeof workbook.xlsx.load>[0]);
    let formulaCount = 0;
    for (const sheet of workbook.worksheets) {
      sheet.eachRow((row) =>
        row.eachCell((cell) => {
          if (cell.formula === undefined) return;
          cell.value = { formula: cell.formula } as ExcelJs.CellFormulaValue;
          formulaCount += 1;
        }),
      );
    }
    expect(formulaCount).toBeGreaterThan(20);
    await workbook.xlsx.writeFile(path.join(folder, 'pack.xlsx'));
    const profile = pathToFileURL(path.join(folder, 'profile')).href;
    execFileSync(
      OFFICE,
      [
        `-env:UserInstallation=${profile}`,
        '--headless',
        '--convert-to',
        CSV_OF_ALL_SHEETS,
        '--outdir',
        folder,
        path.join(folder, 'pack.xlsx'),
      ],
      { stdio: 'pipe', timeout: 240_000 },
    );
    const sheets = workbook.worksheets.map(({ name }) => {
      const text = readFileSync(path.join(folder, `pack-${name}.csv`), 'utf8');
      return [name, parse(text, { relax_column_count: true }) as string[][]];
    });
    return Object.fromEntries(sheets);
  }

  it('comes to our totals, with every check zero, and takes no text for a formula', async () => {
    const amount = fc.bigInt({ min: -(10n ** 17n), max: 10n ** 18n }).map(formatScaled);
    const lines: BridgeLine[] = fc.sample(
      fc.record({
        cost_center: fc.constantFrom(...HOSTILE_NAMES.filter((name) => !name.includes('\u0001')), 'CC-1'),
        currency: fc.constantFrom('USD', 'EUR'),
        base: amount,
        volume: amount,
        price: amount,
        tax: amount,
        restated: amount,
      }),
      { numRuns: 60, seed: 7 },
    );
    const pack = await makePack(await makeStore(), lines, ['budget', 'forecast', 'prior_month']);
    const sheets = await recalculate(await writeWorkbook(pack));

    const cells = Object.values(sheets).flat(2);
    expect(cells.filter((cell) => /^(Err:\d+|#(REF|NAME|VALUE|DIV|N\/A).*)$/.test(cell))).toEqual([]);
    for (const { cost_center } of lines) expect(cells).toContain(cost_center);

    expect(sheets.Summary?.find(([label]) => label === 'all checks (0)')?.[1]).toBe('0');
    const [header = [], ...rows] = sheets.Bridge ?? [];
    const totals = rows.filter((row) => row[header.indexOf('check (0)')] !== '');
    expect(totals).toHaveLength(6);
    for (const total of totals) {
      const at = (name: string) => total[header.indexOf(name)] ?? '';
      expect(at('check (0)')).toBe('0');
      const published = pack.bridge?.control.totals.find(
        (row) => row.billing_currency === at('currency') && row.comparison === at('comparison'),
      );
      const own = lines.filter(({ currency }) => currency === at('currency'));
      const exact = own.reduce(
        (sum, { base, volume, price, tax, restated = '0' }) =>
          sum + [base, volume, price, tax, restated].reduce((a, b) => a + parseScaled(b), 0n),
        0n,
      );
      expect(Number(at('actual'))).toBeCloseTo(Number(formatScaled(exact)), 4);
      expect(Number(at('base'))).toBeCloseTo(Number(published?.base_cost), 4);
    }
    const actual = header.indexOf('actual');
    for (const row of rows.filter((each) => !totals.includes(each))) {
      const steps = row.slice(header.indexOf('base'), actual).map(Number);
      expect(Number(row[actual])).toBeCloseTo(
        steps.reduce((sum, step) => sum + step, 0),
        4,
      );
    }
  });
});
