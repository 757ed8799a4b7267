// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { errorScale } from './conformal.ts';
import {
  type CapacitySeries,
  type Exhaustion,
  type ExhaustionOptions,
  judgeExhaustion,
  modelCapacity,
} from './exhaustion.ts';
import type { SeriesModel } from './model-series.ts';
import { sortedQuantile } from './numeric.ts';
import { hashText } from './random.ts';
import { collectTrajectories, type Trajectory } from './trajectories.ts';
import { batch, CAN_START_THREADS, runOnThreads } from './worker-pool.ts';

/** `pool` names series that go wrong in like ways, such as all of a metric: they learn from each other first. */
export type PooledSeries = CapacitySeries & { pool: string };
/** It is read twice: a function starts again. */
export type CapacitySource = () => Iterable<PooledSeries> | AsyncIterable<PooledSeries>;

export type CapacityForecast = {
  exhaustion: Exhaustion;
  /** The load at each period ahead, one list a probability; none where the series cannot be forecast. */
  levels: { probability: number; values: Float64Array }[];
};

export type CapacityOptions = ExhaustionOptions & {
  /** Between 0 and 1; 0.5 and 0.95 by default. */
  probabilities?: readonly number[];
  /** Series a pool that errors are learnt from: bounds the memory. */
  sampleSize?: number;
  /** Worker threads; by default none, and none in a bundle. They pay from about a thousand series on. */
  threads?: number;
};

/** What was learnt of a pool: paths, and where their quantiles lie at each period, in units of a series' scale. */
type PoolErrors = { trajectories: Trajectory[]; quantiles: Float64Array[] };
export type LearntErrors = { pools: Map<string, PoolErrors>; any: PoolErrors };

const DEFAULT_HORIZON = 90;
const DEFAULT_PROBABILITIES = [0.5, 0.95];
const DEFAULT_SAMPLE_SIZE = 200;
const BATCH_SIZE = 50;
/** A pool with fewer paths of its own also takes those of all others. */
const ENOUGH_MODELS = 30;

/**
 * `forecastExhaustions` for any number of series in constant memory, with the load ahead, in the order of the source. Errors
 * are learnt from a sample that does not depend on the order.
 */
export async function* forecastCapacity(
  source: CapacitySource,
  options: CapacityOptions = {},
): AsyncGenerator<CapacityForecast> {
  const learnt = await learnErrors(source, options);
  const { threads = 0 } = options;
  if (threads === 0 || !CAN_START_THREADS) {
    for await (const series of source()) yield forecastOne(series, learnt, options);
    return;
  }
  const url = new URL('./capacity-thread.mjs', import.meta.url);
  const batches = batch(source(), BATCH_SIZE);
  const replies = runOnThreads<PooledSeries[], CapacityForecast[]>(url, batches, {
    threads,
    workerData: { learnt, options },
  });
  for await (const reply of replies) yield* reply;
}

/** One series with the errors learnt from many. */
export function forecastOne(
  series: PooledSeries,
  learnt: LearntErrors,
  options: CapacityOptions,
): CapacityForecast {
  const { horizon = DEFAULT_HORIZON } = options;
  const model = modelCapacity(series, horizon);
  if ('reason' in model)
    return { exhaustion: { id: series.id, state: 'unknown', reason: model.reason }, levels: [] };
  const { trajectories, quantiles } = learnt.pools.get(series.pool) ?? learnt.any;
  const scale = errorScale(model);
  const floor = model.isNonNegative ? 0 : -Infinity;
  const levels = (options.probabilities ?? DEFAULT_PROBABILITIES).map((probability, j) => ({
    probability,
    values: model.point.map((value, k) => Math.max(floor, value + scale * quantiles[j]![k]!)),
  }));
  return { exhaustion: judgeExhaustion(series, model, trajectories, options), levels };
}

async function learnErrors(source: CapacitySource, options: CapacityOptions): Promise<LearntErrors> {
  const { horizon = DEFAULT_HORIZON, sampleSize = DEFAULT_SAMPLE_SIZE, seed = 0 } = options;
  const samples = new Map<string, { rank: number; series: PooledSeries }[]>();
  for await (const series of source()) {
    const sample = samples.get(series.pool) ?? [];
    samples.set(series.pool, sample);
    sample.push({ rank: hashText(series.id, seed), series });
    if (sample.length >= 2 * sampleSize) keepLowest(sample, sampleSize);
  }
  const models = new Map<string, SeriesModel[]>();
  for (const [pool, sample] of [...samples].sort(([a], [b]) => (a < b ? -1 : 1))) {
    keepLowest(sample, sampleSize);
    const found = sample.map(({ series }) => modelCapacity(series, horizon));
    models.set(pool, found.filter((model): model is SeriesModel => !('reason' in model)).sort(byId));
  }
  const all = [...models.values()].flat().sort(byId);
  const describe = (own: readonly SeriesModel[]) =>
    describePool(collectTrajectories(own, horizon, seed), options, horizon);
  const any = describe(all);
  const pools = [...models].map(
    ([pool, own]) => [pool, own.length >= ENOUGH_MODELS ? describe(own) : any] as const,
  );
  return { pools: new Map(pools), any };
}

function describePool(trajectories: Trajectory[], options: CapacityOptions, horizon: number): PoolErrors {
  const probabilities = options.probabilities ?? DEFAULT_PROBABILITIES;
  const quantiles = probabilities.map(() => new Float64Array(horizon));
  for (let k = 0; k < horizon; k++) {
    const sorted = Float64Array.from(trajectories, (trajectory) => trajectory[k]!).sort();
    for (const [j, probability] of probabilities.entries())
      quantiles[j]![k] = sortedQuantile(sorted, probability);
  }
  return { trajectories, quantiles };
}

function keepLowest(sample: { rank: number; series: PooledSeries }[], size: number): void {
  sample.sort((a, b) => a.rank - b.rank || (a.series.id < b.series.id ? -1 : 1));
  sample.length = Math.min(sample.length, size);
}

function byId(a: SeriesModel, b: SeriesModel): number {
  return a.id < b.id ? -1 : 1;
}
