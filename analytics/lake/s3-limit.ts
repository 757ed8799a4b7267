/** Runs an action when few enough others run. */
export type Limit = <T>(action: () => Promise<T>) => Promise<T>;

/** A limit of `count` actions at once; the others wait in line. */
export function limitConcurrency(count: number): Limit {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (action) => {
    if (running >= count) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await action();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}

/**
 * The results of an action for every item, done side by side as far as the limit lets it. After a failure no more are
 * begun; it is thrown when those under way have ended.
 */
export async function mapLimited<T, R>(
  items: readonly T[],
  limit: Limit,
  action: (item: T) => Promise<R>,
): Promise<R[]> {
  let failure: { error: unknown } | undefined;
  const results = await Promise.all(
    items.map((item) =>
      limit(async () => {
        if (failure) return undefined;
        try {
          return await action(item);
        } catch (error) {
          failure ??= { error };
          return undefined;
        }
      }),
    ),
  );
  if (failure) throw failure.error;
  return results as R[];
}
