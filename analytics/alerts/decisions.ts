import type { ObjectStore } from '../lake/object-store.ts';
import type { Notification } from './alert.ts';
import { type AlertState, EMPTY_STATE, type Suppression } from './alert-state.ts';

const PREFIX = 'alerts/decisions/';
const DIGITS = 8;

/** What a run decided, as it is kept: whoever writes the next number first has decided. */
export type DecisionRecord = {
  sequence: number;
  decidedAt: string;
  send: Notification[];
  suppressed: { id: string; reason: Suppression['reason']; detail: string }[];
  state: AlertState;
};

/** The last decision; a first one is before all. */
export async function readDecision(store: ObjectStore): Promise<DecisionRecord> {
  let newest: string | undefined;
  for await (const { key } of store.list(PREFIX)) newest = key;
  if (newest === undefined) {
    return { sequence: 0, decidedAt: '', send: [], suppressed: [], state: EMPTY_STATE };
  }
  return JSON.parse(new TextDecoder().decode(await store.read(newest))) as DecisionRecord;
}

/** Keeps a decision for ever; false where another process has decided in between. */
export function writeDecision(store: ObjectStore, record: DecisionRecord): Promise<boolean> {
  const key = `${PREFIX}${String(record.sequence).padStart(DIGITS, '0')}.json`;
  return store.write(key, new TextEncoder().encode(JSON.stringify(record)), { onlyIfAbsent: true });
}
