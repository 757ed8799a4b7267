import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
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
import { driverMeasure, driverPart } from '../../analytics/sources/cloudwatch/driver-part.ts';
import { eachDay, writeFocusCsv } from '../support/focus-csv.ts';

const SHOP = { service: 'shop', metric: 'Orders' };
const STORE = { service: 'store', metric: 'Sales' };
type Entry = typeof SHOP;
type Kept = { part: string; measure?: string };
/** A day that was asked and had no datapoint. */
const NOTHING = '';
let folder: string;
let engine: Engine;
let store: ObjectStore;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'headroom-[drivers]-'));
  engine = await openDuckdb({ tempFolder: folder });
  store = await openFolderStore(path.join(folder, 'lake'));
  await configure(SHOP);
  onTestFinished(async () => {
    engine.close();
    await rm(folder, { recursive: true, force: true });
  });
});

/** Leaves a configuration that measures orders by these entries, and gives how each is kept. */
async function configure(...entries: Entry[]): Promise<Kept[]> {
  const lines = entries.map(
    ({ service, metric }) =>
      `      - { driver: orders, unit: order, account_id: "000000000021", region: eu-west-1, namespace: Shop, metric: ${metric}, set: { service: ${service} } }\n`,
  );
  const drivers = lines.length === 0 ? '' : `collect:\n  cloudwatch:\n    drivers:\n${lines.join('')}`;
  await writeFile(
    path.join(folder, 'headroom.yml'),
    `version: 1\ndrivers:\n  orders: { unit: order, cost: {} }\n${drivers}`,
  );
  const { collect: settings } = await loadConfiguration(folder);
  return settings.cloudwatch.drivers.map((entry) => ({
    part: driverPart(entry),
    measure: driverMeasure(entry),
  }));
}

async function collect(
  kept: Kept | undefined,
  pulledAt: string,
  volumes: Record<string, string>,
  { driver = 'orders', service = 'shop' } = {},
) {
  const row = { driver, dimensions: { service }, unit: 'order', collected_from: 'cloudwatch' };
  const partitions = Object.entries(volumes).map(
    ([day, volume]) => [day, volume === NOTHING ? [] : [{ ...row, volume }]] as const,
  );
  await writeWindow(
    { store, engine, scratchFolder: folder },
    {
      schema: DRIVERS,
      scope: `cloudwatch/${kept?.part}`,
      pulledAt: new Date(pulledAt),
      partitions: new Map(partitions),
      ...(kept?.measure ? { tags: () => ({ measure: kept.measure as string }) } : {}),
    },
  );
}

async function listVolumes() {
  const { driverVolumes } = await addCollectedDrivers(await loadConfiguration(folder), engine, store);
  return driverVolumes
    .map(({ date, driver, service, volume }) => `${date} ${driver} ${service} ${volume}`)
    .sort();
}

it('counts a day as it is measured now, else as it was measured last, and as drivers.csv states it first', async () => {
  const [now] = await configure(SHOP);
  await collect({ part: 'driver/orders/first' }, '2026-10-03T06:00:00Z', {
    '2026-10-01': '1',
    '2026-10-02': '2',
    '2026-10-03': '3',
  });
  await collect({ part: 'driver/orders/second' }, '2026-10-04T06:00:00Z', { '2026-10-02': '20' });
  await collect(now, '2026-10-02T06:00:00Z', { '2026-10-03': '300', '2026-10-04': '400' });
  await collect(
    { part: 'driver/refunds/one' },
    '2026-10-04T06:00:00Z',
    { '2026-10-01': '7' },
    { driver: 'refunds' },
  );
  expect(await listVolumes()).toEqual([
    '2026-10-01 orders shop 1.000000',
    '2026-10-02 orders shop 20.000000',
    '2026-10-03 orders shop 300.000000',
    '2026-10-04 orders shop 400.000000',
  ]);
  await writeFile(path.join(folder, 'drivers.csv'), 'date,driver,volume\n2026-10-04,orders,4\n');
  expect((await listVolumes()).toSorted().at(-1)).toBe('2026-10-04 orders null 4');
});

describe('with two entries of a driver', () => {
  beforeEach(async () => {
    const [shop, store] = await configure(SHOP, STORE);
    await collect(shop, '2026-10-03T06:00:00Z', { '2026-10-01': '1', '2026-10-02': '2' });
    await collect(
      store,
      '2026-10-03T06:01:00Z',
      { '2026-10-01': '10', '2026-10-02': '20' },
      { service: 'store' },
    );
  });

  const BOTH = [
    '2026-10-01 orders shop 1.000000',
    '2026-10-01 orders store 10.000000',
    '2026-10-02 orders shop 2.000000',
    '2026-10-02 orders store 20.000000',
  ];

  it('keeps the volumes of one that is measured in another way since, and of the one beside it', async () => {
    const [edited] = await configure({ ...SHOP, metric: 'PaidOrders' }, STORE);
    expect(await listVolumes()).toEqual(BOTH);
    await collect(edited, '2026-10-04T06:00:00Z', { '2026-10-02': '200' });
    expect(await listVolumes()).toEqual(BOTH.with(2, '2026-10-02 orders shop 200.000000'));
  });

  it('keeps the volumes of one that was removed, and of all that were', async () => {
    await configure(STORE);
    expect(await listVolumes()).toEqual(BOTH);
    await configure();
    expect(await listVolumes()).toEqual(BOTH);
  });

  it('counts what was measured once where it was given to another scope since', async () => {
    const [renamed] = await configure({ ...SHOP, service: 'web' }, STORE);
    await collect(renamed, '2026-10-04T06:00:00Z', { '2026-10-02': '2' }, { service: 'web' });
    expect(await listVolumes()).toEqual([
      '2026-10-01 orders shop 1.000000',
      '2026-10-01 orders store 10.000000',
      '2026-10-02 orders store 20.000000',
      '2026-10-02 orders web 2.000000',
    ]);
  });

  it('has nothing where what counts now had no datapoint', async () => {
    const [edited] = await configure({ ...SHOP, metric: 'PaidOrders' }, STORE);
    await collect(edited, '2026-10-04T06:00:00Z', { '2026-10-02': NOTHING });
    expect(await listVolumes()).toEqual(BOTH.toSpliced(2, 1));
  });

  it('adds what two entries of one scope count', async () => {
    const [, refunds] = await configure(SHOP, { ...SHOP, metric: 'Returns' });
    await collect(refunds, '2026-10-04T06:00:00Z', { '2026-10-02': '7' });
    expect(await listVolumes()).toEqual(BOTH.toSpliced(3, 0, '2026-10-02 orders shop 7.000000'));
  });
});

it('gives unit costs without a drivers.csv', async () => {
  const file = path.join(folder, 'bill.csv');
  await writeFocusCsv(file, '2026-10', eachDay('2026-10-01', '2026-11-01', { cost: '6' }));
  await importPath({ store, path: file, sourceName: 'bill' });
  const days = eachDay('2026-10-01', '2026-11-01', { cost: '0' }).map(({ start }) => [start, '2'] as const);
  await collect({ part: 'driver/orders/first' }, '2026-11-02T06:00:00Z', Object.fromEntries(days));
  await runModels({ store, configuration: await loadConfiguration(folder), asOf: '2026-11-05' });
  const request = parseParameters('unit-costs', new URLSearchParams('month=2026-10'), 10);
  const { rows } = await answerQuery(await openResults({ store }).current(), request);
  expect(rows).toMatchObject([{ driver: 'orders', volume: '62', unit_cost: '3' }]);
});
