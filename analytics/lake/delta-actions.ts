import { ContractError } from '../errors.ts';

/** What Headroom reads and writes of the Delta protocol. */
export const READER_VERSION = 1;
export const WRITER_VERSION = 2;

export type Protocol = { minReaderVersion: number; minWriterVersion: number };
export type MetaData = {
  id: string;
  name?: string;
  description?: string;
  format: { provider: string; options: Record<string, string> };
  schemaString: string;
  partitionColumns: string[];
  configuration: Record<string, string>;
  createdTime?: number;
};
type PartitionValues = Record<string, string | null>;
export type Add = {
  path: string;
  partitionValues: PartitionValues;
  size: number;
  modificationTime: number;
  dataChange: boolean;
  stats?: string;
  tags?: Record<string, string>;
};
export type Remove = {
  path: string;
  deletionTimestamp?: number;
  dataChange: boolean;
  extendedFileMetadata?: boolean;
  partitionValues?: PartitionValues;
  size?: number;
};
export type Txn = { appId: string; version: number; lastUpdated?: number };
export type CommitInfo = { timestamp?: number; txnId?: string; [field: string]: unknown };

/** One line of a commit: exactly one field is set. Actions of other kinds have none of these. */
export type Action = {
  protocol?: Protocol;
  metaData?: MetaData;
  add?: Add;
  remove?: Remove;
  txn?: Txn;
  commitInfo?: CommitInfo;
};

/** A table at one version: what is left of all actions up to it. Maps are in the order of the commits. */
export type LogState = {
  table: string;
  /** -1 when the table is absent. */
  version: number;
  /** The checkpoint that it was read from, -1 for none. */
  checkpointVersion: number;
  committedAt: Date | undefined;
  protocol: Protocol | undefined;
  metaData: MetaData | undefined;
  adds: Map<string, Add>;
  removes: Map<string, Remove>;
  transactions: Map<string, Txn>;
};

/** The state before the first commit. */
export function emptyState(table: string): LogState {
  return {
    table,
    version: -1,
    checkpointVersion: -1,
    committedAt: undefined,
    protocol: undefined,
    metaData: undefined,
    adds: new Map(),
    removes: new Map(),
    transactions: new Map(),
  };
}

/** Turns the state into that of `version`. Throws ContractError when the table asks for a newer protocol. */
export function applyActions(state: LogState, version: number, actions: readonly Action[]): void {
  state.version = version;
  for (const { protocol, metaData, add, remove, txn, commitInfo } of actions) {
    if (protocol) state.protocol = checkProtocol(state.table, protocol);
    if (metaData) state.metaData = metaData;
    if (remove) {
      state.adds.delete(remove.path);
      state.removes.set(remove.path, remove);
    }
    if (add) {
      state.removes.delete(add.path);
      state.adds.set(add.path, add);
    }
    if (txn) state.transactions.set(txn.appId, txn);
    if (commitInfo?.timestamp !== undefined) state.committedAt = new Date(commitInfo.timestamp);
  }
}

/** All actions that a checkpoint holds; tombstones deleted before `tombstonesSince` (epoch ms) are left out. */
export function stateActions(state: LogState, tombstonesSince: number): Action[] {
  const tombstones = [...state.removes.values()].filter((r) => (r.deletionTimestamp ?? 0) >= tombstonesSince);
  return [
    ...(state.protocol ? [{ protocol: state.protocol }] : []),
    ...(state.metaData ? [{ metaData: state.metaData }] : []),
    ...[...state.transactions.values()].map((txn) => ({ txn })),
    ...tombstones.map((remove) => ({ remove: { ...remove, dataChange: false } })),
    ...[...state.adds.values()].map((add) => ({ add: { ...add, dataChange: false } })),
  ];
}

/** A commit's JSON lines. */
export function toLines(actions: readonly Action[]): Uint8Array {
  return Buffer.from(actions.map((action) => `${JSON.stringify(action)}\n`).join(''));
}

/** The other way. Throws ContractError that names the file and the line. */
export function fromLines(bytes: Uint8Array, key: string): Action[] {
  const lines = Buffer.from(bytes).toString('utf8').split('\n');
  return lines.flatMap((line, index) => {
    if (line.trim() === '') return [];
    try {
      return [JSON.parse(line) as Action];
    } catch {
      throw new ContractError(`${key}:${index + 1}: not a line of JSON`, [
        { key, line_number: index + 1, line },
      ]);
    }
  });
}

function checkProtocol(table: string, protocol: Protocol): Protocol {
  if (protocol.minReaderVersion > READER_VERSION || protocol.minWriterVersion > WRITER_VERSION) {
    throw new ContractError(
      `table ${table} was upgraded by another writer to Delta reader ${protocol.minReaderVersion} and writer ` +
        `${protocol.minWriterVersion}; Headroom knows reader ${READER_VERSION} and writer ${WRITER_VERSION}`,
      [{ ...protocol }],
    );
  }
  return protocol;
}
