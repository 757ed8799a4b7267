import { availableParallelism } from 'node:os';
import { forecastMany, learnProfiles, type ManyOptions, type SeriesSource } from './forecast-many.ts';
import type { Forecast, NoForecast } from './forecast-series.ts';
import type { WorkerReply, WorkerRequest } from './forecast-worker.ts';
import { batch, CAN_START_THREADS, runOnThreads } from './worker-pool.ts';

export type ParallelOptions = ManyOptions & {
  /** Worker threads; by default one a processor. */
  threads?: number;
  /** Series sent to a worker at a time. */
  batchSize?: number;
  /** The worker's file in a bundle, which has `forecast-worker.ts` as an entry of its own; a bundle without does the work on one thread. */
  workerUrl?: URL;
};

/**
 * `forecastMany` on worker threads: the same forecasts in the same order. It pays from about a thousand series on; at most
 * two batches a thread are in memory.
 */
export async function* forecastParallel(
  source: SeriesSource,
  options: ParallelOptions = {},
): AsyncGenerator<Forecast | NoForecast> {
  const { threads = availableParallelism(), batchSize = 50, workerUrl, ...manyOptions } = options;
  if (workerUrl === undefined && !CAN_START_THREADS) {
    yield* forecastMany(source, manyOptions);
    return;
  }
  const { profiles } = await learnProfiles(source, manyOptions);
  const url = workerUrl ?? new URL('./forecast-thread.mjs', import.meta.url);
  const replies = runOnThreads<WorkerRequest, WorkerReply>(url, requests(), { threads });
  for await (const reply of replies) yield* reply;

  async function* requests(): AsyncGenerator<WorkerRequest> {
    for await (const series of batch(typeof source === 'function' ? source() : source, batchSize))
      yield { batch: series, profiles, options: manyOptions };
  }
}
