import { ContractError } from '../errors.ts';
import { ObjectNotFoundError, type ObjectStore } from '../lake/object-store.ts';
import { decodeArrow } from './arrow-file.ts';
import type { ColumnTable } from './column-table.ts';
import type { Manifest } from './manifest.ts';
import type { RecordDefinition } from './records/definition.ts';
import { decodeRecords, type RecordTable } from './records/record-table.ts';
import { RequestError } from './request-error.ts';
import { manifestKey, pointerKey, resultKey } from './result-keys.ts';
import { TABLES, type TableName } from './tables.ts';

/** One published version. It never changes, so it stays consistent while a newer one is published. */
export type Snapshot = {
  version: string;
  manifest: Manifest;
  /** Read when first asked for, then kept. Throws RequestError (404) for a table that the run did not publish. */
  table(name: TableName): Promise<ColumnTable>;
  /** As `table`, for a record result. */
  records(definition: RecordDefinition): Promise<RecordTable>;
};

/** Where to get the newest version from. */
export type ResultsReader = {
  /** Throws RequestError (404) while nothing is published. */
  current(): Promise<Snapshot>;
};

/**
 * Reads published results. The pointer is looked at again after `checkEveryMs` at the earliest; tables stay in memory
 * until the pointer moves.
 */
export function openResults(options: {
  store: ObjectStore;
  checkEveryMs?: number;
  now?: () => number;
}): ResultsReader {
  const { store, checkEveryMs = 0, now = Date.now } = options;
  let snapshot: Promise<Snapshot> | undefined;
  let checkedAt = 0;
  const refresh = async (old: Promise<Snapshot> | undefined) => {
    const version = await readPointer(store);
    const known = await old?.catch(() => undefined);
    return known?.version === version ? known : readSnapshot(store, version);
  };
  return {
    async current() {
      if (!snapshot || now() - checkedAt >= checkEveryMs) {
        checkedAt = now();
        const old = snapshot;
        const refreshed = refresh(old);
        snapshot = refreshed;
        refreshed.catch(() => {
          if (snapshot === refreshed) snapshot = old;
          checkedAt = Number.NEGATIVE_INFINITY;
        });
      }
      return snapshot;
    },
  };
}

/** Reads the manifest of a version; its tables follow when they are asked for. */
export async function readSnapshot(store: ObjectStore, version: string): Promise<Snapshot> {
  const manifest = readJson(await store.read(manifestKey(version))) as Manifest;
  const readBytes = (name: string) => store.read(resultKey(manifest.version, name, 'arrow'));
  return {
    version,
    manifest,
    table: keepAnswers((name) =>
      readTable(manifest, name, async () => decodeArrow(TABLES[name], await readBytes(name))),
    ),
    records: keepAnswers((definition) =>
      readTable(manifest, definition.model, async () =>
        decodeRecords(definition, await readBytes(definition.model)),
      ),
    ),
  };
}

/** The version that is published now. Throws RequestError (404) when there is none. */
export async function readPointer(store: ObjectStore): Promise<string> {
  const bytes = await store.read(pointerKey()).catch((error) => {
    if (!(error instanceof ObjectNotFoundError)) throw error;
    throw new RequestError(404, 'nothing is published yet', { remedy: 'Run `headroom run` first.' });
  });
  return (readJson(bytes) as { version: string }).version;
}

/** Calls once for each argument; a failure is not kept. */
function keepAnswers<A, T>(read: (argument: A) => Promise<T>): (argument: A) => Promise<T> {
  const answers = new Map<A, Promise<T>>();
  return (argument) => {
    let answer = answers.get(argument);
    if (!answer) {
      answer = read(argument);
      answers.set(argument, answer);
      answer.catch(() => answers.delete(argument));
    }
    return answer;
  };
}

async function readTable<T extends { rowCount: number }>(
  manifest: Manifest,
  name: string,
  read: () => Promise<T>,
): Promise<T> {
  const published = manifest.tables[name];
  if (!published) throw new RequestError(404, `version ${manifest.version} has no ${name}`);
  const table = await read();
  if (table.rowCount !== published.rows) {
    throw new ContractError(`published table ${name} has ${table.rowCount} rows, not ${published.rows}`);
  }
  return table;
}

function readJson(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(bytes));
}
