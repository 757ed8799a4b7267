import { limitConcurrency, mapLimited } from '../../lake/s3-limit.ts';

/** Requests at once, of those that ask for one thing each. */
const REQUESTS = 8;
const GONE = /^(ResourceNotFound(Exception)?|NotFoundException|NoSuch(Bucket|Upload))$/;

/** What `read` says of each item, some at a time; what has gone since it was listed is left out. */
export async function readDetails<T, R>(
  items: readonly T[],
  read: (item: T) => Promise<R>,
): Promise<{ item: T; detail: R }[]> {
  const details = await mapLimited(items, limitConcurrency(REQUESTS), async (item) => {
    try {
      return [{ item, detail: await read(item) }];
    } catch (error) {
      if (GONE.test((error as Error).name)) return [];
      throw error;
    }
  });
  return details.flat();
}
