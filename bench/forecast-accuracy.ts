import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { toDate, toDayNumber } from '../analytics/forecast/calendar.ts';
import { seasonalEts } from '../analytics/forecast/ets.ts';
import { forecastExhaustions } from '../analytics/forecast/exhaustion.ts';
import { forecastMany } from '../analytics/forecast/forecast-many.ts';
import { forecastParallel } from '../analytics/forecast/forecast-parallel.ts';
import { forecastSeries } from '../analytics/forecast/forecast-series.ts';
import { forecastLandings } from '../analytics/forecast/landing.ts';
import type { Method } from '../analytics/forecast/method.ts';
import { forecastNaive2 } from '../analytics/forecast/naive2.ts';
import { differenceScale, fitLine, mean } from '../analytics/forecast/numeric.ts';
import type { Series } from '../analytics/forecast/prepare-series.ts';
import { THETA } from '../analytics/forecast/theta.ts';
import { scoreCoverage, scoreMase, scoreMsis, scoreProbabilities, scoreSmape } from './forecast-score.ts';
import {
  FIRST_DATE,
  FIRST_VIEW,
  generateCosts,
  generateUtilization,
  SECOND_VIEW,
} from './generated-series.ts';
import { type M4Series, readM4Weekly } from './m4-weekly.ts';
import { describeMachine, formatTable, writeSection } from './report.ts';

/**
 * Accuracy and speed of the forecasts. `--quick` takes fewer series; `--dry-run` leaves docs/benchmarks.md alone;
 * HEADROOM_PYTHON names a Python with statsforecast to set beside ours.
 */
const M4_HORIZON = 13;
/** Intervals are learnt from so many series, so that learning is the small part that it is of many series. */
const SPEED_SAMPLE_SIZE = 50;
const PUBLISHED_NAIVE2 = { smape: 9.161, mase: 2.777 };
const { values: flags } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, 'dry-run': { type: 'boolean', default: false } },
});
const scale = flags.quick ? 0.2 : 1;

const parts = [
  await reportM4(),
  reportLanding(),
  reportExhaustion(),
  await reportSpeed(),
  `Machine: ${describeMachine()}. Command: \`npx tsx bench/forecast-accuracy.ts${flags.quick ? ' --quick' : ''}\`.`,
];
const markdown = `## Forecasts\n\n${parts.filter((part) => part !== '').join('\n\n')}`;
console.log(markdown);
if (!flags['dry-run']) writeSection('forecast-accuracy', markdown);

async function reportM4(): Promise<string> {
  const all = readM4Weekly();
  if (all === undefined) return 'M4 Weekly: not measured, the shared data folder is absent.';
  const naive2 = all.map(({ history }) => forecastNaive2(history, 1, M4_HORIZON));
  const yardstick = scorePoints(all, naive2);
  const withMethod = (method: Method) =>
    all.map(({ history }) =>
      (history.length >= method.minimumLength ? method : THETA).fit(history).forecast(history, M4_HORIZON),
    );
  const started = performance.now();
  const rows = [
    describeScores('Naive2', yardstick, yardstick),
    describeScores('Naive2 as published', PUBLISHED_NAIVE2, yardstick),
    describeScores('Theta', scorePoints(all, withMethod(THETA)), yardstick),
    describeScores(
      'ETS(A,Ad,M), 52 weeks',
      scorePoints(all, withMethod(seasonalEts(52, 'multiplicative'))),
      yardstick,
    ),
  ];
  const external = compareStatsforecast(all);
  if (external !== undefined)
    rows.push(describeScores('statsforecast AutoETS', scorePoints(all, external), yardstick));
  const before = performance.now();
  const pooled = await collectM4(all);
  const secondsPooled = (performance.now() - before) / 1000;
  rows.push(
    describeScores(
      '**Headroom**',
      scorePoints(
        all,
        pooled.map(({ point }) => point),
      ),
      yardstick,
    ),
  );
  const intervals = describeIntervals(all, pooled);
  const alone = describeIntervals(
    all,
    all.map((series) => mustForecast(forecastSeries(toSeries(series), { horizon: M4_HORIZON }))),
  );
  console.error(`M4: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return [
    `### M4 Weekly, ${all.length} series, 13 weeks ahead`,
    formatTable(['method', 'sMAPE', 'MASE', 'OWA'], rows),
    formatTable(
      ['intervals of 95 %', 'MSIS', 'coverage', 'coverage of 80 %'],
      [
        ['errors pooled over series', ...intervals],
        ['each series alone', ...alone],
      ],
    ),
    `Each series' weights and intervals come from the training parts alone. All series with intervals: ${secondsPooled.toFixed(1)} s on one core.`,
  ].join('\n\n');
}

function toSeries({ id, history }: M4Series): Series {
  return { id, frequency: 'weekly', values: history };
}

function mustForecast<T extends { isForecast: boolean }>(forecast: T): Extract<T, { isForecast: true }> {
  if (!forecast.isForecast) throw new Error('A series of the benchmark has no forecast');
  return forecast as Extract<T, { isForecast: true }>;
}

async function collectM4(all: readonly M4Series[]) {
  const forecasts = [];
  for await (const forecast of forecastMany(all.map(toSeries), { horizon: M4_HORIZON })) {
    forecasts.push(mustForecast(forecast));
  }
  return forecasts;
}

type PointScores = { smape: number; mase: number };

function scorePoints(all: readonly M4Series[], points: readonly Float64Array[]): PointScores {
  const of = (i: number) => points[i] ?? new Float64Array(0);
  return {
    smape: mean(all.map(({ actual }, i) => scoreSmape(actual, of(i)))),
    mase: mean(all.map(({ actual, history }, i) => scoreMase(actual, of(i), differenceScale(history, 1)))),
  };
}

function describeScores(name: string, { smape, mase }: PointScores, yardstick: PointScores): string[] {
  const owa = (smape / yardstick.smape + mase / yardstick.mase) / 2;
  return [name, smape.toFixed(3), mase.toFixed(3), owa.toFixed(3)];
}

type WithIntervals = { intervals: { level: number; low: Float64Array; high: Float64Array }[] };

function describeIntervals(all: readonly M4Series[], forecasts: readonly WithIntervals[]): string[] {
  const of = (i: number, level: number) =>
    forecasts[i]?.intervals.find((each) => each.level === level) ?? {
      low: new Float64Array(0),
      high: new Float64Array(0),
    };
  const msis = mean(
    all.map(({ actual, history }, i) => {
      const { low, high } = of(i, 0.95);
      return scoreMsis(actual, low, high, differenceScale(history, 1), 0.95);
    }),
  );
  const coverage = (level: number) =>
    mean(all.map(({ actual }, i) => scoreCoverage(actual, of(i, level).low, of(i, level).high)));
  return [msis.toFixed(2), percent(coverage(0.95)), percent(coverage(0.8))];
}

function compareStatsforecast(all: readonly M4Series[]): Float64Array[] | undefined {
  const python = process.env.HEADROOM_PYTHON;
  if (python === undefined) return undefined;
  const script = path.join(import.meta.dirname, 'statsforecast-points.py');
  const input = JSON.stringify({
    season: 52,
    horizon: M4_HORIZON,
    series: all.map(({ history }) => Array.from(history)),
  });
  const run = spawnSync(python, [script], {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  if (run.status !== 0) throw new Error(`${script} failed`);
  return (JSON.parse(run.stdout) as number[][]).map((point) => Float64Array.from(point));
}

function reportLanding(): string {
  const count = Math.round(200 * scale);
  const dayCount = 540;
  const all = generateCosts(7, count, dayCount);
  const start = toDayNumber(FIRST_DATE);
  const rows = [7, 14, 21].map((dayOfMonth) => {
    let [missed, missedRunRate, total, held, landed] = [0, 0, 0, 0, 0];
    let [missedQuiet, totalQuiet] = [0, 0];
    for (const { first, length } of listMonths(start, dayCount).slice(6)) {
      const now = first + dayOfMonth;
      const known = all.map(({ cost, seenFirst, seenSecond }) => [
        ...cost.slice(0, now - 2),
        seenSecond[now - 2] ?? 0,
        seenFirst[now - 1] ?? 0,
      ]);
      const series = all.map(({ id }, i) => ({ id, firstDate: FIRST_DATE, dailyCost: known[i] ?? [] }));
      const landings = forecastLandings(series, {
        asOf: toDate(start + now),
        completeness: [FIRST_VIEW, SECOND_VIEW],
        level: 0.9,
      });
      landings.forEach((each, i) => {
        const { landing, low, high } = mustForecast(each);
        const actual = sum(all[i]?.cost.slice(first, first + length) ?? []);
        const runRate = (sum(known[i]?.slice(first) ?? []) / dayOfMonth) * length;
        missed += Math.abs(landing - actual);
        missedRunRate += Math.abs(runRate - actual);
        total += Math.abs(actual);
        const isQuiet = !all[i]?.eventDays.some((day) => day >= now - 2 && day < first + length);
        missedQuiet += isQuiet ? Math.abs(landing - actual) : 0;
        totalQuiet += isQuiet ? Math.abs(actual) : 0;
        held += actual >= low && actual <= high ? 1 : 0;
        landed++;
      });
    }
    return [
      `day ${dayOfMonth}`,
      percent(missed / total),
      percent(missedQuiet / totalQuiet),
      percent(missedRunRate / total),
      percent(held / landed),
    ];
  });
  return [
    `### Landing of the month, ${count} generated daily cost series, 11 months`,
    formatTable(
      [
        'known until',
        'WAPE',
        'WAPE where nothing unannounced is still to come',
        'WAPE of the run rate',
        'coverage of 90 %',
      ],
      rows,
    ),
    'The last two days are incomplete when seen (75 % and 96.5 % of their cost on average). Fees, credits, growth, weekends and unannounced events as in `bench/generated-series.ts`.',
  ].join('\n\n');
}

function listMonths(start: number, dayCount: number): { first: number; length: number }[] {
  const months: { first: number; length: number }[] = [];
  for (let first = 0; ; ) {
    const next = `${toDate(start + first + 31).slice(0, 7)}-01`;
    const length = toDayNumber(next) - start - first;
    if (first + length > dayCount) return months;
    months.push({ first, length });
    first += length;
  }
}

function reportExhaustion(): string {
  const horizon = 90;
  const count = Math.round(2500 * scale);
  const all = generateUtilization(3, count, 365, horizon);
  const series = all.map(({ id, history, threshold }) => ({
    id,
    frequency: 'daily' as const,
    values: history,
    threshold,
    saturation: 100,
  }));
  const results = forecastExhaustions(series, { horizon });
  const rows = [30, 60, 90].map((periods) => {
    const said: { said: number; came: boolean }[] = [];
    const line: { said: number; came: boolean }[] = [];
    results.forEach((result, i) => {
      const source = all[i];
      if (result.state !== 'forecast' || source === undefined) return;
      const came = source.future.slice(0, periods).some((value) => value >= source.threshold);
      const probability =
        result.probabilities.find((each) => each.periods === periods)?.probability ?? Number.NaN;
      said.push({ said: probability, came });
      const { intercept, slope } = fitLine(source.history.slice(-30));
      line.push({ said: intercept + slope * (29 + periods) >= source.threshold ? 1 : 0, came });
    });
    const ours = scoreProbabilities(said);
    return [
      `${periods} days`,
      `${said.length}`,
      percent(ours.baseRate),
      ours.brierSkill.toFixed(3),
      ours.calibrationError.toFixed(3),
      scoreProbabilities(line).brierSkill.toFixed(3),
    ];
  });
  return [
    `### Exhaustion, ${count} generated daily utilization series, threshold 85 %`,
    formatTable(
      [
        'within',
        'series below it now',
        'reached',
        'Brier skill',
        'calibration error',
        'Brier skill of a straight line',
      ],
      rows,
    ),
    'Skill against always saying the share that reached it; calibration error in tenths.',
  ].join('\n\n');
}

async function reportSpeed(): Promise<string> {
  const daily = generateCosts(5, Math.round(2000 * scale), 540).map(
    ({ id, cost }): Series => ({ id, frequency: 'daily', values: cost }),
  );
  const hourly = Array.from({ length: Math.round(600 * scale) }, (_, i): Series => {
    const days = generateCosts(900 + i, 1, 60)[0]?.cost ?? [];
    const values = days.flatMap((cost, day) =>
      Array.from({ length: 24 }, (_, hour) => (cost / 24) * (1 + 0.4 * Math.sin((hour + day / 7) / 3.8))),
    );
    return { id: `hours-${i}`, frequency: 'hourly', values };
  });
  for (const series of daily.slice(0, 100)) forecastSeries(series);
  const rows = [
    await timeSeries('daily, 540 days', daily, 1),
    await timeSeries('hourly, 60 days', hourly, 1),
    await timeSeries('hourly, 60 days', hourly, 2),
  ];
  return [
    '### Speed, with intervals',
    formatTable(['series', 'count', 'threads', 'series a second', '10,000 take', 'heap after'], rows),
  ].join('\n\n');
}

async function timeSeries(name: string, series: readonly Series[], threads: number): Promise<string[]> {
  const started = performance.now();
  const options = { sampleSize: SPEED_SAMPLE_SIZE };
  const source =
    threads > 1 ? forecastParallel(series, { ...options, threads }) : forecastMany(series, options);
  let count = 0;
  for await (const _ of source) count++;
  const seconds = (performance.now() - started) / 1000;
  return [
    name,
    `${count}`,
    `${threads}`,
    (count / seconds).toFixed(0),
    `${((10_000 / count) * seconds).toFixed(0)} s`,
    `${Math.round(process.memoryUsage().heapUsed / 2 ** 20)} MiB`,
  ];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function percent(ratio: number): string {
  return `${(100 * ratio).toFixed(2)} %`;
}
