import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import type { ObjectStore } from '../../analytics/lake/object-store.ts';
import type { RawTable } from '../../analytics/results/column-table.ts';
import { createParquetWriter, readResultTable } from '../../analytics/results/duckdb-tables.ts';
import { publishResults } from '../../analytics/results/publish.ts';
import { answerQuery } from '../../analytics/results/query.ts';
import { openResults, readPointer } from '../../analytics/results/snapshot.ts';
import { costing, type GivenRow, givenControlTotals, givenManifest, givenTable } from './fixtures.ts';

const MANIFEST = givenManifest(['2026-09', '2026-10'], '2026-09');
const KEY = {
  source: 'aws',
  provider_name: 'AWS',
  billing_account_id: '000000000001',
  charge_category: 'Usage',
};

let folder: string;
let store: ObjectStore;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'headroom-results-'));
  store = await openFolderStore(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function givenCosts(rows: readonly GivenRow[]): RawTable {
  return givenTable(
    'costs',
    rows.map((row) => ({ ...KEY, billing_period: '2026-09', line_count: 1, ...row })),
  );
}

/** A run whose only number is a cost. */
function givenRun(cost: string): RawTable[] {
  const key = { ...KEY, billing_period: '2026-09' };
  return [givenCosts([costing(cost)]), givenControlTotals([{ key, rows: 1, cost }])];
}

async function readVersion(version: string): Promise<Record<string, string>> {
  const names = (await readdir(path.join(folder, 'results', version))).sort();
  const files = names.map(async (name) => [
    name,
    Buffer.from(await store.read(`results/${version}/${name}`)).toString('hex'),
  ]);
  return Object.fromEntries(await Promise.all(files));
}

describe('publishing', () => {
  test('the same rows in another order gives the same version and the same bytes', async () => {
    const costs = [
      { team: 'a', ...costing('1.1') },
      { team: 'b', ...costing('2') },
      { team: 'c', ...costing('-3') },
    ];
    const first = await publishResults({ store, tables: [givenCosts(costs)], manifest: MANIFEST });
    const bytes = await readVersion(first.version);
    await rm(path.join(folder, 'results'), { recursive: true });
    const second = await publishResults({
      store,
      tables: [givenCosts(costs.toReversed())],
      manifest: MANIFEST,
    });
    expect(second).toEqual(first);
    expect(await readVersion(second.version)).toEqual(bytes);
    expect(first.version).toMatch(/^[0-9a-f]{16}$/);
    expect(first.tables.costs?.rows).toBe(3);
  });

  test('twice changes nothing', async () => {
    const first = await publishResults({ store, tables: givenRun('1'), manifest: MANIFEST });
    const bytes = await readVersion(first.version);
    await publishResults({ store, tables: givenRun('1'), manifest: MANIFEST });
    expect(await readVersion(first.version)).toEqual(bytes);
  });

  test('another cost or another day gives another version; where it came from does not', async () => {
    const publish = (cost: string, more = {}) =>
      publishResults({ store, tables: givenRun(cost), manifest: { ...MANIFEST, ...more } });
    const { version } = await publish('1');
    expect((await publish('1.000000000001')).version).not.toBe(version);
    expect((await publish('1', { as_of: '2026-10-09' })).version).not.toBe(version);
    expect((await publish('1', { generated_from: { charges_version: 99 } })).version).toBe(version);
    expect(await readPointer(store)).toBe(version);
  });

  test('keeps the newest twenty versions, and leaves what is in the making', async () => {
    await store.write('results/00000000000000aa/costs.arrow', new Uint8Array(1));
    const old = path.join(folder, 'results/00000000000000bb/costs.arrow');
    await store.write('results/00000000000000bb/costs.arrow', new Uint8Array(1));
    await utimes(old, new Date('2020-01-01'), new Date('2020-01-01'));
    const versions: string[] = [];
    for (let cost = 0; cost < 23; cost += 1) {
      const { version } = await publishResults({ store, tables: givenRun(String(cost)), manifest: MANIFEST });
      versions.push(version);
    }
    const left = (await readdir(path.join(folder, 'results'))).filter((name) => name !== 'current.json');
    const withFiles = await Promise.all(
      left.map(async (name) => [name, (await readdir(path.join(folder, 'results', name))).length] as const),
    );
    const expected = ['00000000000000aa', ...versions.slice(-20)].sort();
    expect(
      withFiles
        .filter(([, count]) => count > 0)
        .map(([name]) => name)
        .sort(),
    ).toEqual(expected);
  });

  test.each<[string, RawTable[]]>([
    ['an unknown table', [{ name: 'colours', columns: {} }]],
    ['control totals without costs', [givenControlTotals([])]],
    ['a table without a column', [{ name: 'costs', columns: { team: ['a'] } }]],
  ])('refuses %s and leaves the pointer alone', async (_, tables) => {
    const { version } = await publishResults({ store, tables: givenRun('1'), manifest: MANIFEST });
    await expect(publishResults({ store, tables, manifest: MANIFEST })).rejects.toMatchObject({
      name: 'ContractError',
    });
    expect(await readPointer(store)).toBe(version);
  });
});

describe('the published stage', () => {
  const key = { ...KEY, billing_period: '2026-09' };

  test('is counted from the published costs and reconciles with the stages before', async () => {
    const costs = givenCosts([
      { team: 'a', ...costing('0.1') },
      { team: 'b', ...costing('0.2') },
    ]);
    const tables = [costs, givenControlTotals([{ key, rows: 2, cost: '0.3' }])];
    const { control } = await publishResults({ store, tables, manifest: MANIFEST });
    expect(control).toEqual({
      is_reconciled: true,
      unreconciled: 0,
      totals: [{ billing_currency: 'USD', row_count: 2, ...costing('0.3') }],
    });
  });

  test.each([
    ['a cost is missing', '0.3', '0.2', '-0.1'],
    ['a cost appears twice', '0.3', '0.6', '0.3'],
    ['a rounding is lost', '0.3', '0.299999999999', '-0.000000000001'],
  ])('shows when %s', async (_, modelled, published, gap) => {
    const tables = [givenCosts([costing(published)]), givenControlTotals([{ key, rows: 2, cost: modelled }])];
    const { control } = await publishResults({ store, tables, manifest: MANIFEST });
    expect(control).toMatchObject({ is_reconciled: false, unreconciled: 1 });
    const { rows } = await answerQuery(await openResults({ store }).current(), { result: 'reconciliation' });
    expect(rows[0]).toMatchObject({ is_reconciled: false, published_billed_cost: published });
    expect(-Number(rows[0]?.difference_billed_cost)).toBeCloseTo(Number(gap), 12);
  });

  test('shows published costs that no stage before knows, and differences that cancel out', async () => {
    const other = { ...key, charge_category: 'Tax' };
    const tables = [
      givenCosts([costing('5'), { ...costing('-1'), charge_category: 'Tax' }]),
      givenControlTotals([{ key, rows: 1, cost: '4' }]),
    ];
    const { control } = await publishResults({ store, tables, manifest: MANIFEST });
    expect(control).toMatchObject({ is_reconciled: false, unreconciled: 2 });
    const { rows } = await answerQuery(await openResults({ store }).current(), { result: 'reconciliation' });
    expect(rows).toMatchObject([{ source: other.source, difference_billed_cost: '0', is_reconciled: false }]);
  });
});

describe('with DuckDB', () => {
  test('a relation is read exactly, and the Parquet copy holds the published rows', async () => {
    const connection = await (await DuckDBInstance.create()).connect();
    await connection.run(`CREATE TABLE found AS SELECT '2026-09' AS billing_period, NULL AS region_id, 'it''s' AS team,
      3 AS line_count, 123456789.123456789012::DECIMAL(38,12) AS billed_cost, -0.5 AS effective_cost, 0 AS list_cost,
      1 AS contracted_cost, 'USD' AS billing_currency, 'x' AS source, 'x' AS provider_name, 'x' AS billing_account_id,
      'x' AS sub_account_id, 'x' AS service_name, 'x' AS charge_category, 'x' AS pricing_category,
      'direct' AS allocation_kind, 'x' AS service, 'x' AS environment, 'x' AS tier, 'x' AS cost_center, 'x' AS owner
      FROM range(3000)`);
    const raw = await readResultTable(connection, 'costs', 'found');
    expect(raw.columns.billed_cost?.[0]).toBe(123456789123456789012n);
    const writeParquet = createParquetWriter(connection);
    const { version } = await publishResults({ store, tables: [raw], manifest: MANIFEST, writeParquet });
    const copy = path.join(folder, 'results', version, 'costs.parquet');
    const reader = await connection.runAndReadAll(
      `SELECT team, region_id, line_count, billed_cost::VARCHAR AS billed, effective_cost::VARCHAR AS effective FROM '${copy}'`,
    );
    expect(reader.getRowObjectsJson()).toEqual([
      {
        team: "it's",
        region_id: '(none)',
        line_count: '9000',
        billed: '370370367370.370367036000',
        effective: '-1500.000000000000',
      },
    ]);
  });

  test('the Parquet copy has the same bytes however many threads write it', async () => {
    const rows = Array.from({ length: 5000 }, (_, index) => ({
      service_name: `s${index}`,
      ...costing(`${index}.25`),
    }));
    const files = [1, 4].map(async (threads) => {
      const connection = await (
        await DuckDBInstance.create(':memory:', { threads: String(threads) })
      ).connect();
      const own = await openFolderStore(path.join(folder, String(threads)));
      const writeParquet = createParquetWriter(connection);
      const { version } = await publishResults({
        store: own,
        tables: [givenCosts(rows)],
        manifest: MANIFEST,
        writeParquet,
      });
      return own.read(`results/${version}/costs.parquet`);
    });
    const [one, four] = await Promise.all(files);
    expect(Buffer.compare(one as Uint8Array, four as Uint8Array)).toBe(0);
  });

  test('control totals come without the stage that is counted at publication', async () => {
    const connection = await (await DuckDBInstance.create()).connect();
    const stages = ['source', 'loaded', 'quarantined', 'modelled'].flatMap((stage) => [
      `1 AS ${stage}_row_count`,
      ...['billed', 'effective', 'list', 'contracted'].map((basis) => `0.1 AS ${stage}_${basis}_cost`),
    ]);
    const keys = Object.entries({ ...KEY, billing_period: '2026-09', billing_currency: 'USD' });
    const select = [...keys.map(([name, value]) => `'${value}' AS ${name}`), ...stages].join(', ');
    const raw = await readResultTable(connection, 'reconciliation', `(SELECT ${select})`);
    expect(Object.keys(raw.columns)).toHaveLength(6 + 4 * 5);
    expect(raw.columns.source_billed_cost).toEqual([100_000_000_000n]);
  });
});
