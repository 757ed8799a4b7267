import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { loadConfiguration } from '../../analytics/configuration/load-configuration.ts';
import { type Engine, openDuckdb } from '../../analytics/engine/duckdb.ts';
import { addCollectedDrivers } from '../../analytics/jobs/collected-drivers.ts';
import { importPath } from '../../analytics/jobs/import.ts';
import { runModels } from '../../analytics/jobs/run.ts';
import { DRIVERS } from '../../analytics/lake/collected-tables.ts';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import type { ObjectStore } from '../../analytics/lake/object-store.ts';
import { answerQuery } from '../../analytics/results/query.ts';
import { parseParameters } from '../../analytics/results/request.ts';
import { openResults } from '../../analytics/results/snapshot.ts';
import { writeWindow } from '../../analytics/sources/aws-window.ts';
import { driverPart } from '../../analytics/sources/cloudwatch/driver-part.ts';
import { eachDay, writeFocusCsv } from '../support/focus-csv.ts';

const CONFIGURATION = `version: 1
drivers:
  orders: { unit: order, cost: {} }
collect:
  cloudwatch:
    drivers:
      - { driver: orders, unit: order, account_id: "000000000021", region: eu-west-1, namespace: Shop, metric: Orders, statistic: Sum, set: { service: shop } }
`;
let folder: string;
let engine: Engine;
let store: ObjectStore;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'headroom-drivers-'));
  engine = await openDuckdb({ tempFolder: folder });
  store = await openFolderStore(path.join(folder, 'lake'));
  await writeFile(path.join(folder, 'headroom.yml'), CONFIGURATION);
  onTestFinished(async () => {
    engine.close();
    await rm(folder, { recursive: true, force: true });
  });
});

async function collect(part: string, pulledAt: string, volumes: Record<string, string>, driver = 'orders') {
  const row = { driver, dimensions: { service: 'shop' }, unit: 'order', collected_from: 'cloudwatch' };
  const partitions = Object.entries(volumes).map(([day, volume]) => [day, [{ ...row, volume }]] as const);
  await writeWindow(
    { store, engine, scratchFolder: folder },
    {
      schema: DRIVERS,
      scope: `cloudwatch/${part}`,
      pulledAt: new Date(pulledAt),
      partitions: new Map(partitions),
    },
  );
}

async function listVolumes() {
  const { driverVolumes } = await addCollectedDrivers(await loadConfiguration(folder), engine, store);
  return driverVolumes.map(({ date, driver, service, volume }) => `${date} ${driver} ${service} ${volume}`);
}

it('counts a day as it is measured now, else as it was measured last, and as drivers.csv states it first', async () => {
  const { collect: settings } = await loadConfiguration(folder);
  const now = driverPart(settings.cloudwatch.drivers[0] as never);
  await collect('driver/orders/first', '2026-10-03T06:00:00Z', {
    '2026-10-01': '1',
    '2026-10-02': '2',
    '2026-10-03': '3',
  });
  await collect('driver/orders/second', '2026-10-04T06:00:00Z', { '2026-10-02': '20' });
  await collect(now, '2026-10-02T06:00:00Z', { '2026-10-03': '300', '2026-10-04': '400' });
  await collect('driver/refunds/one', '2026-10-04T06:00:00Z', { '2026-10-01': '7' }, 'refunds');
  expect(await listVolumes()).toEqual([
    '2026-10-01 orders shop 1.000000',
    '2026-10-02 orders shop 20.000000',
    '2026-10-03 orders shop 300.000000',
    '2026-10-04 orders shop 400.000000',
  ]);
  await writeFile(path.join(folder, 'drivers.csv'), 'date,driver,volume\n2026-10-04,orders,4\n');
  expect((await listVolumes()).toSorted().at(-1)).toBe('2026-10-04 orders null 4');
});

it('gives unit costs without a drivers.csv', async () => {
  const file = path.join(folder, 'bill.csv');
  await writeFocusCsv(file, '2026-10', eachDay('2026-10-01', '2026-11-01', { cost: '6' }));
  await importPath({ store, path: file, sourceName: 'bill' });
  const days = eachDay('2026-10-01', '2026-11-01', { cost: '0' }).map(({ start }) => [start, '2'] as const);
  await collect('driver/orders/first', '2026-11-02T06:00:00Z', Object.fromEntries(days));
  await runModels({ store, configuration: await loadConfiguration(folder), asOf: '2026-11-05' });
  const request = parseParameters('unit-costs', new URLSearchParams('month=2026-10'), 10);
  const { rows } = await answerQuery(await openResults({ store }).current(), request);
  expect(rows).toMatchObject([{ driver: 'orders', volume: '62', unit_cost: '3' }]);
});
