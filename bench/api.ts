import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { openFolderStore } from '../analytics/lake/folder-store.ts';
import { publishResults } from '../analytics/results/publish.ts';
import { bundleApi, timeProcess, writeProbe } from './cold-start.ts';
import { createRandom, type LoadReport, runOpenLoop } from './open-loop.ts';
import { describeMachine, formatTable, writeSection } from './report.ts';
import { COST_CENTER_COUNT, ENVIRONMENTS, MANIFEST, MONTHS, makeVarianceRows } from './variance-rows.ts';

const ROW_COUNT = 100_000;
const TARGET_RATE = 100;
const LOWER_RATES = [25, 50];
const TARGET_P99_MS = 20;
const RATE_STEP = 1.25;
const MAXIMUM_RATE = 5000;
const SEED = 20261001;
const GROUPINGS = [
  'cost_center',
  'team',
  'service',
  'owner',
  'tier,environment',
  'team,environment',
  'service,environment',
];

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    runs: { type: 'string', default: '15' },
    'dry-run': { type: 'boolean', default: false },
  },
});
const folder = mkdtempSync(path.join(os.tmpdir(), 'headroom-bench-api-'));
try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function main(): Promise<void> {
  const lake = await publish('lake', ROW_COUNT);
  const server = spawn(
    process.execPath,
    [...process.execArgv, path.join(import.meta.dirname, 'api-server.ts'), lake],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const { value: url } = (await createInterface(server.stdout)[Symbol.asyncIterator]().next()) as {
    value: string;
  };
  const agent = new http.Agent({ keepAlive: true });
  const load = (ratePerSecond: number, durationSeconds: number) => {
    const random = createRandom(SEED + ratePerSecond);
    const send = () => request(`${url}/v1/variance?${makeQuery(random)}`, agent);
    return runOpenLoop({ ratePerSecond, durationSeconds, seed: SEED, send });
  };
  const seconds = Number(flags.seconds);
  await load(TARGET_RATE, Math.min(5, seconds));
  const reports: LoadReport[] = [];
  for (const rate of [...LOWER_RATES, TARGET_RATE]) reports.push(await load(rate, seconds));
  for (
    let rate = TARGET_RATE * 2;
    rate <= MAXIMUM_RATE && isWithinTarget(reports.at(-1));
    rate = Math.round(rate * RATE_STEP)
  ) {
    reports.push(await load(rate, Math.min(10, seconds)));
  }
  agent.destroy();
  server.stdin.end();
  const section = describe(reports, await measureColdStart(lake));
  if (flags['dry-run']) console.log(section);
  else writeSection('api', section);
}

async function publish(name: string, rowCount: number): Promise<string> {
  const lake = path.join(folder, name);
  await publishResults({
    store: await openFolderStore(lake),
    tables: [makeVarianceRows(rowCount, SEED)],
    manifest: MANIFEST,
  });
  return lake;
}

/** One of many thousand different questions: month, grouping, basis, filter, order. */
function makeQuery(random: () => number): string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const query = new URLSearchParams({
    month: pick(MONTHS),
    by: pick(GROUPINGS),
    basis: pick(['billed', 'effective', 'list', 'contracted']),
  });
  if (random() < 0.3) query.append('environment', pick(ENVIRONMENTS));
  if (random() < 0.3) query.append('cost_center', `CC-${Math.floor(random() * COST_CENTER_COUNT)}`);
  if (random() < 0.3) query.set('sort', '-variance_cost');
  return query.toString();
}

function request(url: string, agent: http.Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    http
      .get(url, { agent }, (response) => {
        response.on('error', reject);
        response.on('end', () =>
          response.statusCode === 200 ? resolve() : reject(new Error(String(response.statusCode))),
        );
        response.resume();
      })
      .on('error', reject);
  });
}

function isWithinTarget(report: LoadReport | undefined): boolean {
  return report !== undefined && report.failed === 0 && report.p99Ms <= TARGET_P99_MS;
}

async function measureColdStart(lake: string): Promise<string[][]> {
  const runs = Number(flags.runs);
  const { sizeBytes } = await bundleApi(folder);
  const small = await publish('small', 1000);
  const empty = path.join(folder, 'empty.mjs');
  writeFileSync(empty, 'process.exit(0);\n');
  const health = writeProbe(folder, '/health');
  const variance = writeProbe(folder, '/v1/variance');
  const time = (file: string, from: string) =>
    `${timeProcess(file, { HEADROOM_LAKE: from }, runs).toFixed(0)} ms`;
  return [
    ['an empty Node process', time(empty, lake)],
    [`the handler (${Math.round(sizeBytes / 1024)} KiB bundled), /health`, time(health, lake)],
    ['/v1/variance, 1,000 rows published', time(variance, small)],
    ['/v1/variance, 100,000 rows published', time(variance, lake)],
  ];
}

function describe(reports: readonly LoadReport[], coldStart: string[][]): string {
  const target = reports.find(({ ratePerSecond }) => ratePerSecond === TARGET_RATE) as LoadReport;
  const last = reports.findLast(isWithinTarget);
  const broken = reports.find((report) => !isWithinTarget(report));
  const milliseconds = (value: number) => value.toFixed(1);
  return `## API

${describeMachine()}. \`node --import tsx bench/api.ts\`

\`GET /v1/variance\` over HTTP, ${ROW_COUNT.toLocaleString('en')} published rows, one server process on one core, open loop (Poisson arrivals; latency counts from the time a request was due). Months, groupings, cost bases, filters and orders vary; no answer is kept.

At ${TARGET_RATE} requests a second: p99 ${milliseconds(target.p99Ms)} ms (target: under ${TARGET_P99_MS} ms). ${
    last
      ? `It holds up to ${last.ratePerSecond} a second${broken ? `, breaks at ${broken.ratePerSecond}` : ' and was not driven further'}.`
      : 'It is missed at every rate.'
  }

${formatTable(
  ['requests/s', 'sent', 'failed', 'p50 ms', 'p99 ms', 'max ms'],
  reports.map(({ ratePerSecond, sent, failed, p50Ms, p99Ms, maximumMs }) => [
    String(ratePerSecond),
    String(sent),
    String(failed),
    milliseconds(p50Ms),
    milliseconds(p99Ms),
    milliseconds(maximumMs),
  ]),
)}

Cold start, from the start of the process to the end of the first answer, median of ${flags.runs} runs:

${formatTable(['process', 'time'], coldStart)}`;
}
