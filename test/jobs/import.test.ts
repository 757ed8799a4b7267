import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { importPath } from '../../analytics/jobs/import.ts';
import { openTable } from '../../analytics/lake/delta-table.ts';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import type { ObjectStore } from '../../analytics/lake/object-store.ts';
import {
  CHARGES,
  CONTROL_TOTALS,
  DELIVERIES,
  IMPORT_TABLES,
  QUARANTINE,
} from '../../analytics/lake/tables.ts';
import { MAPPING_VERSION } from '../../analytics/sources/data-export/dialect.ts';
import { focusRow, putDelivery, putFile, type Row, readTable, toCsv } from '../support/cost-files.ts';
import { makeTestFolder } from '../support/lake-folder.ts';

const T1 = '2026-10-10T00:00:00.000Z';
const T2 = '2026-10-20T00:00:00.000Z';
const T3 = '2026-10-30T00:00:00.000Z';

const openLake = async () => openFolderStore(await makeTestFolder());

/** A Data Export of one delivery of October 2026. */
async function makeExport(deliveredAt: string, rows: readonly Row[], period = '2026-10'): Promise<string> {
  const folder = await makeTestFolder();
  await putDelivery(folder, { period, deliveredAt, files: { 'focus-00001.csv': toCsv(rows) } });
  return folder;
}

async function readCosts(store: ObjectStore): Promise<unknown[]> {
  const rows = await readTable(store, CHARGES);
  return rows.map((row) => `${row.billing_period} ${row.billed_cost}`).sort();
}

const outcomes = async (store: ObjectStore, folder: string) =>
  (await importPath({ store, path: folder })).deliveries.map(({ outcome }) => outcome);

describe('deliveries of a period', () => {
  it('replace each other as wholes; an older one never does', async () => {
    const store = await openLake();
    const first = await makeExport(T1, [focusRow({ BilledCost: '1' }), focusRow({ BilledCost: '2' })]);
    const second = await makeExport(T2, [focusRow({ BilledCost: '10' })]);
    expect(await outcomes(store, first)).toEqual(['loaded']);
    expect(await readCosts(store)).toEqual(['2026-10 1.000000000000', '2026-10 2.000000000000']);
    expect(await outcomes(store, second)).toEqual(['replaced']);
    expect(await readCosts(store)).toEqual(['2026-10 10.000000000000']);
    expect(await outcomes(store, first)).toEqual(['older']);
    expect(await readCosts(store)).toEqual(['2026-10 10.000000000000']);
  });

  it('leave other periods and sources alone', async () => {
    const store = await openLake();
    const september = {
      BillingPeriodStart: '2026-09-01T00:00:00Z',
      BillingPeriodEnd: '2026-10-01T00:00:00Z',
    };
    await importPath({
      store,
      path: await makeExport(T1, [focusRow({ ...september, BilledCost: '9' })], '2026-09'),
    });
    const october = await makeExport(T2, [focusRow({ BilledCost: '10' })]);
    await importPath({ store, path: october });
    await importPath({ store, path: october, sourceName: 'other' });
    expect(await readCosts(store)).toEqual([
      '2026-09 9.000000000000',
      '2026-10 10.000000000000',
      '2026-10 10.000000000000',
    ]);
  });

  it('imported twice change nothing: no commit, no file', async () => {
    const store = await openLake();
    const folder = await makeExport(T1, [focusRow(), focusRow({ ChargeCategory: '?' })]);
    const options = { store, path: folder, quarantineLimitRatio: 0.5 };
    const first = await importPath(options);
    const listKeys = async () => {
      const keys: string[] = [];
      for await (const { key, etag } of store.list('')) keys.push(`${key} ${etag}`);
      return keys;
    };
    const before = await listKeys();
    const second = await importPath(options);
    expect(await listKeys()).toEqual(before);
    expect(second.controlTotals).toEqual(first.controlTotals);
    expect(second.deliveries).toEqual([{ ...first.deliveries[0], outcome: 'unchanged' }]);
    for (const table of [DELIVERIES, CONTROL_TOTALS, QUARANTINE, CHARGES]) {
      expect((await openTable(store, table).snapshot()).version).toBe(0);
    }
    expect(await readdir(path.join(store.name, '.scratch'))).toEqual([]);
  });

  it('that come back after another one are current again, with their totals once', async () => {
    const store = await openLake();
    const rows = [focusRow({ BilledCost: '1' })];
    await importPath({ store, path: await makeExport(T1, rows) });
    await importPath({ store, path: await makeExport(T2, [focusRow({ BilledCost: '2' })]) });
    expect(await outcomes(store, await makeExport(T3, rows))).toEqual(['replaced']);
    expect(await readCosts(store)).toEqual(['2026-10 1.000000000000']);
    const totals = await readTable(store, CONTROL_TOTALS);
    expect(totals).toHaveLength(4);
  });

  it('that come again later are as new as the later time says', async () => {
    const store = await openLake();
    const rows = [focusRow({ BilledCost: '1' })];
    await importPath({ store, path: await makeExport(T1, rows) });
    expect(await outcomes(store, await makeExport(T3, rows))).toEqual(['unchanged']);
    expect(await outcomes(store, await makeExport(T2, [focusRow({ BilledCost: '2' })]))).toEqual(['older']);
    expect(await readCosts(store)).toEqual(['2026-10 1.000000000000']);
  });

  it('may be empty: what was there before is gone, and the delivery is known', async () => {
    const store = await openLake();
    await importPath({ store, path: await makeExport(T1, [focusRow()]) });
    const header = `${Object.keys(focusRow()).join(',')}\n`;
    const folder = await makeTestFolder();
    await putDelivery(folder, { period: '2026-10', deliveredAt: T2, files: { 'focus-00001.csv': header } });
    expect(await outcomes(store, folder)).toEqual(['replaced']);
    expect(await readCosts(store)).toEqual([]);
    expect(await outcomes(store, folder)).toEqual(['unchanged']);
    expect(await outcomes(store, await makeExport(T1, [focusRow()]))).toEqual(['older']);
  });

  it('name themselves in every file of charges', async () => {
    const store = await openLake();
    const { deliveries } = await importPath({
      store,
      path: await makeExport(T1, [focusRow({ InvoiceId: '7' })]),
    });
    const { files } = await openTable(store, CHARGES).snapshot();
    expect(files.map(({ tags }) => tags)).toEqual([
      {
        delivery_id: deliveries[0]?.deliveryId,
        delivered_at: T1,
        is_final: 'true',
        mapping_version: MAPPING_VERSION,
      },
    ]);
    expect(await readTable(store, DELIVERIES)).toMatchObject([
      {
        delivery_id: deliveries[0]?.deliveryId,
        source: 'focus',
        billing_period: '2026-10',
        kind: 'focus-1.2',
        delivered_at: '2026-10-10T00:00:00Z',
        is_final: true,
        file_count: 1,
        row_count: 1,
        quarantined_count: 0,
      },
    ]);
  });
});

describe('a folder without a manifest', () => {
  it('is one delivery for each period of its rows', async () => {
    const store = await openLake();
    const folder = await makeTestFolder();
    const september = focusRow({
      BilledCost: '9',
      BillingPeriodStart: '2026-09-01',
      BillingPeriodEnd: '2026-10-01',
    });
    await putFile(folder, 'costs/a.csv', toCsv([september, focusRow({ BilledCost: '1' })]), T1);
    await putFile(folder, 'costs/b.csv', toCsv([focusRow({ BilledCost: '2' })]), T1);
    const { deliveries } = await importPath({ store, path: path.join(folder, 'costs') });
    expect(
      deliveries.map(({ source, billingPeriod, files, rowCount }) => [
        source,
        billingPeriod,
        files,
        rowCount,
      ]),
    ).toEqual([
      ['costs', '2026-09', 1, 1],
      ['costs', '2026-10', 2, 2],
    ]);
    expect(await readCosts(store)).toEqual([
      '2026-09 9.000000000000',
      '2026-10 1.000000000000',
      '2026-10 2.000000000000',
    ]);
    await putFile(folder, 'costs/b.csv', toCsv([focusRow({ BilledCost: '3' })]), T2);
    expect(await outcomes(store, path.join(folder, 'costs'))).toEqual(['unchanged', 'replaced']);
    expect(await readCosts(store)).toEqual([
      '2026-09 9.000000000000',
      '2026-10 1.000000000000',
      '2026-10 3.000000000000',
    ]);
  });
});

describe('an import that fails', () => {
  it('changes nothing, whichever of its deliveries is bad', async () => {
    const store = await openLake();
    const folder = await makeTestFolder();
    const september = focusRow({ BillingPeriodStart: '2026-09-01', BillingPeriodEnd: '2026-10-01' });
    await putDelivery(folder, { period: '2026-09', deliveredAt: T1, files: { 'a.csv': toCsv([september]) } });
    await putDelivery(folder, {
      period: '2026-10',
      deliveredAt: T1,
      files: { 'a.csv': toCsv([focusRow({ BilledCost: 'x' })]) },
    });
    await expect(importPath({ store, path: folder })).rejects.toThrow('1 of 1 rows of focus 2026-10');
    await putDelivery(folder, { period: '2026-10', deliveredAt: T2, files: { 'a.csv': 'BilledCost\n1\n' } });
    await expect(importPath({ store, path: folder })).rejects.toThrow('not a cost file');
    for (const table of IMPORT_TABLES) expect((await openTable(store, table).snapshot()).version).toBe(-1);
    expect(await readdir(path.join(store.name, '.scratch'))).toEqual([]);
  });

  it('for rows of another period than the manifest says names both', async () => {
    const store = await openLake();
    const folder = await makeExport(T1, [focusRow()], '2026-09');
    await expect(importPath({ store, path: folder })).rejects.toThrow(
      'billing_period_start is in 2026-10, the delivery is of 2026-09',
    );
  });
});

it('two imports of one period at once leave the newer, whole', async () => {
  const store = await openLake();
  const exports = await Promise.all(
    [T1, T2, T3].map((time, index) => makeExport(time, [focusRow({ BilledCost: String(index + 1) })])),
  );
  await Promise.all(
    exports.map(async (folder) => importPath({ store: await openFolderStore(store.name), path: folder })),
  );
  expect(await readCosts(store)).toEqual(['2026-10 3.000000000000']);
});
