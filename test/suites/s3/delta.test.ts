import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { openTable } from '../../../analytics/lake/delta-table.ts';
import { checkpointKey, lastCheckpointKey, tablePrefix } from '../../../analytics/lake/keys.ts';
import { type SampleRow, storeRows } from '../../support/lake-parquet.ts';
import { listKeys, pathsOf, SAMPLE_SCHEMA } from '../../support/lake-samples.ts';
import { TEST_CREDENTIALS, TEST_REGION } from '../../support/s3-servers.ts';
import { describeServers } from './setup.ts';

const { HEADROOM_PYTHON = 'python3' } = process.env;
const hasDeltaRs = spawnSync(HEADROOM_PYTHON, ['-c', 'import deltalake, pyarrow']).status === 0;
if (!hasDeltaRs) {
  console.warn(
    `delta-rs over S3: skipped, ${HEADROOM_PYTHON} (HEADROOM_PYTHON) cannot import deltalake and pyarrow.`,
  );
}
const HOUR_MS = 60 * 60 * 1000;

const makeRow = (id: number): SampleRow => ({
  sample_id: id,
  billed_cost: `${id}.123456789012`,
  unit_price: null,
  started_at: '2026-10-01T00:00:00Z',
  sample_date: '2026-10-01',
  row_number: id,
  ratio: 0.5,
  is_final: true,
  tags: { team: 'x' },
});

describeServers('a Delta table', (bucket) => {
  /** A table of 14 commits, each replacing its source's files or adding one, with checkpoints. */
  async function openCommitted() {
    const prefix = `delta/${randomUUID()}`;
    const store = await bucket.openStore({ prefix });
    const table = openTable(store, SAMPLE_SCHEMA, { checkpointInterval: 5 });
    for (let id = 0; id < 14; id += 1) {
      const source = `s/${id % 3}`;
      const file = await storeRows(store, table, SAMPLE_SCHEMA, {
        partition: { source },
        rows: [makeRow(id)],
      });
      await table.commit(() => ({
        add: [file],
        remove: (old) => old.partition.source === source,
        info: { id },
      }));
    }
    return { prefix, store, table };
  }

  test('is read from another machine, at any version, with its checkpoints', async () => {
    const { prefix, table } = await openCommitted();
    const elsewhere = await bucket.openStore({ prefix });
    const read = openTable(elsewhere, SAMPLE_SCHEMA);
    const snapshot = await read.snapshot();
    expect(snapshot.version).toBe(13);
    expect(snapshot.files.map(({ partition }) => partition.source).sort()).toEqual(['s/0', 's/1', 's/2']);
    expect(await listKeys(elsewhere, tablePrefix('samples'))).toEqual(
      expect.arrayContaining([
        checkpointKey('samples', 5),
        checkpointKey('samples', 10),
        lastCheckpointKey('samples'),
      ]),
    );
    expect(pathsOf(await read.snapshot({ version: 7 }))).toEqual(
      pathsOf(await table.snapshot({ version: 7 })),
    );
    const localPaths = await elsewhere.localPaths(snapshot.files.map((file) => read.dataKey(file)));
    expect(await sumCosts(localPaths)).toBe('36.370370367036');
  });

  test('loses no file to a vacuum that a version to keep needs', async () => {
    const { store, table } = await openCommitted();
    const now = new Date(Date.now() + 2 * HOUR_MS);
    const wouldRemove = await table.vacuum({ retentionHours: 1, keepVersions: [4], now, dryRun: true });
    const { removed } = await table.vacuum({ retentionHours: 1, keepVersions: [4], now });
    expect(removed).toEqual(wouldRemove.removed);
    // 14 files, of which the newest version needs 3 and version 4 another 3.
    expect(removed).toHaveLength(8);
    for (const version of [4, 13]) {
      const { files } = await table.snapshot({ version });
      expect(await store.localPaths(files.map((file) => table.dataKey(file)))).toHaveLength(3);
    }
  });

  test.skipIf(!hasDeltaRs)('is read by delta-rs from the bucket', async () => {
    const { prefix } = await openCommitted();
    const script = `
import json, os, deltalake
table = deltalake.DeltaTable(os.environ['LOCATION'], storage_options={
    'AWS_ENDPOINT_URL': os.environ['ENDPOINT'], 'AWS_ALLOW_HTTP': 'true', 'AWS_REGION': os.environ['REGION'],
    'AWS_ACCESS_KEY_ID': os.environ['ACCESS_KEY'], 'AWS_SECRET_ACCESS_KEY': os.environ['SECRET_KEY']})
rows = table.to_pyarrow_table().to_pylist()
print(json.dumps({'version': table.version(), 'costs': sorted(str(row['billed_cost']) for row in rows),
    'sources': sorted(row['source'] for row in rows)}), flush=True)
os._exit(0)`;
    const { stdout, stderr } = spawnSync(HEADROOM_PYTHON, ['-c', script], {
      encoding: 'utf8',
      env: {
        PATH: process.env.PATH,
        LOCATION: `s3://${bucket.bucket}/${prefix}/${tablePrefix('samples')}`,
        ENDPOINT: bucket.endpoint,
        REGION: TEST_REGION,
        ACCESS_KEY: TEST_CREDENTIALS.accessKeyId,
        SECRET_KEY: TEST_CREDENTIALS.secretAccessKey,
      },
    });
    expect(stdout, stderr).not.toBe('');
    expect(JSON.parse(stdout)).toEqual({
      version: 13,
      costs: ['11.123456789012', '12.123456789012', '13.123456789012'],
      sources: ['s/0', 's/1', 's/2'],
    });
  });
});

async function sumCosts(localPaths: string[]): Promise<string> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const files = localPaths.map((localPath) => `'${localPath}'`).join(', ');
  const reader = await connection.runAndReadAll(
    `SELECT CAST(sum(billed_cost) AS VARCHAR) FROM read_parquet([${files}])`,
  );
  connection.closeSync();
  instance.closeSync();
  return String(reader.getRows()[0]?.[0]);
}
