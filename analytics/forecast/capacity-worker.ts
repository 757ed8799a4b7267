import { parentPort, workerData } from 'node:worker_threads';
import {
  type CapacityOptions,
  forecastOne,
  type LearntErrors,
  type PooledSeries,
} from './capacity-forecast.ts';

const { learnt, options } = workerData as { learnt: LearntErrors; options: CapacityOptions };

parentPort?.on('message', (batch: PooledSeries[]) => {
  parentPort?.postMessage(batch.map((series) => forecastOne(series, learnt, options)));
});
