import { FEEDBACK_JOURNAL, readFeedback } from '../../alerts/feedback.ts';
import { openJournal } from '../../lake/journal.ts';
import type { ObjectStore } from '../../lake/object-store.ts';
import type { Snapshot } from '../snapshot.ts';
import { ANOMALIES } from './anomalies.ts';
import type { Overlay } from './query.ts';
import type { StoredValue } from './record-table.ts';

/** What people said of incidents after the run that published them. */
export function readAnomaliesOverlay(store: ObjectStore): (snapshot: Snapshot) => Promise<Overlay> {
  const journal = openJournal(store, FEEDBACK_JOURNAL);
  return async (snapshot) => {
    const overlay = new Map<string, Record<string, StoredValue>>();
    const entries = await journal.readAll();
    if (entries.size === 0) return overlay;
    const feedback = readFeedback(entries);
    const { rowCount, columns } = await snapshot.records(ANOMALIES);
    for (let row = 0; row < rowCount; row += 1) {
      const id = String(columns.id?.[row]);
      const said = feedback.get(id);
      if (!said || (entries.get(id)?.length ?? 0) <= Number(columns.statement_count?.[row])) continue;
      overlay.set(id, {
        feedback: said.feedback,
        feedback_by: said.by,
        feedback_at: said.at,
        feedback_reason: said.reason,
        snooze_until: said.snoozeUntil ?? null,
      });
    }
    return overlay;
  };
}
