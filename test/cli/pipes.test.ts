import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const CLI = fileURLToPath(new URL('../../cli/headroom.mjs', import.meta.url));
const GOLDEN = fileURLToPath(new URL('../golden/worked-month/', import.meta.url));

let folder: string;
let lake: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-pipes-'));
  lake = join(folder, 'lake');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs the command line; nobody reads the stream that is closed. */
async function headroom(args: string[], closed?: 'stdout' | 'stderr') {
  const child = spawn(process.execPath, [CLI, ...args, '--lake', lake]);
  if (closed) child[closed].destroy();
  const read = (name: 'stdout' | 'stderr') => (name === closed ? '' : text(child[name]));
  const code = new Promise((resolve) => child.once('close', resolve));
  const [stdout, stderr] = await Promise.all([read('stdout'), read('stderr')]);
  return { code: await code, stdout, stderr };
}

it('goes on where nobody reads its progress, and ends quietly where nobody reads its output', async () => {
  expect(await headroom(['import', join(GOLDEN, 'charges.csv')])).toMatchObject({ code: 0 });
  const run = ['run', '--config', join(GOLDEN, 'config')];
  const unread = await headroom([...run, '--as-of', '2026-11-10'], 'stderr');
  expect(unread).toMatchObject({ code: 0, stdout: expect.stringContaining('published version') });
  for (const format of ['csv', 'json', 'table'])
    expect(await headroom(['show', 'costs', '--format', format], 'stdout')).toMatchObject({
      code: 0,
      stderr: '',
    });
});

it('prints a line for each part of a run, and warns of months that have not begun', async () => {
  const run = await headroom(['run', '--config', join(GOLDEN, 'config'), '--as-of', '2020-01-01']);
  expect(run.code, run.stderr).toBe(0);
  const lines = run.stderr.trim().split('\n');
  expect(lines.length).toBeLessThan(25);
  expect(new Set(lines).size).toBe(lines.length);
  for (const name of ['models', 'cost forecasts', 'anomalies', 'waste', 'publish'])
    expect(lines).toContain(`${name} ...`);
  expect(run.stderr).toContain('1 of 1 months begin on 2020-01-01 or later');
});

it('a lake that may not be written to can be shown', async () => {
  await rm(join(lake, '.scratch'), { recursive: true });
  expect(await headroom(['show', 'variance'])).toMatchObject({ code: 0, stderr: '' });
  expect((await headroom(['doctor'])).stdout).toContain('is published');
  expect(await readdir(lake)).not.toContain('.scratch');
});
