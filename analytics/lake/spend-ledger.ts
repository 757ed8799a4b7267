import type { ObjectStore } from './object-store.ts';

/** Counts requests that cost money, for all processes together, whatever dies when. */
export type SpendLedger = {
  /** Takes one request of the day's allowance; false when none is left. */
  reserve(day: string): Promise<boolean>;
  /** Requests taken on a day. */
  count(day: string): Promise<number>;
};

const SEQUENCE_DIGITS = 8;

/**
 * A ledger in the store: one small object for each request, made before the request is sent, so a request is never sent
 * uncounted. `limit` is the allowance of one day in requests; `name` tells ledgers apart.
 */
export function openSpendLedger(store: ObjectStore, name: string, limit: number): SpendLedger {
  const prefix = (day: string) => `collect/spend/${name}/${day}/`;
  const keyOf = (day: string, sequence: number) =>
    prefix(day) + String(sequence).padStart(SEQUENCE_DIGITS, '0');
  const known = new Map<string, number>();
  const count = async (day: string) => {
    let taken = known.get(day) ?? 0;
    const startAfter = taken === 0 ? {} : { startAfter: keyOf(day, taken) };
    for await (const { key } of store.list(prefix(day), startAfter)) {
      taken = Math.max(taken, Number(key.slice(prefix(day).length)));
    }
    known.set(day, taken);
    return taken;
  };
  return {
    count,
    async reserve(day) {
      for (let next = (await count(day)) + 1; next <= limit; next += 1) {
        const isOurs = await store.write(keyOf(day, next), new Uint8Array(), { onlyIfAbsent: true });
        known.set(day, next);
        if (isOurs) return true;
      }
      return false;
    },
  };
}
