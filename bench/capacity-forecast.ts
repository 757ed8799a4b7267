import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import {
  type CapacityForecast,
  type CapacityOptions,
  forecastCapacity,
  type PooledSeries,
} from '../analytics/forecast/capacity-forecast.ts';
import { forecastMany } from '../analytics/forecast/forecast-many.ts';
import { forecastParallel } from '../analytics/forecast/forecast-parallel.ts';
import { forecastSeries } from '../analytics/forecast/forecast-series.ts';
import { fitLine } from '../analytics/forecast/numeric.ts';
import type { Series } from '../analytics/forecast/prepare-series.ts';
import { scoreProbabilities } from './forecast-score.ts';
import { generateCosts, generateUtilization, type UtilizationSeries } from './generated-series.ts';
import { describeMachine, formatTable, writeSection } from './report.ts';

/**
 * Accuracy of the capacity forecasts by how much history there is, and how many series a machine forecasts. `--quick` takes
 * a twentieth; `--dry-run` leaves docs/benchmarks.md alone; `--threads` are 2 unless said otherwise.
 */
const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    'dry-run': { type: 'boolean', default: false },
    threads: { type: 'string', default: '2' },
  },
});
const scale = flags.quick ? 0.05 : 1;
const threads = Number(flags.threads);
const HORIZON_DAYS = 90;
const HOURS_A_DAY = 24;
const HOURLY_DAYS = 60;
const DAILY_DAYS = 540;
const SAMPLE_MILLISECONDS = 100;

const parts = [
  await reportAccuracy(),
  await reportSpeed(),
  `Machine: ${describeMachine()}. Command: \`npx tsx bench/capacity-forecast.ts${flags.quick ? ' --quick' : ''}\`.`,
];
const markdown = `## Capacity forecasts\n\n${parts.join('\n\n')}`;
console.log(markdown);
if (!flags['dry-run']) writeSection('capacity-forecast', markdown);

async function reportAccuracy(): Promise<string> {
  const count = Math.max(200, Math.round(2500 * scale));
  const rows: string[][] = [];
  for (const days of [365, 180, 93]) {
    const all = generateUtilization(11, count, 365, HORIZON_DAYS).map((each) => ({
      ...each,
      history: each.history.slice(-days),
    }));
    const forecasts: CapacityForecast[] = [];
    for await (const each of forecastCapacity(() => toPooled(all), { horizon: HORIZON_DAYS }))
      forecasts.push(each);
    for (const periods of [30, 60, 90]) rows.push(describeAccuracy(all, forecasts, days, periods));
  }
  return [
    `### Exhaustion and load ahead, ${count} generated daily utilization series, threshold 85 %`,
    formatTable(
      [
        'history',
        'within',
        'series below it now',
        'reached',
        'Brier skill',
        'calibration error',
        'Brier skill of a straight line',
        'WAPE of the median',
        'days at or below the 95th percentile',
      ],
      rows,
    ),
    'Skill against always saying the share that reached it; calibration error in tenths; the load is judged over all days up to the distance.',
  ].join('\n\n');
}

function describeAccuracy(
  all: readonly UtilizationSeries[],
  forecasts: readonly CapacityForecast[],
  days: number,
  periods: number,
): string[] {
  const said: { said: number; came: boolean }[] = [];
  const line: { said: number; came: boolean }[] = [];
  let [error, total, held, dayCount] = [0, 0, 0, 0];
  forecasts.forEach(({ exhaustion, levels }, i) => {
    const source = all[i];
    if (source === undefined) return;
    source.future.slice(0, periods).forEach((load, k) => {
      error += Math.abs((levels[0]?.values[k] ?? Number.NaN) - load);
      total += load;
      held += load <= (levels[1]?.values[k] ?? Number.NaN) ? 1 : 0;
      dayCount++;
    });
    if (exhaustion.state !== 'forecast') return;
    const came = source.future.slice(0, periods).some((load) => load >= source.threshold);
    const found = exhaustion.probabilities.find((each) => each.periods === periods);
    said.push({ said: found?.probability ?? Number.NaN, came });
    const { intercept, slope } = fitLine(source.history.slice(-30));
    line.push({ said: intercept + slope * (29 + periods) >= source.threshold ? 1 : 0, came });
  });
  const ours = scoreProbabilities(said);
  return [
    `${days} days`,
    `${periods} days`,
    `${said.length}`,
    percent(ours.baseRate),
    ours.brierSkill.toFixed(3),
    ours.calibrationError.toFixed(3),
    scoreProbabilities(line).brierSkill.toFixed(3),
    percent(error / total),
    percent(held / dayCount),
  ];
}

function* toPooled(all: Iterable<UtilizationSeries>): Generator<PooledSeries> {
  for (const { id, history, threshold } of all)
    yield { id, frequency: 'daily', pool: 'cpu', values: history, threshold, saturation: 100 };
}

async function reportSpeed(): Promise<string> {
  for (const { id, cost } of generateCosts(5, 100, DAILY_DAYS))
    forecastSeries({ id, frequency: 'daily', values: cost });
  const dailyCount = Math.round(10_000 * scale);
  const hourlyCount = Math.round(10_000 * scale);
  const one = { threads: 1, count: dailyCount };
  const several = { threads, count: hourlyCount };
  const rows = [
    await measure(
      `daily, ${DAILY_DAYS} days`,
      one,
      forecastMany(() => makeDaily(dailyCount)),
    ),
    await measure(
      `hourly, ${HOURLY_DAYS} days`,
      several,
      forecastParallel(() => makeHourly(hourlyCount), { threads }),
    ),
    ...(await measureCapacity(hourlyCount)),
  ];
  return [
    '### Speed, with intervals',
    formatTable(['series', 'count', 'threads', 'seconds', 'series a second', 'highest heap'], rows),
    'Series are made as they are read. The heap is that of the main thread, which holds what is under way.',
  ].join('\n\n');
}

/** Twice: four times the series must not need more memory. */
async function measureCapacity(count: number): Promise<string[][]> {
  const rows: string[][] = [];
  for (const n of [count / 4, count]) {
    const options: CapacityOptions = { horizon: HORIZON_DAYS, threads };
    const source = () => toPooled(makeUtilization(Math.round(n)));
    rows.push(
      await measure(
        'capacity, 365 days, 90 ahead',
        { threads, count: Math.round(n) },
        forecastCapacity(source, options),
      ),
    );
  }
  return rows;
}

async function measure(
  name: string,
  { threads, count }: { threads: number; count: number },
  source: AsyncIterable<unknown>,
): Promise<string[]> {
  globalThis.gc?.();
  const started = performance.now();
  const before = process.memoryUsage().heapUsed;
  let highest = before;
  const watch = new AbortController();
  const watching = (async () => {
    while (!watch.signal.aborted) {
      highest = Math.max(highest, process.memoryUsage().heapUsed);
      await setTimeout(SAMPLE_MILLISECONDS, undefined, { signal: watch.signal }).catch(() => undefined);
    }
  })();
  let found = 0;
  for await (const _ of source) found++;
  const seconds = (performance.now() - started) / 1000;
  watch.abort();
  await watching;
  if (found !== count) throw new Error(`${found} forecasts of ${count} series`);
  return [
    name,
    `${count}`,
    `${threads}`,
    seconds.toFixed(1),
    (count / seconds).toFixed(0),
    `${Math.round(highest / 2 ** 20)} MiB`,
  ];
}

function* makeDaily(count: number): Generator<Series> {
  for (let i = 0; i < count; i++)
    for (const { cost } of generateCosts(31 + i, 1, DAILY_DAYS))
      yield { id: `days-${i}`, frequency: 'daily', values: cost };
}

function* makeHourly(count: number): Generator<Series> {
  for (let i = 0; i < count; i++) {
    const days = generateCosts(900 + i, 1, HOURLY_DAYS)[0]?.cost ?? [];
    const values = days.flatMap((cost, day) =>
      Array.from(
        { length: HOURS_A_DAY },
        (_, hour) => (cost / HOURS_A_DAY) * (1 + 0.4 * Math.sin((hour + day / 7) / 3.8)),
      ),
    );
    yield { id: `hours-${i}`, frequency: 'hourly', values };
  }
}

function* makeUtilization(count: number): Generator<UtilizationSeries> {
  for (let i = 0; i < count; i++)
    for (const each of generateUtilization(77 + i, 1, 365, HORIZON_DAYS)) yield { ...each, id: `used-${i}` };
}

function percent(ratio: number): string {
  return `${(100 * ratio).toFixed(2)} %`;
}
