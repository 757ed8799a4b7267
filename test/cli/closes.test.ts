import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import { openJournal } from '../../analytics/lake/journal.ts';
import { main } from '../../cli/main.ts';
import { publishSample } from '../functions/published.ts';

const MONTH = '2026-10';

let lake: string;
let printed: string[];
beforeAll(async () => {
  lake = await mkdtemp(join(tmpdir(), 'headroom-closes-'));
  await publishSample(await openFolderStore(lake));
});
afterAll(() => rm(lake, { recursive: true, force: true }));
beforeEach(() => {
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      printed.push(String(text));
      return true;
    });
  }
});
afterEach(() => vi.restoreAllMocks());

async function headroom(...args: string[]) {
  printed = [];
  const code = await main(['node', 'headroom', ...args, '--lake', lake]);
  return { code, text: printed.join('') };
}

it('a month is closed, shown as it was closed, and listed with its history', async () => {
  const list = ['show', 'invoices', '--month', MONTH, '--format', 'json'];
  expect(await headroom('show', 'closes')).toEqual({ code: 0, text: 'no month was closed\n' });
  expect(await headroom('close')).toMatchObject({ code: 2, text: expect.stringContaining('no month is') });
  expect((await headroom('close', MONTH, '--reopen', '--reason', 'x')).text).toContain(
    'headroom show closes',
  );
  expect(await headroom(...list, '--as', 'closed')).toMatchObject({
    code: 2,
    text: expect.stringContaining(`headroom close ${MONTH}`),
  });
  expect(await headroom('close', MONTH, '--by', 'finance')).toMatchObject({ code: 0 });
  const before = JSON.parse((await headroom(...list)).text);
  await publishSample(await openFolderStore(lake), 2);
  expect(JSON.parse((await headroom(...list)).text).version).not.toBe(before.version);
  expect(JSON.parse((await headroom(...list, '--as', 'closed')).text)).toEqual(before);
  expect(await headroom('close', MONTH, '--reopen', '--reason', 'late credit')).toMatchObject({ code: 0 });
  const table = (await headroom('show', 'closes')).text;
  for (const cell of [MONTH, 'reopened', 'finance', before.version, 'late credit'])
    expect(table).toContain(cell);
  expect((await headroom('show', 'closes', '--format', 'csv')).text).toMatch(
    /^month,state,closed_at,.*\r\n2026-10,/,
  );
  expect(JSON.parse((await headroom('show', 'closes', '--format', 'json')).text)).toMatchObject({
    closes: [{ month: MONTH, entries: [{ pack_sha256: expect.any(String) }, { action: 'reopen' }] }],
  });
});

it('says which options a list does not take', async () => {
  for (const [list, option, value] of [
    ['anomalies', '--as', 'closed'],
    ['invoices', '--by', 'team'],
    ['closes', '--as', 'closed'],
    ['closes', '--month', MONTH],
  ] as const) {
    const { code, text } = await headroom('show', list, option, value);
    expect({ code, text }).toMatchObject({ code: 2, text: expect.stringContaining(`where: ${option}`) });
  }
});

it('feedback is stated on alerts that there are', async () => {
  const journal = openJournal(await openFolderStore(lake), 'anomalies');
  for (const id of ['nope', '../../x', '']) {
    const { code, text } = await headroom('feedback', id, 'actionable');
    expect({ code, text }).toMatchObject({ code: 2, text: expect.stringContaining(`no alert '${id}'`) });
  }
  expect(await journal.readAll()).toEqual(new Map());
  expect(await headroom('feedback', 'x', 'actionable')).toMatchObject({ code: 0 });
  expect(await journal.read('x')).toHaveLength(1);
});

it('the help keeps names and summaries apart', async () => {
  expect((await headroom('show', '--help')).text).toMatch(/^ {2}forecasts\/capacity-accuracy {2,}\w/m);
});
