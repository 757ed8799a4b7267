import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importPath } from '../../../analytics/jobs/import.ts';
import { openFolderStore } from '../../../analytics/lake/folder-store.ts';
import { focusRow, putDelivery, toCsv } from '../../support/cost-files.ts';
import { describeLake } from '../../support/lake-state.ts';

const SCRIPT = path.join(import.meta.dirname, '../../support/import-process.ts');
const PERIODS = ['2026-07', '2026-08', '2026-09', '2026-10'];
const POINTS_IN_TIME = 12;
/** Each delivery leaves about nine files: its data, and data and log of three tables and of charges. */
const POINTS_IN_FILES = 16;
const POLL_MS = 1;

let root: string;
let older: string;
let newer: string;
/** A lake with the older deliveries; each test works on a copy. */
let base: string;
let wanted: Record<string, unknown>;
let usualMs: number;
let fileCount: number;

/** Four months; each has a row that is set aside. The newer deliveries cost more and bring a month that was not there. */
async function makeExport(
  folder: string,
  deliveredAt: string,
  periods: readonly string[],
  cost: number,
): Promise<void> {
  for (const period of periods) {
    const rows = Array.from({ length: 400 }, (_, index) =>
      focusRow({
        BilledCost: index === 7 ? 'unreadable' : String(cost + index / 1000),
        BillingPeriodStart: `${period}-01`,
        BillingPeriodEnd: '',
        BillingAccountId: `00${index % 3}`,
      }),
    );
    await putDelivery(folder, {
      period,
      deliveredAt,
      files: { 'a.csv': toCsv(rows.slice(0, 200)), 'b.csv': toCsv(rows.slice(200)) },
    });
  }
}

async function copyLake(): Promise<string> {
  const lake = await mkdtemp(path.join(root, 'lake-'));
  await cp(base, lake, { recursive: true });
  return lake;
}

async function startImport(lake: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, lake, newer], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await once(child, 'message');
  return child;
}

async function countFiles(lake: string): Promise<number> {
  const names = await readdir(path.join(lake, 'tables'), { recursive: true });
  return names.filter((name) => /\.(parquet|json)$/.test(name)).length;
}

/** What must be the same as without the crash, once the work has been done again. */
async function finish(lake: string): Promise<Record<string, unknown>> {
  const store = await openFolderStore(lake);
  await importPath({ store, path: newer, quarantineLimitRatio: 0.5 });
  return describeLake(store);
}

/** Kills the import when `until` resolves, then looks at what it left, and at what a second import makes of it. */
let killedCount = 0;

async function crash(until: (lake: string) => Promise<void>): Promise<{ wasKilled: boolean }> {
  const lake = await copyLake();
  const child = await startImport(lake);
  const gone = once(child, 'exit');
  await Promise.race([until(lake), gone]);
  child.kill('SIGKILL');
  const [, signal] = await gone;
  if (signal === 'SIGKILL') killedCount += 1;

  const left = await describeLake(await openFolderStore(lake));
  const known = new Set([...beforeDeliveries(), ...deliveriesOf(wanted)]);
  for (const delivery of deliveriesOf(left)) expect(known).toContain(delivery);
  expect(new Set(await rowCounts(left))).toEqual(new Set([399]));

  expect(await finish(lake)).toEqual(wanted);
  expect(await finish(lake)).toEqual(wanted);
  await rm(lake, { recursive: true });
  return { wasKilled: signal === 'SIGKILL' };
}

let before: Record<string, unknown>;
const beforeDeliveries = () => deliveriesOf(before);

function deliveriesOf(state: Record<string, unknown>): string[] {
  return (state.deliveries as object[]).map((delivery) => JSON.stringify(delivery));
}

/** Charges of each period: none may be half there or twice. */
async function rowCounts(state: Record<string, unknown>): Promise<number[]> {
  const counts = new Map<string, number>();
  for (const text of state.charges as string[]) {
    const { billing_period } = JSON.parse(text) as { billing_period: string };
    counts.set(billing_period, (counts.get(billing_period) ?? 0) + 1);
  }
  return [...counts.values()];
}

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'headroom-crash-'));
  [older, newer, base] = ['older', 'newer', 'base'].map((name) => path.join(root, name)) as [
    string,
    string,
    string,
  ];
  await makeExport(older, '2026-10-10T00:00:00.000Z', PERIODS.slice(0, 3), 1);
  await makeExport(newer, '2026-11-10T00:00:00.000Z', PERIODS, 2);
  const store = await openFolderStore(base);
  await importPath({ store, path: older, quarantineLimitRatio: 0.5 });
  before = await describeLake(store);

  const lake = await copyLake();
  const filesBefore = await countFiles(lake);
  const child = await startImport(lake);
  const startedAt = performance.now();
  const [code] = await once(child, 'exit');
  usualMs = performance.now() - startedAt;
  fileCount = (await countFiles(lake)) - filesBefore;
  expect(code).toBe(0);
  wanted = await describeLake(await openFolderStore(lake));
});

afterAll(() => rm(root, { recursive: true, force: true }));

it('the undisturbed import replaces three periods and adds one', () => {
  expect(wanted.deliveries).toHaveLength(PERIODS.length);
  expect(before.deliveries).toHaveLength(PERIODS.length - 1);
  expect(wanted.quarantine).toHaveLength(PERIODS.length);
  expect(fileCount).toBeGreaterThan(POINTS_IN_FILES);
});

describe('an import killed with SIGKILL leaves whole deliveries, and a second one ends as if nothing had been', () => {
  const shares = Array.from({ length: POINTS_IN_TIME }, (_, index) => (index + 0.5) / POINTS_IN_TIME);
  it.each(shares)('after a share of %f of its time', async (share) => {
    await crash(async () => {
      await setTimeout(usualMs * share);
    });
  });

  const steps = Array.from({ length: POINTS_IN_FILES }, (_, index) => index / (POINTS_IN_FILES - 1));
  it.each(steps)('once a share of %f of its files is written', async (share) => {
    const { wasKilled } = await crash(async (lake) => {
      const enough = (await countFiles(lake)) + 1 + Math.floor(share * (fileCount - 2));
      while ((await countFiles(lake)) < enough) await setTimeout(POLL_MS);
    });
    expect(wasKilled).toBe(true);
  });
});

it('was killed at 20 points or more', () => {
  expect(killedCount).toBeGreaterThanOrEqual(20);
});
