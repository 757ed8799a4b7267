import { appendFile, cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { formatScaled, parseScaled } from '../../analytics/decimal-text.ts';
import { main } from '../../cli/main.ts';

const GOLDEN = fileURLToPath(new URL('../golden/worked-month/', import.meta.url));

let folder: string;
let lake: string;
let config: string;
let printed: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-finance-'));
  lake = join(folder, 'lake');
  config = join(folder, 'config');
  await cp(join(GOLDEN, 'config'), config, { recursive: true });
  await appendFile(join(config, 'headroom.yml'), "\nledger: { clearing_account: '2100' }\n");
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(() => {
  printed = [];
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      printed.push(String(text));
      return true;
    });
  }
});
afterEach(() => vi.restoreAllMocks());

const headroom = (...args: string[]) => main(['node', 'headroom', ...args]);

it('exports a month as a workbook, a page and statements whose journal entry balances', async () => {
  expect(await headroom('import', join(GOLDEN, 'charges.csv'), '--lake', lake)).toBe(0);
  expect(await headroom('run', '--lake', lake, '--config', config, '--as-of', '2026-11-10')).toBe(0);
  const out = join(folder, 'out');
  const xlsx = join(folder, 'pack.xlsx');
  const html = join(folder, 'pack.html');
  expect(await headroom('export', '2026-10', '--out', xlsx, '--lake', lake)).toBe(0);
  expect(await headroom('export', '2026-10', '--format', 'html', '--out', html, '--lake', lake)).toBe(0);
  const statements = ['export', '2026-10', '--format', 'statements', '--out', out, '--lake', lake];
  expect(await headroom(...statements, '--config', config)).toBe(0);
  expect((await readFile(xlsx)).subarray(0, 2).toString()).toBe('PK');
  expect(await readFile(html, 'utf8')).toContain('Variance pack 2026-10');
  expect(await readFile(html, 'utf8')).toContain('There is no bridge: neither the month before 2026-10');
  expect(printed.join('')).toMatch(
    /warning: the journal entry books to 'expense', .* set ledger\.expense_account/,
  );
  expect((await readdir(out)).sort()).toEqual([
    'journal-2026-10.csv',
    'statements-2026-10.csv',
    'statements-2026-10.html',
  ]);
  const lines = (await readFile(join(out, 'journal-2026-10.csv'), 'utf8')).trim().split('\r\n').slice(1);
  const sum = (column: number) =>
    lines.reduce((total, line) => total + parseScaled(line.split(',').at(column) || '0'), 0n);
  expect(lines.length).toBeGreaterThan(1);
  expect(formatScaled(sum(-1))).toBe(formatScaled(sum(-2)));
  expect(lines.at(-1)).toContain(',2100,');
  // Without a configuration the accounts are those that were published.
  const journal = await readFile(join(out, 'journal-2026-10.csv'), 'utf8');
  expect(await headroom(...statements)).toBe(0);
  expect(await readFile(join(out, 'journal-2026-10.csv'), 'utf8')).toBe(journal);
});

it('says what is wrong with what is asked for', async () => {
  expect(await headroom('export', '2026-13', '--out', 'x', '--lake', lake)).toBe(2);
  expect(printed.join('')).toContain("'2026-13' is not a month");
  expect(await headroom('export', '2026-10', '--as', 'closed', '--out', 'x', '--lake', lake)).not.toBe(0);
  expect(printed.join('')).toContain('headroom close 2026-10');
  expect(await headroom('budget', 'import', '--aws', '--config', config, '--lake', lake)).toBe(2);
  expect(printed.join('')).toContain('headroom collect budgets');
});

it('keeps who approved a budget version, until the version changes', async () => {
  expect(await headroom('budget', 'approve', 'nothing', '--config', config, '--lake', lake)).toBe(2);
  const version = /Versions: ([^,.]+)/.exec(printed.join(''))?.[1] ?? '';
  expect(
    await headroom('budget', 'approve', version, '--by', 'cfo', '--config', config, '--lake', lake),
  ).toBe(0);
  const show = async () => {
    expect(await headroom('run', '--lake', lake, '--config', config, '--as-of', '2026-11-10')).toBe(0);
    printed = [];
    expect(await headroom('show', 'budgets', '--lake', lake, '--format', 'json')).toBe(0);
    return JSON.parse(printed.join('')).rows[0];
  };
  expect(await show()).toMatchObject({ version, approval: 'approved', approved_by: 'cfo' });
  const file = join(config, 'budgets.csv');
  const text = await readFile(file, 'utf8');
  const [header = ''] = text.split('\n').filter((line) => !line.startsWith('#'));
  const cells = { version, month: '2027-06', amount: '1' } as Record<string, string>;
  const line = header.split(',').map((name) => cells[name.trim()] ?? '');
  await writeFile(file, `${text.trimEnd()}\n${line.join(',')}\n`);
  expect(await show()).toMatchObject({ approval: 'changed since it was approved' });
});
