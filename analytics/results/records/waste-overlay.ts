import { openJournal } from '../../lake/journal.ts';
import type { ObjectStore } from '../../lake/object-store.ts';
import {
  foldState,
  STATED_BY_CONFIGURATION,
  STATED_STATUSES,
  WASTE_JOURNAL,
} from '../../waste/finding-state.ts';
import type { Snapshot } from '../snapshot.ts';
import type { Overlay } from './query.ts';
import type { StoredValue } from './record-table.ts';
import { WASTE } from './waste.ts';

const NOT_COUNTED = { is_counted: false, counted_saving_cost: 0n, counted_deferred_saving_cost: 0n };

/**
 * States of findings that people stated after the run. A finding that was dismissed since is no longer counted; what
 * takes its place is counted by the next run.
 */
export function readWasteOverlay(store: ObjectStore): (snapshot: Snapshot) => Promise<Overlay> {
  const journal = openJournal(store, WASTE_JOURNAL);
  return async (snapshot) => {
    const entries = await journal.readAll();
    const overlay = new Map<string, Record<string, StoredValue>>();
    if (entries.size === 0) return overlay;
    const { rowCount, columns } = await snapshot.records(WASTE);
    for (let row = 0; row < rowCount; row += 1) {
      const id = String(columns.id?.[row]);
      const stated = entries.get(id);
      if (!stated || stated.length <= Number(columns.state_sequence?.[row])) continue;
      if (columns.state_by?.[row] === STATED_BY_CONFIGURATION) continue;
      const reopenedDate = (columns.reopened_date?.[row] ?? null) as string | null;
      const { status, ...state } = foldState(stated, snapshot.manifest.as_of, reopenedDate);
      const isFound = STATED_STATUSES.some((each) => each === columns.status?.[row]);
      overlay.set(id, {
        ...state,
        ...(isFound ? { status } : {}),
        ...(status === 'dismissed' ? NOT_COUNTED : {}),
      });
    }
    return overlay;
  };
}
