import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { type Action, type LogState, READER_VERSION, WRITER_VERSION } from './delta-actions.ts';
import { type Commit, type DataFile, planActions, type Snapshot, toSnapshot } from './delta-files.ts';
import { type DeltaLog, openDeltaLog } from './delta-log.ts';
import { type VacuumOptions, vacuumTable } from './delta-vacuum.ts';
import { dataKey, newDataPath } from './keys.ts';
import type { ObjectStore } from './object-store.ts';
import { compareSchemas, fromDeltaSchema, type TableSchema, toDeltaSchema } from './table-schema.ts';

export type { Commit, DataFile, Snapshot };

/** Commits between two checkpoints. */
const CHECKPOINT_INTERVAL = 50;
const DAY_MS = 24 * 60 * 60 * 1000;
const TOMBSTONE_RETENTION_DAYS = 7;
const BACKOFF_FIRST_MS = 10;
const BACKOFF_LIMIT_MS = 2000;

export type HistoryEntry = { version: number; committedAt: Date; info: Record<string, unknown> };

/** A Delta Lake table (protocol reader 1, writer 2). */
export type DeltaTable = {
  name: string;
  /** The newest version (version -1 and no files when the table is absent), or an earlier one. Throws InputError for a
   * version that never was. */
  snapshot(options?: { version?: number }): Promise<Snapshot>;
  /**
   * Commits what `plan` wants on the newest snapshot; when another writer was faster, `plan` is asked again on the
   * snapshot after that, as often as it takes. `plan` returns undefined to commit nothing. The first commit creates the
   * table. Throws ContractError when the stored schema does not fit (see compareSchemas) or a file is not as the schema
   * says.
   */
  commit(plan: (snapshot: Snapshot) => Commit | undefined): Promise<{ version: number; committed: boolean }>;
  /** Commits from the newest to the first. */
  history(): AsyncIterable<HistoryEntry>;
  /** Removes data files that no version to keep needs; see vacuumTable. */
  vacuum(options: VacuumOptions): Promise<{ removed: string[] }>;
  /** The object key of a data file, for the store. */
  dataKey(file: Pick<DataFile, 'path'>): string;
  /** A new unique path for a data file of a partition, such as `source=x/billing_period=2026-10/part-<uuid>.parquet`. */
  newPath(partition: Record<string, string | null>): string;
};

/** `now` is the clock; `checkpointInterval` the number of commits between two checkpoints. */
export type TableOptions = { now?: () => Date; checkpointInterval?: number };

/** Opens a table, which the first commit creates. */
export function openTable(store: ObjectStore, schema: TableSchema, options: TableOptions = {}): DeltaTable {
  const { now = () => new Date(), checkpointInterval = CHECKPOINT_INTERVAL } = options;
  const log = openDeltaLog(store, schema.name);

  return {
    name: schema.name,
    async snapshot({ version } = {}) {
      return toSnapshot(await log.load(version), schema);
    },
    async commit(plan) {
      const state = await log.load();
      for (let attempt = 0; ; attempt += 1) {
        const wanted = plan(toSnapshot(state, schema));
        if (!wanted) return { version: state.version, committed: false };
        const version = state.version + 1;
        const txnId = randomUUID();
        const schemaActions = planSchema(state, schema, now());
        const actions = planActions({ state, schema, schemaActions, wanted, txnId, at: now() });
        if (await log.append(version, actions)) {
          await maintainCheckpoint(log, state, { checkpointInterval, at: now() });
          return { version, committed: true };
        }
        await setTimeout(Math.random() * Math.min(BACKOFF_LIMIT_MS, BACKOFF_FIRST_MS * 2 ** attempt));
        const [winner] = await log.advance(state);
        // A store that retries a request may report our own success as a lost race.
        const isOurs = winner?.actions.some((action) => action.commitInfo?.txnId === txnId);
        if (isOurs) return { version, committed: true };
      }
    },
    async *history() {
      for await (const { version, actions } of log.commits()) {
        const commitInfo = actions.find((action) => action.commitInfo)?.commitInfo ?? {};
        const info = (commitInfo.headroom ?? commitInfo) as Record<string, unknown>;
        yield { version, committedAt: new Date(commitInfo.timestamp ?? Number.NaN), info };
      }
    },
    vacuum: (vacuumOptions) => vacuumTable(store, log, { now: now(), ...vacuumOptions }),
    dataKey: ({ path }) => dataKey(schema.name, path),
    newPath: (partition) => newDataPath(schema.partitionBy, partition),
  };
}

/** The actions that create the table or bring its schema up to date. */
function planSchema(state: LogState, schema: TableSchema, at: Date): Action[] {
  const wanted = {
    name: schema.name,
    description: schema.description,
    schemaString: toDeltaSchema(schema),
    partitionColumns: schema.partitionBy,
  };
  if (state.metaData) {
    const isSame = compareSchemas(fromDeltaSchema(schema.name, state.metaData), schema) === 'same';
    return isSame ? [] : [{ metaData: { ...state.metaData, ...wanted } }];
  }
  const configuration = {
    'delta.checkpointInterval': String(CHECKPOINT_INTERVAL),
    'delta.deletedFileRetentionDuration': `interval ${TOMBSTONE_RETENTION_DAYS} days`,
    // Closed months are versions: no writer may expire the log.
    'delta.enableExpiredLogCleanup': 'false',
  };
  const format = { provider: 'parquet', options: {} };
  return [
    { protocol: { minReaderVersion: READER_VERSION, minWriterVersion: WRITER_VERSION } },
    { metaData: { id: randomUUID(), ...wanted, format, configuration, createdTime: at.getTime() } },
  ];
}

/** Writes a checkpoint when one is due. The commit stands, so a failure is a warning, and a later commit tries again. */
async function maintainCheckpoint(
  log: DeltaLog,
  state: LogState,
  { checkpointInterval, at }: { checkpointInterval: number; at: Date },
): Promise<void> {
  const version = state.version + 1;
  const isOverdue = version - state.checkpointVersion >= 2 * checkpointInterval;
  if (version % checkpointInterval !== 0 && !isOverdue) return;
  if (version === 0) return;
  try {
    const committed = await log.load(version);
    await log.writeCheckpoint(committed, at.getTime() - TOMBSTONE_RETENTION_DAYS * DAY_MS);
  } catch (error) {
    process.emitWarning(
      `table ${log.table}: no checkpoint at version ${version}: ${(error as Error).message}`,
    );
  }
}
