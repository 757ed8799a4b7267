import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';

const FORECAST = fileURLToPath(new URL('../../analytics/forecast/', import.meta.url));
/** Asks for threads, as the jobs do, from within one file. */
const ENTRY = `
  import { forecastCapacity } from './capacity-forecast.ts';
  import { forecastParallel } from './forecast-parallel.ts';
  const series = Array.from({ length: 60 }, (_, i) => ({
    id: 's' + i, pool: 'cpu', frequency: 'daily', threshold: 80,
    values: Array.from({ length: 60 }, (_, day) => 40 + ((i * 7 + day * 3) % 5) + 0.1 * day),
  }));
  let [capacity, plain] = [0, 0];
  for await (const { exhaustion } of forecastCapacity(() => series, { threads: 2 }))
    if (exhaustion.state === 'forecast') capacity++;
  for await (const forecast of forecastParallel(series, { threads: 2, horizon: 7 })) if (forecast.isForecast) plain++;
  console.log(JSON.stringify({ capacity, plain }));
`;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'headroom-bundle-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('a bundle, which has no file for a thread, does the work on one', async () => {
  const outfile = path.join(folder, 'bundle.mjs');
  await build({
    stdin: { contents: ENTRY, resolveDir: FORECAST, loader: 'ts' },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'esnext',
    logLevel: 'error',
  });
  const said = execFileSync(process.execPath, [outfile], { encoding: 'utf8' });
  expect(JSON.parse(said)).toEqual({ capacity: 60, plain: 60 });
}, 60_000);
