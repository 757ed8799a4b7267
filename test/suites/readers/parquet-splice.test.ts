import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { spliceParquet } from '../../../analytics/sources/parquet-splice/splice-parquet.ts';
import type { SpliceColumn } from '../../../analytics/sources/parquet-splice/splice-plan.ts';

const python = process.env.HEADROOM_PYTHON ?? 'python3';
const probe = spawnSync(python, ['-c', 'import pyarrow, deltalake']);
const isPresent = probe.status === 0;
if (!isPresent) console.warn(`skipped: ${python} has no pyarrow and deltalake (set HEADROOM_PYTHON)`);

/** Writes one file for each way that Arrow's writer can lay out the same rows. */
const WRITER = `
import sys, decimal, datetime, pyarrow as pa, pyarrow.parquet as pq
folder = sys.argv[1]
n = 50_001
start = datetime.datetime(2026, 10, 1)
nested = pa.map_(pa.string(), pa.string())
table = pa.table({
  'BilledCost': pa.array([((i * 7919) % 2_000_003 - 1_000_001) / 1e6 for i in range(n)], pa.float64()),
  'EffectiveCost': pa.array([decimal.Decimal(i).scaleb(-6) for i in range(n)], pa.decimal128(38, 12)),
  'ListUnitPrice': pa.array([None if i % 3 == 0 else 1.81e-8 * (i % 97) for i in range(n)], pa.float64()),
  'ResourceId': pa.array([None if i % 5 == 0 else '' if i % 5 == 1 else 'r-%d' % i for i in range(n)]),
  'SubAccountId': pa.array(['%012d' % (i % 40) for i in range(n)]),
  'ChargePeriodStart': pa.array([start + datetime.timedelta(hours=i % 744) for i in range(n)], pa.timestamp('us')),
  'Tags': pa.array([None if i % 4 == 0 else [] if i % 4 == 1 else [('team', 't%d' % (i % 9)), ('note', None)] for i in range(n)], nested),
  'Stray': pa.array(range(n), pa.int32()),
})
required = pa.schema([f.with_nullable(f.name != 'SubAccountId') for f in table.schema])
def write(name, **options):
  pq.write_table(table.cast(required), f'{folder}/{name}.parquet', **options)
write('snappy', row_group_size=10_007)
write('zstd-pages-v2', row_group_size=25_000, compression='zstd', data_page_version='2.0', version='2.6')
write('gzip-plain', row_group_size=16_384, compression='gzip', use_dictionary=False)
write('indexed', compression='none', write_page_index=True, write_page_checksum=True, data_page_size=4096)
write('dictionary-overflow', row_group_size=20_000, dictionary_pagesize_limit=1024, data_page_size=1024)
write('int96', use_deprecated_int96_timestamps=True)
write('milliseconds', coerce_timestamps='ms')
write('deltas', use_dictionary=False, column_encoding={'ResourceId': 'DELTA_BYTE_ARRAY', 'ChargePeriodStart': 'DELTA_BINARY_PACKED', 'SubAccountId': 'DELTA_LENGTH_BYTE_ARRAY'})
write('lz4', compression='lz4')
write('old-lists', use_compliant_nested_type=False, store_schema=False, version='1.0')
`;

/** Compares a spliced file with its source, read by Arrow and, as a Delta table with one more column, by delta-rs. */
const READER = `
import sys, os, json, decimal, datetime, shutil, pyarrow as pa, pyarrow.parquet as pq
from deltalake import DeltaTable, QueryBuilder
source, target, folder = sys.argv[1:4]
a = pq.ParquetFile(source).read()
b = pq.ParquetFile(target, page_checksum_verification='indexed' in source).read()
to_price = lambda x: None if x is None else round(decimal.Decimal(repr(x)), 15)
utc = lambda x: x.replace(tzinfo=datetime.timezone.utc)
same = lambda x: x
expected = {
  'tags': ('Tags', same), 'billed_cost': ('BilledCost', lambda x: round(decimal.Decimal(repr(x)), 12)),
  'effective_cost': ('EffectiveCost', same),
  'list_unit_price': ('ListUnitPrice', to_price), 'resource_id': ('ResourceId', same),
  'sub_account_id': ('SubAccountId', same), 'charge_period_start': ('ChargePeriodStart', utc),
}
columns = {name: [convert(x) for x in a[old].to_pylist()] for name, (old, convert) in expected.items()}
assert b.column_names == list(expected), b.column_names
for name, values in columns.items():
  assert b[name].to_pylist() == values, name
assert b.schema.field('billed_cost').type == pa.decimal128(38, 12)
assert b.schema.field('charge_period_start').type == pa.timestamp('us', 'UTC')
def delta_type(t):
  if pa.types.is_decimal(t): return f'decimal({t.precision},{t.scale})'
  if pa.types.is_timestamp(t): return 'timestamp'
  if pa.types.is_map(t): return {'type': 'map', 'keyType': 'string', 'valueType': 'string', 'valueContainsNull': True}
  return 'string'
fields = [(f.name, delta_type(f.type)) for f in b.schema] + [('invoice_id', 'string')]
shutil.rmtree(folder, ignore_errors=True)
os.makedirs(f'{folder}/_delta_log')
shutil.copy(target, f'{folder}/part.parquet')
schema = {'type': 'struct', 'fields': [{'name': n, 'type': t, 'nullable': True, 'metadata': {}} for n, t in fields]}
actions = [
  {'protocol': {'minReaderVersion': 1, 'minWriterVersion': 2}},
  {'metaData': {'id': '00000000-0000-0000-0000-000000000000', 'format': {'provider': 'parquet', 'options': {}}, 'schemaString': json.dumps(schema), 'partitionColumns': [], 'configuration': {}, 'createdTime': 0}},
  {'add': {'path': 'part.parquet', 'partitionValues': {}, 'size': os.path.getsize(target), 'modificationTime': 0, 'dataChange': True}},
]
with open(f'{folder}/_delta_log/00000000000000000000.json', 'w') as log: log.write('\\n'.join(map(json.dumps, actions)))
delta = pa.table(QueryBuilder().register('charges', DeltaTable(folder)).execute('SELECT * FROM charges').read_all())
text = lambda rows: sorted(map(str, rows))
assert delta['invoice_id'].null_count == len(b)
for name, values in columns.items():
  assert text(delta[name].to_pylist()) == text(values), 'delta ' + name
assert sum(delta['billed_cost'].to_pylist()) == sum(columns['billed_cost'])
print('same', len(b), flush=True)
os._exit(0)
`;

const COLUMNS: readonly SpliceColumn[] = [
  { name: 'tags', source: 'Tags', type: 'MAP(VARCHAR, VARCHAR)' },
  { name: 'billed_cost', source: 'BilledCost', type: 'DECIMAL(38,12)' },
  { name: 'effective_cost', source: 'EffectiveCost', type: 'DECIMAL(38,12)' },
  { name: 'list_unit_price', source: 'ListUnitPrice', type: 'DECIMAL(38,15)' },
  { name: 'resource_id', source: 'ResourceId', type: 'VARCHAR' },
  { name: 'sub_account_id', source: 'SubAccountId', type: 'VARCHAR' },
  { name: 'charge_period_start', source: 'ChargePeriodStart', type: 'TIMESTAMPTZ' },
];

function runPython(script: string, ...options: string[]): string {
  const result = spawnSync(python, ['-c', script, ...options], { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(result.stderr);
  return result.stdout.trim();
}

describe.skipIf(!isPresent)('spliced files from Arrow', () => {
  let folder: string;
  let connections: DuckDBConnection[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'splice-'));
    runPython(WRITER, folder);
    const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
    connections = [await instance.connect(), await instance.connect()];
    for (const connection of connections) await connection.run("SET TimeZone = 'UTC'");
  });

  afterAll(async () => {
    for (const connection of connections) connection.closeSync();
    await rm(folder, { recursive: true, force: true });
  });

  test.each([
    'snappy',
    'zstd-pages-v2',
    'gzip-plain',
    'indexed',
    'dictionary-overflow',
    'int96',
    'milliseconds',
    'deltas',
    'lz4',
    'old-lists',
  ])('%s: Arrow and delta-rs read the rows of the source', async (name) => {
    const source = join(folder, `${name}.parquet`);
    const target = join(folder, `${name}-out.parquet`);
    await spliceParquet({ source, target, columns: COLUMNS, connections });
    expect(runPython(READER, source, target, join(folder, `${name}-table`))).toBe('same 50001');
  });
});
