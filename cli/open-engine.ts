import { type Engine, openDuckdb } from '../analytics/engine/duckdb.ts';
import type { ObjectStore } from '../analytics/lake/object-store.ts';

/** Runs a job with an engine as bounded by `--memory` and `--threads`. */
export async function withEngine<T>(
  store: ObjectStore,
  { memory, threads }: { memory?: number; threads?: number },
  job: (engine: Engine) => Promise<T>,
): Promise<T> {
  const engine = await openDuckdb({
    tempFolder: await store.scratchFolder(),
    ...(memory === undefined ? {} : { memoryLimitGib: memory }),
    ...(threads === undefined ? {} : { threads }),
  });
  try {
    return await job(engine);
  } finally {
    engine.close();
  }
}
