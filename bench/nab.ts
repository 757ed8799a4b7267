// biome-ignore-all lint/style/noNonNullAssertion: arrays are indexed within their bounds
import { parseArgs } from 'node:util';
import { createStreamDetector, STREAM_ALARM_SCORE } from '../analytics/anomaly/stream-detector.ts';
import { createRandom } from '../analytics/forecast/random.ts';
import { type NabSeries, readNab } from './nab-data.ts';
import { bestNabThreshold, PROFILES, type Profile, scoreNab } from './nab-score.ts';
import { describeMachine, formatTable, writeSection } from './report.ts';

/** The Numenta Anomaly Benchmark; `--data DIR` names a checkout of it, `--dry-run` leaves docs/benchmarks.md alone. */
const SPLITS = 20;

export function scoreStreams(all: readonly NabSeries[]): Float64Array[] {
  return all.map(({ values }) => {
    const detector = createStreamDetector();
    return values.map((value) => detector.push(value).score);
  });
}

/** The threshold is chosen on one half of the series and scored on the other, both ways, over many random halves. */
export function scoreHeldOut(
  all: readonly NabSeries[],
  scores: readonly Float64Array[],
  profile: Profile,
): number[] {
  return Array.from({ length: SPLITS }, (_, seed) => {
    const random = createRandom(seed + 1);
    const order = all.map((_, i) => ({ i, key: random.uniform() })).sort((a, b) => a.key - b.key);
    const half = order.length >> 1;
    const halves = [order.slice(0, half), order.slice(half)];
    let [total, windows] = [0, 0];
    for (const [train, test] of [halves, [...halves].reverse()]) {
      const threshold = bestNabThreshold(pick(all, train!), pick(scores, train!), profile);
      const count = pick(all, test!).reduce((sum, each) => sum + each.windows.length, 0);
      total += count * scoreNab(pick(all, test!), pick(scores, test!), threshold, profile);
      windows += count;
    }
    return total / windows;
  });
}

const pick = <T>(all: readonly T[], chosen: readonly { i: number }[]) => chosen.map(({ i }) => all[i]!);

function report(all: readonly NabSeries[]): string {
  const before = process.cpuUsage();
  const scores = scoreStreams(all);
  const { user, system } = process.cpuUsage(before);
  const seconds = (user + system) / 1e6;
  const points = all.reduce((sum, { values }) => sum + values.length, 0);
  const windows = all.reduce((sum, each) => sum + each.windows.length, 0);
  const rows = (Object.keys(PROFILES) as Profile[]).map((profile) => {
    const held = scoreHeldOut(all, scores, profile).sort((a, b) => a - b);
    const mean = held.reduce((sum, score) => sum + score, 0) / held.length;
    const best = scoreNab(all, scores, bestNabThreshold(all, scores, profile), profile);
    const fixed = scoreNab(all, scores, STREAM_ALARM_SCORE, profile);
    return [
      profile,
      `**${mean.toFixed(1)}**`,
      `${held[0]!.toFixed(1)} to ${held.at(-1)!.toFixed(1)}`,
      best.toFixed(1),
      fixed.toFixed(1),
    ];
  });
  return [
    '## Numenta Anomaly Benchmark',
    `${all.length} of its 58 series (${points.toLocaleString('en-US')} points, ${windows} windows), scored with NAB's own rules (scaled sigmoid, one alarm a window counts, the first 15 % of a series are not judged). Held out: the threshold is chosen on one half of the series and scored on the other, both ways, for ${SPLITS} random halves. The detector sees each value once, in order.`,
    formatTable(
      [
        'profile',
        'held out, mean',
        'lowest to highest split',
        'one threshold for all',
        `at the default of ${STREAM_ALARM_SCORE}`,
      ],
      rows,
    ),
    `${Math.round(points / seconds).toLocaleString('en-US')} points a second of processor time on one core. Machine: ${describeMachine()}. Command: \`npx tsx bench/nab.ts\`.`,
  ].join('\n\n');
}

if (import.meta.filename === process.argv[1]) {
  const { values: flags } = parseArgs({
    options: { data: { type: 'string' }, 'dry-run': { type: 'boolean', default: false } },
  });
  const all = readNab(flags.data);
  const markdown = all === undefined ? undefined : report(all);
  console.log(markdown ?? 'Not measured: there is no checkout of it');
  if (markdown !== undefined && !flags['dry-run']) writeSection('nab', markdown);
}
