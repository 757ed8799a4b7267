import type { ObjectStore } from '../../lake/object-store.ts';
import type { Overlay } from './query.ts';

/** What people stated after the run that published the rows, by the name of the record result. */
export type Overlays = Readonly<Record<string, () => Promise<Overlay>>>;

/** The overlays of every record result that has one. */
export function createOverlays(_store: ObjectStore): Overlays {
  return {};
}
