import { ContractError } from '../errors.ts';
import type { Action, Add, CommitInfo, LogState, Remove } from './delta-actions.ts';
import { fromDeltaSchema, type TableSchema } from './table-schema.ts';

/**
 * A Parquet file of a table. `path` is relative to the table and URL-encoded, as Delta says. `partition` has a value
 * for each partition column; '' means null, as in Delta.
 */
export type DataFile = {
  path: string;
  sizeBytes: number;
  rowCount: number;
  partition: Record<string, string | null>;
  tags?: Record<string, string>;
};

/** A table at one version; -1: the table is absent. `files` is in the order in which they were committed. */
export type Snapshot = {
  table: string;
  version: number;
  files: DataFile[];
  /** The schema stored at this version; the wanted one when the table is absent. */
  schema: TableSchema;
  committedAt: Date | undefined;
  /** The last version of each application that a commit named. */
  transactions: Record<string, number>;
};

/** What a plan wants done at once. A file that is added is not removed, whatever `remove` says of its path. */
export type Commit = {
  add: DataFile[];
  remove(file: DataFile): boolean;
  transaction?: { appId: string; version: number };
  /** Kept with the commit; `operation` (default WRITE) is what other readers of the log show. */
  info: Record<string, unknown>;
};

/** The snapshot of a state. Throws ContractError for a schema or a file that Headroom cannot read. */
export function toSnapshot(state: LogState, wanted: TableSchema): Snapshot {
  return {
    table: state.table,
    version: state.version,
    files: [...state.adds.values()].map(toDataFile),
    schema: state.metaData ? fromDeltaSchema(state.table, state.metaData) : wanted,
    committedAt: state.committedAt,
    transactions: toTransactions(state),
  };
}

/** The lines of a commit. Throws ContractError for a file that is not as the schema says. */
export function planActions(given: {
  state: LogState;
  schema: TableSchema;
  schemaActions: Action[];
  wanted: Commit;
  txnId: string;
  at: Date;
}): Action[] {
  const { state, schema, schemaActions, wanted, txnId, at } = given;
  const timestamp = at.getTime();
  const added = new Set<string>();
  for (const file of wanted.add) {
    checkFile(file, schema);
    if (added.has(file.path)) throw new ContractError(`table ${schema.name}: ${file.path} is added twice`);
    added.add(file.path);
  }
  const removed = [...state.adds.values()].filter(
    (add) => !added.has(add.path) && wanted.remove(toDataFile(add)),
  );
  const operation = wanted.info.operation;
  const commitInfo: CommitInfo = {
    timestamp,
    operation: typeof operation === 'string' ? operation : 'WRITE',
    operationParameters: {},
    ...(state.version >= 0 ? { readVersion: state.version } : {}),
    isolationLevel: 'Serializable',
    isBlindAppend: false,
    engineInfo: 'Headroom',
    txnId,
    headroom: wanted.info,
  };
  return [
    { commitInfo },
    ...schemaActions,
    ...(wanted.transaction ? [{ txn: { ...wanted.transaction, lastUpdated: timestamp } }] : []),
    ...removed.map((add) => ({ remove: toRemove(add, timestamp) })),
    ...wanted.add.map((file) => ({ add: toAdd(file, timestamp) })),
  ];
}

/** Without a prototype, so that an application may have any name. */
function toTransactions(state: LogState): Record<string, number> {
  const transactions: Record<string, number> = Object.create(null);
  for (const { appId, version } of state.transactions.values()) transactions[appId] = version;
  return transactions;
}

function toAdd(file: DataFile, timestamp: number): Add {
  const values = Object.entries(file.partition).map(([column, value]) => [
    column,
    value === '' ? null : value,
  ]);
  return {
    path: file.path,
    partitionValues: Object.fromEntries(values),
    size: file.sizeBytes,
    modificationTime: timestamp,
    dataChange: true,
    stats: JSON.stringify({ numRecords: file.rowCount }),
    ...(file.tags ? { tags: file.tags } : {}),
  };
}

function toRemove(add: Add, timestamp: number): Remove {
  return {
    path: add.path,
    deletionTimestamp: timestamp,
    dataChange: true,
    extendedFileMetadata: true,
    partitionValues: add.partitionValues,
    size: add.size,
  };
}

function toDataFile(add: Add): DataFile {
  const { numRecords } = JSON.parse(add.stats ?? '{}') as { numRecords?: number };
  if (numRecords === undefined) {
    throw new ContractError(`the log does not say how many rows ${add.path} has`, [{ path: add.path }]);
  }
  return {
    path: add.path,
    sizeBytes: add.size,
    rowCount: numRecords,
    partition: add.partitionValues,
    ...(add.tags ? { tags: add.tags } : {}),
  };
}

function checkFile(file: DataFile, schema: TableSchema): void {
  const columns = Object.keys(file.partition).sort().join(', ');
  const expected = schema.partitionBy.toSorted().join(', ');
  if (columns !== expected) {
    throw new ContractError(
      `table ${schema.name} is partitioned by (${expected}), the file ${file.path} by (${columns})`,
      [{ path: file.path, ...file.partition }],
    );
  }
  for (const [field, count] of Object.entries({ sizeBytes: file.sizeBytes, rowCount: file.rowCount })) {
    if (Number.isSafeInteger(count) && count >= 0) continue;
    throw new ContractError(`table ${schema.name}: ${field} of ${file.path} is ${count}, not a count`);
  }
}
