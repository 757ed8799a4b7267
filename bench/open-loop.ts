import { setTimeout as sleep } from 'node:timers/promises';

export type LoadReport = {
  ratePerSecond: number;
  sent: number;
  failed: number;
  /** From the time a request was due to its answer, so waiting in a queue counts. */
  p50Ms: number;
  p99Ms: number;
  maximumMs: number;
};

/**
 * Sends requests at times that do not depend on the answers (Poisson arrivals from a seed), and measures each from the
 * time it was due: a slow server does not slow the load down.
 */
export async function runOpenLoop(options: {
  ratePerSecond: number;
  durationSeconds: number;
  seed: number;
  /** Resolves when the answer is complete; rejects when it is not what was asked for. */
  send: (index: number) => Promise<void>;
}): Promise<LoadReport> {
  const { ratePerSecond, durationSeconds, seed, send } = options;
  const dueTimes = scheduleArrivals(ratePerSecond, durationSeconds, createRandom(seed));
  const latencies: number[] = [];
  let failed = 0;
  const running: Promise<void>[] = [];
  const startedAt = performance.now();
  for (const [index, dueMs] of dueTimes.entries()) {
    const waitMs = dueMs - (performance.now() - startedAt);
    if (waitMs > 0) await waitUntil(startedAt + dueMs);
    const done = send(index).then(
      () => void latencies.push(performance.now() - startedAt - dueMs),
      () => {
        failed += 1;
      },
    );
    running.push(done);
  }
  await Promise.all(running);
  latencies.sort((a, b) => a - b);
  return {
    ratePerSecond,
    sent: dueTimes.length,
    failed,
    p50Ms: takeQuantile(latencies, 0.5),
    p99Ms: takeQuantile(latencies, 0.99),
    maximumMs: latencies.at(-1) ?? Number.NaN,
  };
}

/** Seeded numbers in [0, 1) (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The value that a share of the sorted values does not exceed. */
export function takeQuantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

function scheduleArrivals(ratePerSecond: number, durationSeconds: number, random: () => number): number[] {
  const dueTimes: number[] = [];
  let dueMs = 0;
  while (dueMs < durationSeconds * 1000) {
    dueTimes.push(dueMs);
    dueMs += (-Math.log(1 - random()) * 1000) / ratePerSecond;
  }
  return dueTimes;
}

/** Timers are up to a millisecond late: sleeps for most of it, then yields until it is time. */
async function waitUntil(timeMs: number): Promise<void> {
  const restMs = timeMs - performance.now();
  if (restMs > 3) await sleep(restMs - 2);
  while (performance.now() < timeMs) await new Promise((resolve) => setImmediate(resolve));
}
