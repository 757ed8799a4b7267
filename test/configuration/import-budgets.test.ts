import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ExcelJs, { type CellValue } from 'exceljs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appendBudgets } from '../../analytics/configuration/append-budgets.ts';
import { loadConfiguration } from '../../analytics/configuration/load-configuration.ts';
import { readBudgetCsv, readBudgetSheet } from '../../analytics/configuration/read-budget-sheet.ts';
import { CONFIGURATION_TEMPLATE } from '../../analytics/configuration/template.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-budgets-'));
  await writeFile(join(folder, 'headroom.yml'), 'version: 1\n');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function writeSheet(rows: CellValue[][], name = 'Plan'): Promise<string> {
  const workbook = new ExcelJs.Workbook();
  workbook.addWorksheet(name).addRows(rows);
  const file = join(folder, 'plan.xlsx');
  await workbook.xlsx.writeFile(file);
  return file;
}

describe('a workbook of budgets', () => {
  it('has months in a column, as text or as dates, and amounts as numbers, text or formulas', async () => {
    const file = await writeSheet([
      ['Month', 'Cost center', 'Amount'],
      ['2026-10', 'CC-1', 1234.56],
      [new Date(Date.UTC(2026, 10, 1)), 'CC-1', '99.10'],
      [],
      ['2026-12', 'CC-1', { formula: 'C2*2', result: 2469.12 }],
      ['2027-01', 'CC-1', 0.0000001],
    ]);
    expect(await readBudgetSheet(file)).toEqual([
      { month: '2026-10', cost_center: 'CC-1', amount: '1234.56' },
      { month: '2026-11', cost_center: 'CC-1', amount: '99.10' },
      { month: '2026-12', cost_center: 'CC-1', amount: '2469.12' },
      { month: '2027-01', cost_center: 'CC-1', amount: '0.0000001' },
    ]);
  });

  it('or a column for each month; empty cells are no budget', async () => {
    const file = await writeSheet([
      ['team', '2026-10', new Date(Date.UTC(2026, 10, 1))],
      ['a', 10, 20],
      ['b', null, 5],
    ]);
    expect(await readBudgetSheet(file, 'Plan')).toEqual([
      { team: 'a', month: '2026-10', amount: '10' },
      { team: 'a', month: '2026-11', amount: '20' },
      { team: 'b', month: '2026-11', amount: '5' },
    ]);
  });

  it('names every row that is wrong', async () => {
    const file = await writeSheet([
      ['month', 'amount'],
      ['2026-10', 'x'],
      ['2026-11', 1],
      ['soon', 2],
    ]);
    const error = await readBudgetSheet(file).catch((reason: Error) => reason);
    expect((error as Error).message).toMatch(/2 lines are wrong(.|\n)*Plan row 2(.|\n)*Plan row 4/);
  });

  it('may be a CSV, also with a column for each month and amounts to phase', async () => {
    const file = join(folder, 'plan.csv');
    await writeFile(file, '\uFEFFTeam;2026-10;2026-11\r\na;10;20\r\nb;;5.5\r\n');
    expect(await readBudgetCsv(file)).toEqual([
      { team: 'a', month: '2026-10', amount: '10' },
      { team: 'a', month: '2026-11', amount: '20' },
      { team: 'b', month: '2026-11', amount: '5.5' },
    ]);
    await writeFile(file, 'month,amount,phasing\n2026-01..2026-12,1200,days\n');
    const lines = await readBudgetCsv(file);
    expect(lines).toEqual([{ month: '2026-01..2026-12', amount: '1200', phasing: 'days' }]);
    await writeFile(join(folder, 'budgets.csv'), 'version,month,amount,phasing\n');
    await appendBudgets(folder, await loadConfiguration(folder), 'v', lines);
    expect((await loadConfiguration(folder)).budgets).toHaveLength(12);
    await writeFile(file, 'month,amount\n2026-10,x\n2026-11,1\n2026,y\n');
    await expect(readBudgetCsv(file)).rejects.toThrow(/2 lines are wrong(.|\n)*line 2(.|\n)*line 4/);
  });

  it.each<[string, CellValue[][], RegExp]>([
    [
      'an unknown column',
      [
        ['month', 'amount', 'colour'],
        ['2026-10', 1, 'red'],
      ],
      /unknown colour/,
    ],
    ['no months', [['team'], ['a']], /no months/],
    [
      'an amount that is none',
      [
        ['month', 'amount'],
        ['2026-10', '1,000'],
      ],
      /'1,000' in '2026-10'/,
    ],
    [
      'a month that is none',
      [
        ['month', 'amount'],
        ['October', 1],
      ],
      /'1' in 'October'/,
    ],
  ])('is refused for %s', async (_, rows, message) => {
    await expect(readBudgetSheet(await writeSheet(rows))).rejects.toThrow(message);
  });

  it('is refused where it has no such sheet or is no workbook', async () => {
    const file = await writeSheet([['month', 'amount']]);
    await expect(readBudgetSheet(file, 'Other')).rejects.toMatchObject({ remedy: 'Sheets: Plan.' });
    await expect(readBudgetSheet(join(folder, 'headroom.yml'))).rejects.toThrow('not a workbook');
  });
});

describe('a version that is added to budgets.csv', () => {
  const load = () => loadConfiguration(folder);

  it('keeps what was there and is the last', async () => {
    await writeFile(
      join(folder, 'budgets.csv'),
      '# ours\nversion;month;amount;team\noriginal;2026-10;5;"a;b"',
    );
    await appendBudgets(folder, await load(), 'reforecast', [{ month: '2026-10', amount: '7', team: 'a;b' }]);
    expect(await readFile(join(folder, 'budgets.csv'), 'utf8')).toBe(
      '# ours\nversion;month;amount;team\noriginal;2026-10;5;"a;b"\nreforecast;2026-10;7;"a;b"\n',
    );
    expect((await load()).budgets.map(({ version, amount }) => [version, amount])).toEqual([
      ['original', '5'],
      ['reforecast', '7'],
    ]);
  });

  it('goes into a file of its own where there is none, and into the one of init', async () => {
    await appendBudgets(folder, await load(), 'v1', [{ month: '2026-10', amount: '7' }]);
    expect((await load()).budgets).toMatchObject([{ version: 'v1', amount: '7' }]);
    await writeFile(join(folder, 'budgets.csv'), CONFIGURATION_TEMPLATE['budgets.csv']);
    await appendBudgets(folder, await load(), 'v2', [{ month: '2026-10', amount: '8' }]);
    expect((await load()).budgets).toMatchObject([{ version: 'v2', amount: '8' }]);
  });

  it('is refused, and nothing is written, where it is there already or does not make sense', async () => {
    const text = 'version,month,amount,team,environment\noriginal,2026-10,5,a,\n';
    await writeFile(join(folder, 'budgets.csv'), text);
    const configuration = await load();
    const line = { month: '2026-10', amount: '7' };
    await expect(appendBudgets(folder, configuration, 'original', [line])).rejects.toThrow('already');
    await expect(appendBudgets(folder, configuration, 'v', [{ ...line, tier: 't' }])).rejects.toThrow(
      'lacks tier',
    );
    await expect(
      appendBudgets(folder, configuration, 'v', [
        { ...line, team: 'a' },
        { ...line, environment: 'prod' },
      ]),
    ).rejects.toThrow('overlap');
    expect(await readFile(join(folder, 'budgets.csv'), 'utf8')).toBe(text);
  });
});
