import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { quotePath } from '../../analytics/engine/duckdb.ts';
import { InputError, QueryError } from '../../analytics/errors.ts';
import { spliceParquet } from '../../analytics/sources/parquet-splice/splice-parquet.ts';
import { canSplice, type SpliceColumn } from '../../analytics/sources/parquet-splice/splice-plan.ts';

let folder: string;
let connections: DuckDBConnection[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'splice-'));
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  connections = [await instance.connect(), await instance.connect()];
  for (const connection of connections) await connection.run("SET TimeZone = 'UTC'");
});

afterAll(async () => {
  for (const connection of connections) connection.closeSync();
  await rm(folder, { recursive: true, force: true });
});

async function run(sql: string): Promise<void> {
  await connections[0]?.run(sql);
}

async function query(sql: string): Promise<unknown[][]> {
  const reader = await connections[0]?.runAndReadAll(sql);
  return reader?.getRowsJson() ?? [];
}

/** Every type that a delivery has, with nulls, empty texts, empty maps, negative, tiny and repeated amounts. */
function chargesSql(rowCount: number, seed: number): string {
  return `SELECT
    CASE WHEN h % 7 > 0 THEN round(((h % 2000001) - 1000000)::DOUBLE / 1e6, 10) ELSE 0 END AS "BilledCost",
    CASE WHEN h % 3 > 0 THEN 1.81e-8 * (h % 97) END AS "ListUnitPrice",
    CASE h % 5 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE 'resource-' || (h % 1000) END AS "ResourceId",
    lpad((h % 40)::VARCHAR, 12, '0') AS "SubAccountId",
    NULL::VARCHAR AS "ChargeClass",
    TIMESTAMP '2026-10-01' + to_hours((h % 744)::INTEGER) AS "ChargePeriodStart",
    CASE WHEN h % 11 > 0 THEN TIMESTAMPTZ '2026-10-01 00:00:00.123456Z' + to_hours((h % 744)::INTEGER) END AS "ChargePeriodEnd",
    (TIMESTAMP '2026-10-01' + to_hours((h % 744)::INTEGER))::TIMESTAMP_MS AS "BillingPeriodStart",
    ((h % 100000) / 8)::DECIMAL(38,12) AS "EffectiveCost",
    CASE h % 4 WHEN 0 THEN NULL WHEN 1 THEN MAP {}
      WHEN 2 THEN MAP {'team': 'team-' || (h % 9), 'note': NULL} ELSE MAP {'env': ''} END AS "Tags",
    (h % 1000)::INTEGER AS "Stray"
    FROM (SELECT (hash(i, ${seed}) % 1000000007)::BIGINT AS h FROM range(${rowCount}) AS t(i))`;
}

const LAKE_COLUMNS: readonly SpliceColumn[] = [
  { name: 'charge_period_start', source: 'ChargePeriodStart', type: 'TIMESTAMP WITH TIME ZONE' },
  { name: 'tags', source: 'Tags', type: 'MAP(VARCHAR, VARCHAR)' },
  { name: 'billed_cost', source: 'BilledCost', type: 'DECIMAL(38,12)' },
  { name: 'resource_id', source: 'ResourceId', type: 'VARCHAR' },
  { name: 'effective_cost', source: 'EffectiveCost', type: 'DECIMAL(38,12)' },
  { name: 'billing_period_start', source: 'BillingPeriodStart', type: 'TIMESTAMP WITH TIME ZONE' },
  { name: 'charge_period_end', source: 'ChargePeriodEnd', type: 'TIMESTAMP WITH TIME ZONE' },
  { name: 'sub_account_id', source: 'SubAccountId', type: 'VARCHAR' },
  { name: 'charge_class', source: 'ChargeClass', type: 'VARCHAR' },
  { name: 'list_unit_price', source: 'ListUnitPrice', type: 'DECIMAL(38,15)' },
  { name: 'sku_price_details', convert: 'MAP {"SubAccountId": "ResourceId"}', type: 'MAP(VARCHAR, VARCHAR)' },
];

async function writeSource(name: string, sql: string, options: string): Promise<string> {
  const path = join(folder, name);
  await run(`COPY (${sql}) TO '${path.replaceAll("'", "''")}' (FORMAT parquet, ${options})`);
  return path;
}

/** Rows that are in one of the files only, counted by their position. */
async function countDifferences(
  source: string,
  target: string,
  columns: readonly SpliceColumn[],
): Promise<unknown> {
  const expected = columns.map(
    (column) => `CAST(${column.convert ?? `"${column.source}"`} AS ${column.type}) AS "${column.name}"`,
  );
  const names = columns.map((column) => `"${column.name}"`);
  const left = `SELECT file_row_number, ${expected.join(', ')} FROM read_parquet('${source}')`;
  const right = `SELECT file_row_number, ${names.join(', ')} FROM read_parquet('${target}')`;
  const [row] = await query(
    `SELECT (SELECT count(*) FROM (${left} EXCEPT ALL ${right})) + (SELECT count(*) FROM (${right} EXCEPT ALL ${left}))`,
  );
  return row?.[0];
}

describe('spliceParquet', () => {
  test('gives the rows that DuckDB would give, in their order, whatever the writer chose', async () => {
    let round = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 45_000 }),
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.constantFrom('snappy', 'zstd', 'gzip', 'uncompressed'),
        fc.constantFrom('v1', 'v2'),
        fc.constantFrom(1, 1000, 1_000_000),
        fc.constantFrom(6144, 12_288, 65_536),
        async (rowCount, seed, compression, version, dictionaryLimit, rowGroupSize) => {
          round += 1;
          const source = await writeSource(
            `any-${round}.parquet`,
            chargesSql(rowCount, seed),
            `COMPRESSION ${compression}, PARQUET_VERSION ${version}, DICTIONARY_SIZE_LIMIT ${dictionaryLimit}, ROW_GROUP_SIZE ${rowGroupSize}`,
          );
          const target = join(folder, `any-${round}-out.parquet`);
          const result = await spliceParquet({ source, target, columns: LAKE_COLUMNS, connections });
          expect(result).toEqual({ rowCount, sizeBytes: (await stat(target)).size });
          expect(await countDifferences(source, target, LAKE_COLUMNS)).toBe('0');
          expect((await query(`DESCRIBE SELECT * FROM '${target}'`)).map((row) => [row[0], row[1]])).toEqual(
            LAKE_COLUMNS.map((column) => [column.name, column.type]),
          );
        },
      ),
      { numRuns: 8 },
    );
  });

  test('takes over bytes, statistics and row groups of what does not change', async () => {
    const source = await writeSource('kept.parquet', chargesSql(40_000, 1), 'ROW_GROUP_SIZE 12288');
    const target = join(folder, 'kept-out.parquet');
    await spliceParquet({ source, target, columns: LAKE_COLUMNS, connections: connections.slice(0, 1) });
    const describeChunks = (path: string, names: string) =>
      query(`SELECT row_group_id, row_group_num_rows, num_values, stats_min_value, stats_max_value, stats_null_count,
          compression, encodings, total_compressed_size, total_uncompressed_size
        FROM parquet_metadata('${path}') WHERE split_part(path_in_schema, ', ', 1) IN (${names})
        ORDER BY row_group_id, total_compressed_size, path_in_schema`);
    const before = await describeChunks(
      source,
      `'ResourceId', 'ChargePeriodStart', 'SubAccountId', 'EffectiveCost'`,
    );
    const after = await describeChunks(
      target,
      `'resource_id', 'charge_period_start', 'sub_account_id', 'effective_cost'`,
    );
    const withoutZone = (rows: unknown[][]) => JSON.parse(JSON.stringify(rows).replaceAll('+00', ''));
    expect(before.length).toBe(16);
    expect(withoutZone(after)).toEqual(withoutZone(before));
    const [sum] = await query(
      `SELECT sum("billed_cost")::VARCHAR, count(*) FILTER (resource_id = '') > 0 FROM '${target}'`,
    );
    expect(sum).toEqual(
      (await query(`SELECT sum("BilledCost"::DECIMAL(38,12))::VARCHAR, true FROM '${source}'`))[0],
    );
  });

  test('filters by statistics and row number as well as the source does', async () => {
    const sql = `SELECT lpad(i::VARCHAR, 8, '0') AS "ResourceId", i::DOUBLE AS "BilledCost" FROM range(60000) AS t(i)`;
    const source = await writeSource('sorted.parquet', sql, 'ROW_GROUP_SIZE 12288');
    const target = join(folder, 'sorted-out.parquet');
    const columns = [
      { name: 'billed_cost', source: 'BilledCost', type: 'DECIMAL(38,12)' },
      { name: 'resource_id', source: 'ResourceId', type: 'VARCHAR' },
    ];
    await spliceParquet({ source, target, columns, connections });
    expect(
      await query(`SELECT resource_id, billed_cost::VARCHAR FROM '${target}' WHERE resource_id = '00024576'`),
    ).toEqual([['00024576', '24576.000000000000']]);
    expect(await query(`SELECT resource_id FROM '${target}' WHERE billed_cost = 59999`)).toEqual([
      ['00059999'],
    ]);
  });

  test('reads exactly the file named, though its path looks like a pattern or a partition', async () => {
    const partition = join(folder, 'BILLING_PERIOD=2026-10');
    await mkdir(partition);
    const source = await writeSource(
      "BILLING_PERIOD=2026-10/it's [1]*.parquet",
      chargesSql(10, 1),
      'COMPRESSION zstd',
    );
    await writeSource("BILLING_PERIOD=2026-10/it's 1x.parquet", chargesSql(20, 2), 'COMPRESSION zstd');
    const target = join(partition, "it's.parquet");
    await spliceParquet({ source, target, columns: LAKE_COLUMNS, connections });
    const sum = await query(
      `SELECT count(*), sum("billed_cost")::VARCHAR FROM read_parquet(${quotePath(target)})`,
    );
    expect(sum).toEqual(
      await query(`SELECT count(*), sum("BilledCost"::DECIMAL(38,12))::VARCHAR FROM (${chargesSql(10, 1)})`),
    );
  });

  test("drops the writer's own metadata, which names the old columns", async () => {
    const source = await writeSource(
      'described.parquet',
      chargesSql(10, 1),
      "KV_METADATA {note: 'BilledCost'}",
    );
    const target = join(folder, 'described-out.parquet');
    await spliceParquet({ source, target, columns: LAKE_COLUMNS, connections });
    expect(await query(`SELECT count(*) FROM parquet_kv_metadata('${source}')`)).toEqual([['1']]);
    expect(await query(`SELECT count(*) FROM parquet_kv_metadata('${target}')`)).toEqual([['0']]);
  });

  test('leaves nothing behind when DuckDB cannot encode a value', async () => {
    const place = await mkdtemp(join(folder, 'failing-'));
    const source = await writeSource('huge.parquet', 'SELECT 1e30 AS "BilledCost"', 'COMPRESSION snappy');
    const columns = [{ name: 'billed_cost', source: 'BilledCost', type: 'DECIMAL(38,12)' }];
    await expect(
      spliceParquet({ source, target: join(place, 'out.parquet'), columns, connections }),
    ).rejects.toThrow(QueryError);
    expect(await readdir(place)).toEqual([]);
  });
});

describe('canSplice', () => {
  const columns = LAKE_COLUMNS;
  const obstacles: [string, () => Promise<string>, RegExp][] = [
    ['no rows', () => writeSource('empty.parquet', chargesSql(0, 1), 'COMPRESSION snappy'), /no rows/],
    [
      'many small row groups',
      () => writeSource('small.parquet', chargesSql(30_000, 1), 'ROW_GROUP_SIZE 2048'),
      /too few rows/,
    ],
    ['a rare codec', () => writeSource('brotli.parquet', chargesSql(10, 1), 'COMPRESSION brotli'), /codec 4/],
    [
      'a column that is not there',
      () => writeSource('lacking.parquet', 'SELECT 1 AS a', 'COMPRESSION snappy'),
      /no column ChargePeriodStart/,
    ],
    [
      'encryption',
      async () => {
        await run("SET force_mbedtls_unsafe = 'true'");
        await run("PRAGMA add_parquet_key('key', '0123456789112345')");
        return writeSource('secret.parquet', chargesSql(10, 1), "ENCRYPTION_CONFIG {footer_key: 'key'}");
      },
      /encrypted/,
    ],
    [
      'a file that is not Parquet',
      async () => {
        await writeFile(join(folder, 'text.parquet'), 'BilledCost\n1\n2\n3\n');
        return join(folder, 'text.parquet');
      },
      /does not end with PAR1/,
    ],
    [
      'a damaged footer',
      async () => {
        const path = await writeSource('damaged.parquet', chargesSql(10, 1), 'COMPRESSION snappy');
        const bytes = await readFile(path);
        bytes.fill(0xff, bytes.length - 200, bytes.length - 8);
        await writeFile(path, bytes);
        return path;
      },
      /Not a readable Parquet file/,
    ],
  ];

  test.each(obstacles)('says no to %s', async (_name, makeFile, reason) => {
    const source = await makeFile();
    expect(await canSplice(source, columns)).toEqual({
      isPossible: false,
      reason: expect.stringMatching(reason),
    });
    const target = join(folder, 'never.parquet');
    await expect(spliceParquet({ source, target, columns, connections })).rejects.toThrow(InputError);
  });

  test('says yes otherwise', async () => {
    const source = await writeSource('fine.parquet', chargesSql(10, 1), 'COMPRESSION snappy');
    expect(await canSplice(source, columns)).toEqual({ isPossible: true });
  });
});
