import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { learnProfiles, type ManyOptions, type SeriesSource } from './forecast-many.ts';
import type { Forecast, NoForecast } from './forecast-series.ts';
import type { WorkerReply, WorkerRequest } from './forecast-worker.ts';
import type { Series } from './prepare-series.ts';

export type ParallelOptions = ManyOptions & {
  /** Worker threads; by default one a processor. */
  threads?: number;
  /** Series sent to a worker at a time. */
  batchSize?: number;
  /** The worker's file in a bundle, which has `forecast-worker.ts` as an entry of its own. */
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
  const { profiles } = await learnProfiles(source, manyOptions);
  const url = workerUrl ?? new URL('./forecast-thread.mjs', import.meta.url);
  const workers = Array.from({ length: threads }, () => openWorker(url));
  try {
    const pending: Promise<WorkerReply>[] = [];
    let sent = 0;
    for await (const batch of batchSeries(source, batchSize)) {
      const worker = workers[sent++ % threads];
      if (worker) pending.push(worker.ask({ batch, profiles, options: manyOptions }));
      if (pending.length >= 2 * threads) yield* (await pending.shift()) ?? [];
    }
    for (const reply of pending) yield* await reply;
  } finally {
    await Promise.all(workers.map((worker) => worker.close()));
  }
}

/** One question after another; answers come in the order of the questions. */
function openWorker(url: URL) {
  const worker = new Worker(url);
  const waiting: { resolve: (reply: WorkerReply) => void; reject: (error: Error) => void }[] = [];
  worker.on('message', (reply: WorkerReply) => waiting.shift()?.resolve(reply));
  worker.on('error', (error) => {
    for (const { reject } of waiting.splice(0)) reject(error as Error);
  });
  return {
    ask(request: WorkerRequest): Promise<WorkerReply> {
      const reply = new Promise<WorkerReply>((resolve, reject) => waiting.push({ resolve, reject }));
      reply.catch(() => undefined);
      worker.postMessage(request);
      return reply;
    },
    close: () => worker.terminate(),
  };
}

async function* batchSeries(source: SeriesSource, size: number): AsyncGenerator<Series[]> {
  let batch: Series[] = [];
  for await (const series of typeof source === 'function' ? source() : source) {
    batch.push(series);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
