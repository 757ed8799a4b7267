import { ConflictError } from '../errors.ts';
import { journalEntryKey, journalPrefix, parseJournalKey } from './keys.ts';
import type { ObjectStore } from './object-store.ts';

/** What somebody stated at some time; other fields are the journal's own. */
export type JournalFacts = { at: string; by: string; [field: string]: unknown };
export type JournalEntry = JournalFacts & { sequence: number };

/** Small facts that people state about things, kept for ever: nothing is changed or removed. */
export type Journal = {
  /**
   * Appends an entry to those of `id`; it is durable when this resolves.
   *
   * @param expected how many entries the caller has seen; undefined: it does not matter.
   * @throws ConflictError where `expected` is given and others came in between.
   */
  append(id: string, facts: JournalFacts, expected?: number): Promise<JournalEntry>;
  /** Entries of `id` in order; none is fine. */
  read(id: string): Promise<JournalEntry[]>;
  /** Entries of every id. What was read once is not read again. */
  readAll(): Promise<Map<string, JournalEntry[]>>;
};

/** Opens the journal of a name; it needs no making. One object an entry, each written once. */
export function openJournal(store: ObjectStore, name: string): Journal {
  const known = new Map<string, JournalEntry>();
  const readEntry = async (key: string): Promise<JournalEntry> => {
    const entry =
      known.get(key) ?? (JSON.parse(new TextDecoder().decode(await store.read(key))) as JournalEntry);
    known.set(key, entry);
    return entry;
  };
  const readPrefix = async (prefix: string): Promise<Map<string, JournalEntry[]>> => {
    const byId = new Map<string, JournalEntry[]>();
    for await (const { key } of store.list(prefix)) {
      const id = parseJournalKey(key);
      if (id === undefined) continue;
      const entries = byId.get(id) ?? [];
      byId.set(id, entries);
      entries.push(await readEntry(key));
    }
    return byId;
  };
  const read = async (id: string) => (await readPrefix(journalPrefix(name, id))).get(id) ?? [];
  return {
    read,
    readAll: () => readPrefix(journalPrefix(name)),
    async append(id, facts, expected) {
      for (;;) {
        const count = (await read(id)).length;
        if (expected !== undefined && count !== expected) throw conflict(name, id, expected, count);
        const entry: JournalEntry = { ...facts, sequence: count + 1 };
        const bytes = new TextEncoder().encode(`${JSON.stringify(entry)}\n`);
        if (await store.write(journalEntryKey(name, id, entry.sequence), bytes, { onlyIfAbsent: true }))
          return entry;
      }
    },
  };
}

function conflict(name: string, id: string, expected: number, count: number): ConflictError {
  return new ConflictError(
    `${name} ${id} has ${count} entries, not ${expected}: somebody else changed it in between`,
  );
}
