import { rm } from 'node:fs/promises';
import { type Action, applyActions, type LogState, stateActions, toLines } from './delta-actions.ts';
import { writeCheckpointFile } from './delta-checkpoint.ts';
import { findLatestVersion, type LogCommit, loadState, readCommit, readCommitsDown } from './delta-replay.ts';
import { checkpointKey, commitKey, lastCheckpointKey } from './keys.ts';
import type { ObjectStore } from './object-store.ts';

/** The log of one table. */
export type DeltaLog = {
  table: string;
  /** The newest state, or that of a version. Throws InputError for a version that never was, ContractError for a log
   * with a gap. */
  load(version?: number): Promise<LogState>;
  /** Brings a state up to the newest version and returns the commits that it lacked. */
  advance(state: LogState): Promise<LogCommit[]>;
  /** False when the version exists already. */
  append(version: number, actions: readonly Action[]): Promise<boolean>;
  /** Commits from the newest down to the oldest that is kept. */
  commits(): AsyncIterable<LogCommit>;
  /** Stores the state as a checkpoint; tombstones deleted before `tombstonesSince` (epoch ms) are dropped. */
  writeCheckpoint(state: LogState, tombstonesSince: number): Promise<void>;
};

/** Opens the log of a table, which may be absent. */
export function openDeltaLog(store: ObjectStore, table: string): DeltaLog {
  return {
    table,
    load: (version) => loadState(store, table, version),
    async advance(state) {
      const commits: LogCommit[] = [];
      for (;;) {
        const commit = await readCommit(store, table, state.version + 1);
        if (!commit) return commits;
        applyActions(state, commit.version, commit.actions);
        commits.push(commit);
      }
    },
    append(version, actions) {
      return store.write(commitKey(table, version), toLines(actions), { onlyIfAbsent: true });
    },
    async *commits() {
      yield* readCommitsDown(store, table, { first: 0, last: await findLatestVersion(store, table) });
    },
    async writeCheckpoint(state, tombstonesSince) {
      const actions = stateActions(state, tombstonesSince);
      const localPath = await writeCheckpointFile(actions, await store.scratchFolder());
      try {
        await store.writeFile(checkpointKey(table, state.version), localPath);
      } finally {
        await rm(localPath, { force: true });
      }
      const hint = { version: state.version, size: actions.length, numOfAddFiles: state.adds.size };
      await store.write(lastCheckpointKey(table), Buffer.from(JSON.stringify(hint)));
    },
  };
}
