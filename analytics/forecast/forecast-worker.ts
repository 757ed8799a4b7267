import { parentPort } from 'node:worker_threads';
import type { ManyOptions, Profiles } from './forecast-many.ts';
import { type Forecast, forecastSeries, type NoForecast } from './forecast-series.ts';
import type { Series } from './prepare-series.ts';

export type WorkerRequest = { batch: Series[]; profiles: Profiles; options: ManyOptions };
export type WorkerReply = (Forecast | NoForecast)[];

parentPort?.on('message', ({ batch, profiles, options }: WorkerRequest) => {
  const reply: WorkerReply = batch.map((series) => {
    const profile = profiles[series.frequency];
    return forecastSeries(series, profile === undefined ? options : { ...options, profile });
  });
  parentPort?.postMessage(reply);
});
