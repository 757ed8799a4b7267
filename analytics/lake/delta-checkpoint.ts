import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { type Action, toLines } from './delta-actions.ts';

/** The columns of a classic checkpoint; in each row one of them is set. */
const CHECKPOINT_COLUMNS = {
  txn: 'STRUCT(appId VARCHAR, version BIGINT, lastUpdated BIGINT)',
  add: `STRUCT(path VARCHAR, partitionValues MAP(VARCHAR, VARCHAR), size BIGINT, modificationTime BIGINT,
    dataChange BOOLEAN, stats VARCHAR, tags MAP(VARCHAR, VARCHAR))`,
  remove: `STRUCT(path VARCHAR, deletionTimestamp BIGINT, dataChange BOOLEAN, extendedFileMetadata BOOLEAN,
    partitionValues MAP(VARCHAR, VARCHAR), size BIGINT)`,
  metaData: `STRUCT(id VARCHAR, name VARCHAR, description VARCHAR,
    format STRUCT(provider VARCHAR, options MAP(VARCHAR, VARCHAR)), schemaString VARCHAR,
    partitionColumns VARCHAR[], configuration MAP(VARCHAR, VARCHAR), createdTime BIGINT)`,
  protocol: 'STRUCT(minReaderVersion INTEGER, minWriterVersion INTEGER)',
};

/** Writes a checkpoint into a scratch folder and returns its path. The actions keep their order. */
export async function writeCheckpointFile(actions: readonly Action[], folder: string): Promise<string> {
  const parquetPath = path.join(folder, `${randomUUID()}.checkpoint.parquet`);
  const linesPath = `${parquetPath}.json`;
  const columns = Object.entries(CHECKPOINT_COLUMNS).map(([name, type]) => `${quote(name)}: ${quote(type)}`);
  try {
    await writeFile(linesPath, toLines(actions));
    await withDuckdb((connection) =>
      connection.run(
        `COPY (
          SELECT * FROM read_json(${quote(linesPath)}, format = 'newline_delimited', columns = {${columns.join(', ')}})
        ) TO ${quote(parquetPath)} (FORMAT parquet, COMPRESSION snappy)`,
      ),
    );
    return parquetPath;
  } catch (error) {
    await rm(parquetPath, { force: true });
    throw error;
  } finally {
    await rm(linesPath, { force: true });
  }
}

/** The actions of a checkpoint in their order. Throws when the file is torn or holds no protocol and metaData. */
export async function readCheckpointFile(localPath: string): Promise<Action[]> {
  const rows = await withDuckdb(async (connection) => {
    const reader = await connection.runAndReadAll(
      'SELECT CAST(to_json(checkpoint) AS VARCHAR) FROM read_parquet($1) AS checkpoint',
      [localPath],
    );
    return reader.getRows() as [string][];
  });
  const actions = rows.map(([json]) => withoutNulls(JSON.parse(json)));
  if (!actions.some((action) => action.protocol) || !actions.some((action) => action.metaData)) {
    throw new Error('it holds no protocol or no metaData action');
  }
  return actions;
}

/** Null columns and null fields of an action are absent ones; null partition values, one level deeper, stay. */
function withoutNulls(row: Record<string, Record<string, unknown> | null>): Action {
  const present = Object.entries(row).filter(([, action]) => action !== null);
  return Object.fromEntries(
    present.map(([kind, action]) => [
      kind,
      Object.fromEntries(Object.entries(action ?? {}).filter(([, value]) => value !== null)),
    ]),
  );
}

/** An instance for a moment: most snapshots are read without one, and one costs about 30 ms. */
async function withDuckdb<T>(use: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    threads: '1',
  });
  const connection = await instance.connect();
  try {
    return await use(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
