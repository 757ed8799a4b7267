import type { ObjectStore } from '../../lake/object-store.ts';
import type { Snapshot } from '../snapshot.ts';
import { readAnomaliesOverlay } from './anomalies-overlay.ts';
import type { Overlay } from './query.ts';
import { readWasteOverlay } from './waste-overlay.ts';

/** What people stated after the run that published the rows, by the name of the record result. */
export type Overlays = Readonly<Record<string, (snapshot: Snapshot) => Promise<Overlay>>>;

/** The overlays of every record result that has one. */
export function createOverlays(store: ObjectStore): Overlays {
  return { waste: readWasteOverlay(store), anomalies: readAnomaliesOverlay(store) };
}
