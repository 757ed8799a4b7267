import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadConfiguration } from '../../../analytics/configuration/load-configuration.ts';
import { importPath } from '../../../analytics/jobs/import.ts';
import { runModels } from '../../../analytics/jobs/run.ts';
import { openFolderStore } from '../../../analytics/lake/folder-store.ts';
import { generateDemo } from '../../../demo/generate.ts';
import { ask, hashResults } from '../../support/results.ts';

const CLI = path.join(import.meta.dirname, '../../../cli/headroom.mjs');
const AS_OF = '2026-10-20';
const POINTS = 12;

let root: string;
/** A lake with charges; `published` has a first version of its results too, as of a day before. */
let base: string;
let config: string;
let wanted: string[];
let usualMs = Number.POSITIVE_INFINITY;
let killedCount = 0;

async function runAsCommand(lake: string, killAfterMs?: number): Promise<number | null> {
  const child = spawn(process.execPath, [CLI, 'run', '--lake', lake, '--config', config, '--as-of', AS_OF], {
    stdio: 'ignore',
  });
  const gone = once(child, 'exit');
  if (killAfterMs !== undefined) {
    await Promise.race([setTimeout(killAfterMs), gone]);
    child.kill('SIGKILL');
  }
  const [code, signal] = await gone;
  if (signal === 'SIGKILL') killedCount += 1;
  return code;
}

async function copyLake(): Promise<string> {
  const lake = await mkdtemp(path.join(root, 'lake-'));
  await cp(base, lake, { recursive: true });
  return lake;
}

/** The published files of the newest version; the version before it is there as well. */
async function hashNewest(lake: string): Promise<string[]> {
  const { version } = await ask(await openFolderStore(lake), { result: 'variance' });
  return (await hashResults(lake)).filter((line) => line.includes(version) || line.includes('current.json'));
}

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'headroom-crash-run-'));
  base = path.join(root, 'base');
  config = path.join(root, 'config');
  const folder = path.join(root, 'exports');
  await generateDemo({ folder, configFolder: config, seed: 3, asOf: AS_OF, lines: 15_000, months: 3 });
  const store = await openFolderStore(base);
  await importPath({ store, path: folder });
  await runModels({ store, configuration: await loadConfiguration(config), asOf: '2026-10-19' });
  await rm(path.join(base, 'tables', 'daily_cost'), { recursive: true });

  // The faster of two: other suites may slow either of them.
  for (let round = 0; round < 2; round += 1) {
    const lake = await copyLake();
    const startedAt = performance.now();
    expect(await runAsCommand(lake)).toBe(0);
    usualMs = Math.min(usualMs, performance.now() - startedAt);
    wanted = await hashNewest(lake);
  }
  expect(wanted.length).toBeGreaterThan(10);
});

afterAll(() => rm(root, { recursive: true, force: true }));

const shares = Array.from({ length: POINTS }, (_, index) => (index + 1) / (POINTS + 0.5));
it.each(shares)(
  'a run killed after a share of %f of its time leaves readable results, and a second one ends in the same bytes',
  async (share) => {
    const lake = await copyLake();
    await runAsCommand(lake, usualMs * share);
    const left = await ask(await openFolderStore(lake), { result: 'reconciliation' });
    expect(['2026-10-19', AS_OF]).toContain(left.as_of);
    expect(left.control.is_reconciled).toBe(true);

    expect(await runAsCommand(lake)).toBe(0);
    expect(await hashNewest(lake)).toEqual(wanted);
    await rm(lake, { recursive: true });
  },
);

it('was killed at most of the points', () => {
  expect(killedCount).toBeGreaterThan(POINTS / 2);
});
