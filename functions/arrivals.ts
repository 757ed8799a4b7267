import * as z from 'zod';
import type { ObjectStore } from '../analytics/lake/object-store.ts';
import { isManifestName } from '../analytics/sources/data-export/manifest.ts';

/** A manifest in a bucket. */
export type Arrival = { bucket: string; key: string };

/** What S3 sends: its notification, whose keys are encoded as in a form, or the test when it is set up; or an Arrival. */
const arrivalSchema = z.union([
  z.object({
    Records: z.array(
      z.object({
        s3: z.object({ bucket: z.object({ name: z.string() }), object: z.object({ key: z.string() }) }),
      }),
    ),
  }),
  z.object({ Event: z.literal('s3:TestEvent') }),
  z.object({ bucket: z.string(), key: z.string() }),
]);

/** The manifests that a message names; none where it is about other files. Throws ZodError for anything else. */
export function readArrivals(body: unknown): Arrival[] {
  const message = arrivalSchema.parse(body);
  if ('Event' in message) return [];
  const arrivals =
    'key' in message
      ? [message]
      : message.Records.map(({ s3 }) => ({
          bucket: s3.bucket.name,
          key: decodeURIComponent(s3.object.key.replaceAll('+', ' ')),
        }));
  return arrivals.filter(({ key }) => isManifestName(key));
}

/** Keys of manifests written since an instant. */
export async function listManifests(store: ObjectStore, since: Date): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key, modifiedAt } of store.list('')) {
    if (isManifestName(key) && modifiedAt >= since) keys.push(key);
  }
  return keys;
}
