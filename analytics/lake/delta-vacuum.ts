import type { DeltaLog } from './delta-log.ts';
import { dataKey, isDataKey, tablePrefix } from './keys.ts';
import type { ObjectStore } from './object-store.ts';

const DEFAULT_RETENTION_HOURS = 168;
const HOUR_MS = 60 * 60 * 1000;

export type VacuumOptions = {
  /** Grace for readers and for files that are not committed yet. Shorter than the longest import, it may remove what a
   * running import is about to commit. */
  retentionHours?: number;
  /** Versions that must stay readable. */
  keepVersions?: number[];
  now?: Date;
  dryRun?: boolean;
};

/**
 * Removes the data files that are needed neither by the newest version, nor by a version that was the newest at some
 * time within the retention, nor by a version to keep, and that are older than the retention. The log stays whole.
 * Returns the keys that it removed, or would. Throws InputError for a version to keep that never was.
 */
export async function vacuumTable(
  store: ObjectStore,
  log: DeltaLog,
  {
    retentionHours = DEFAULT_RETENTION_HOURS,
    keepVersions = [],
    now = new Date(),
    dryRun = false,
  }: VacuumOptions,
): Promise<{ removed: string[] }> {
  const cutoff = now.getTime() - retentionHours * HOUR_MS;
  // Files are listed before the log is read: one that is committed in between is then known to be needed.
  const old: string[] = [];
  for await (const { key, modifiedAt } of store.list(tablePrefix(log.table))) {
    if (isDataKey(log.table, key) && modifiedAt.getTime() <= cutoff) old.push(key);
  }
  const needed = await findNeededPaths(log, cutoff, keepVersions);
  const neededKeys = new Set([...needed].map((path) => dataKey(log.table, path)));
  const removed = old.filter((key) => !neededKeys.has(key));
  if (!dryRun) for (const key of removed) await store.remove(key);
  return { removed };
}

/** Paths of all versions that were the newest at the cutoff (epoch ms) or later, and of those to keep. */
async function findNeededPaths(
  log: DeltaLog,
  cutoff: number,
  keepVersions: readonly number[],
): Promise<Set<string>> {
  const needed = new Set<string>();
  const whole = new Set(keepVersions);
  for await (const { version, actions } of log.commits()) {
    for (const { add } of actions) if (add) needed.add(add.path);
    const timestamp = actions.find((action) => action.commitInfo)?.commitInfo?.timestamp;
    if (timestamp !== undefined && timestamp <= cutoff) {
      whole.add(version);
      break;
    }
  }
  for (const version of whole) {
    const state = await log.load(version);
    for (const path of state.adds.keys()) needed.add(path);
  }
  return needed;
}
