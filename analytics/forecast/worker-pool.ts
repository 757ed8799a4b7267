import { Worker } from 'node:worker_threads';

/** Only sources as they stand can start a thread: a bundle has no file for it, and does the work on one. */
export const CAN_START_THREADS = import.meta.url.endsWith('.ts');

/**
 * Answers of worker threads to batches, in the order of the batches; each thread is asked in turn and at most two batches
 * a thread are under way.
 *
 * @param url what a thread runs: it posts one answer to each message. `workerData` is given to each once.
 */
export async function* runOnThreads<Batch, Reply>(
  url: URL,
  batches: AsyncIterable<Batch>,
  { threads, workerData }: { threads: number; workerData?: unknown },
): AsyncGenerator<Reply> {
  const workers = Array.from({ length: threads }, () => openWorker<Batch, Reply>(url, workerData));
  try {
    const pending: Promise<Reply>[] = [];
    let sent = 0;
    for await (const batch of batches) {
      const worker = workers[sent++ % threads];
      if (worker) pending.push(worker.ask(batch));
      const next = pending.length >= 2 * threads ? pending.shift() : undefined;
      if (next) yield await next;
    }
    for (const reply of pending) yield await reply;
  } finally {
    await Promise.all(workers.map((worker) => worker.close()));
  }
}

/** Items in lists of `size`, the last one shorter. */
export async function* batch<Item>(
  source: Iterable<Item> | AsyncIterable<Item>,
  size: number,
): AsyncGenerator<Item[]> {
  let items: Item[] = [];
  for await (const item of source) {
    items.push(item);
    if (items.length < size) continue;
    yield items;
    items = [];
  }
  if (items.length > 0) yield items;
}

/** One question after another; answers come in the order of the questions. */
function openWorker<Batch, Reply>(url: URL, workerData: unknown) {
  const worker = new Worker(url, { workerData });
  const waiting: { resolve: (reply: Reply) => void; reject: (error: Error) => void }[] = [];
  worker.on('message', (reply: Reply) => waiting.shift()?.resolve(reply));
  worker.on('error', (error) => {
    for (const { reject } of waiting.splice(0)) reject(error as Error);
  });
  return {
    ask(request: Batch): Promise<Reply> {
      const reply = new Promise<Reply>((resolve, reject) => waiting.push({ resolve, reject }));
      reply.catch(() => undefined);
      worker.postMessage(request);
      return reply;
    },
    close: () => worker.terminate(),
  };
}
