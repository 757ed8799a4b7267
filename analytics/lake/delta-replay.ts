import { ContractError, InputError } from '../errors.ts';
import { type Action, applyActions, emptyState, fromLines, type LogState } from './delta-actions.ts';
import { readCheckpointFile } from './delta-checkpoint.ts';
import { checkpointKey, commitKey, lastCheckpointKey, logPrefix, parseLogKey, versionKey } from './keys.ts';
import { ObjectNotFoundError, type ObjectStore } from './object-store.ts';

const READS_AT_ONCE = 32;

export type LogCommit = { version: number; actions: Action[] };

type Listing = { latest: number; checkpoints: number[] };

/**
 * The newest state of a table, or that of a version: from the newest usable checkpoint and the commits after it, else
 * from all commits. Throws InputError for a version that never was, ContractError for a log with a gap.
 */
export async function loadState(store: ObjectStore, table: string, version?: number): Promise<LogState> {
  const hint = version === undefined ? await readHint(store, table) : undefined;
  if (hint !== undefined) {
    const recent = await listLog(store, table, hint);
    const state = await rebuild(store, table, { target: recent.latest, bases: recent.checkpoints });
    if (state) return state;
  }
  const { latest, checkpoints } = await listLog(store, table);
  if (version === undefined && latest < 0) return emptyState(table);
  const target = version ?? latest;
  if (!Number.isInteger(target) || target < 0 || target > latest) {
    const known = latest < 0 ? 'does not exist' : `has versions 0 to ${latest}`;
    throw new InputError(`table ${table} ${known}; version ${version} was asked for`, { where: store.name });
  }
  const state = await rebuild(store, table, { target, bases: [-1, ...checkpoints] });
  if (state) return state;
  throw new ContractError(
    `table ${table} cannot be read at version ${target}: commits are missing from ` +
      `${store.name}/${logPrefix(table)} and no checkpoint makes up for them`,
  );
}

/** The newest version in the log, -1 for none. */
export async function findLatestVersion(store: ObjectStore, table: string): Promise<number> {
  const recent = await listLog(store, table, await readHint(store, table));
  return recent.latest < 0 ? (await listLog(store, table)).latest : recent.latest;
}

/** One commit, or undefined when it is absent. Throws ContractError when it is not JSON lines. */
export async function readCommit(
  store: ObjectStore,
  table: string,
  version: number,
): Promise<LogCommit | undefined> {
  const key = commitKey(table, version);
  const bytes = await readIfPresent(store, key);
  return bytes && { version, actions: fromLines(bytes, `${store.name}: ${key}`) };
}

/** Commits from the newest of a range down to the oldest, many read at once. Ends before one that is absent. */
export async function* readCommitsDown(
  store: ObjectStore,
  table: string,
  { first, last }: { first: number; last: number },
): AsyncGenerator<LogCommit> {
  for (let top = last; top >= first; top -= READS_AT_ONCE) {
    const length = Math.min(READS_AT_ONCE, top - first + 1);
    const reads = Array.from({ length }, (_, index) => readCommit(store, table, top - index));
    for (const commit of await Promise.all(reads)) {
      if (!commit) return;
      yield commit;
    }
  }
}

async function listLog(store: ObjectStore, table: string, fromVersion = 0): Promise<Listing> {
  const listing: Listing = { latest: -1, checkpoints: [] };
  for await (const { key } of store.list(logPrefix(table), { startAfter: versionKey(table, fromVersion) })) {
    const entry = parseLogKey(key);
    if (entry) listing.latest = Math.max(listing.latest, entry.version);
    if (entry?.kind === 'checkpoint') listing.checkpoints.push(entry.version);
  }
  return listing;
}

/** Tries the bases (ascending; -1: before the first commit) up to the target from the newest; undefined if none serves. */
async function rebuild(
  store: ObjectStore,
  table: string,
  { target, bases }: { target: number; bases: readonly number[] },
): Promise<LogState | undefined> {
  for (const base of bases.filter((version) => version <= target).reverse()) {
    const state = base < 0 ? emptyState(table) : await readBase(store, table, base);
    if (state && (await replayTail(store, state, target))) return state;
  }
  return undefined;
}

async function readBase(store: ObjectStore, table: string, version: number): Promise<LogState | undefined> {
  const key = checkpointKey(table, version);
  let actions: Action[];
  try {
    const [localPath = ''] = await store.localPaths([key]);
    actions = await readCheckpointFile(localPath);
  } catch (error) {
    const reason = (error as Error).message;
    process.emitWarning(`${store.name}: ${key} cannot be read, so the log is read without it: ${reason}`);
    return undefined;
  }
  const state = emptyState(table);
  applyActions(state, version, actions);
  state.checkpointVersion = version;
  // A checkpoint does not say when its version was committed; the commit does, where it is kept.
  const { actions: ownActions = [] } = (await readCommit(store, table, version)) ?? {};
  applyActions(
    state,
    version,
    ownActions.filter((action) => action.commitInfo),
  );
  return state;
}

/** False when a commit between the state and the target is absent. */
async function replayTail(store: ObjectStore, state: LogState, target: number): Promise<boolean> {
  const first = state.version + 1;
  // Read by number: a folder's listing may miss a file that appears during the listing.
  const tail: LogCommit[] = [];
  for await (const commit of readCommitsDown(store, state.table, { first, last: target })) tail.push(commit);
  if (tail.length !== target - first + 1) return false;
  for (const commit of tail.reverse()) applyActions(state, commit.version, commit.actions);
  return true;
}

/** The version that `_last_checkpoint` names; undefined when it is absent or torn. */
async function readHint(store: ObjectStore, table: string): Promise<number | undefined> {
  const bytes = await readIfPresent(store, lastCheckpointKey(table));
  if (!bytes) return undefined;
  try {
    const { version } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { version?: unknown };
    return Number.isSafeInteger(version) && Number(version) >= 0 ? Number(version) : undefined;
  } catch {
    return undefined;
  }
}

async function readIfPresent(store: ObjectStore, key: string): Promise<Uint8Array | undefined> {
  try {
    return await store.read(key);
  } catch (error) {
    if (error instanceof ObjectNotFoundError) return undefined;
    throw error;
  }
}
