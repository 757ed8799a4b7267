import { type CollectSettings, collectSchema } from '../../analytics/configuration/collect-schema.ts';
import { openDuckdb } from '../../analytics/engine/duckdb.ts';
import { type CollectOptions, type CollectReport, collect } from '../../analytics/jobs/collect.ts';
import { COLLECTED_TABLES } from '../../analytics/lake/collected-tables.ts';
import { openTable } from '../../analytics/lake/delta-table.ts';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import type { ObjectStore } from '../../analytics/lake/object-store.ts';
import type { SourceName } from '../../analytics/sources/collector.ts';
import type { WireServer } from '../aws/wire-server.ts';
import { makeTestFolder } from './lake-folder.ts';

export const CALLER_ACCOUNT = '111111111111';

/** Collects from a wire server into a lake of its own. */
export type CollectBench = {
  store: ObjectStore;
  now: Date;
  run(
    sources: SourceName[],
    options?: Partial<CollectOptions> & { collect?: unknown },
  ): Promise<CollectReport>;
  /** Rows that a table holds, as a reader sees them. */
  rows(table: string, sql?: string): Promise<Record<string, unknown>[]>;
};

export async function openCollectBench(wire: WireServer, now: string): Promise<CollectBench> {
  const store = await openFolderStore(await makeTestFolder());
  wire.credentials.set('caller', CALLER_ACCOUNT);
  const bench: CollectBench = {
    store,
    now: new Date(now),
    async run(sources, { collect: settings = {}, ...options } = {}) {
      return collect(
        {
          store,
          settings: readSettings(settings),
          access: {
            endpoint: wire.endpoint,
            credentials: async () => ({ accessKeyId: 'caller', secretAccessKey: 'secret' }),
            maxAttempts: 4,
          },
          clock: () => bench.now,
          ...options,
        },
        sources,
      );
    },
    rows: (table, sql) => readCollected(store, table, sql),
  };
  return bench;
}

function readSettings(settings: unknown): CollectSettings {
  return collectSchema.parse({ regions: ['eu-west-1'], ...(settings as object) });
}

/** Reads a table's current files, with their partition column; `sql` selects from `rows`. */
export async function readCollected(
  store: ObjectStore,
  name: string,
  sql = 'select * from rows order by all',
): Promise<Record<string, unknown>[]> {
  const schema = COLLECTED_TABLES.find((each) => each.name === name);
  if (!schema) throw new Error(`no table ${name}`);
  const table = openTable(store, schema);
  const { files } = await table.snapshot();
  if (files.length === 0) return [];
  const engine = await openDuckdb({ tempFolder: await store.scratchFolder(), threads: 1 });
  try {
    const branches = await Promise.all(
      files.map(async (file) => {
        const [path] = await store.localPaths([table.dataKey(file)]);
        const [column = ''] = schema.partitionBy;
        return `select *, '${file.partition[column]}' as "${column}" from read_parquet('${path}', hive_partitioning = false)`;
      }),
    );
    await engine.run(`create view rows as ${branches.join(' union all ')}`);
    return await engine.query(sql);
  } finally {
    engine.close();
  }
}
