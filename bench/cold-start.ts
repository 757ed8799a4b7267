import { spawnSync } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { takeQuantile } from './open-loop.ts';

const ROOT = path.join(import.meta.dirname, '..');

/** Bundles the API's Lambda as a deployment would; returns the file and its size. */
export async function bundleApi(folder: string): Promise<{ file: string; sizeBytes: number }> {
  const file = path.join(folder, 'api.mjs');
  await build({
    entryPoints: [path.join(ROOT, 'functions/api/index.ts')],
    outfile: file,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    mainFields: ['module', 'main'],
    logLevel: 'error',
  });
  return { file, sizeBytes: statSync(file).size };
}

/** A program that answers one request with the bundled handler and ends. */
export function writeProbe(folder: string, rawPath: string): string {
  const event = {
    version: '2.0',
    rawPath,
    rawQueryString: '',
    headers: {},
    requestContext: { stage: '$default', http: { method: 'GET', path: rawPath } },
  };
  const file = path.join(folder, `probe${rawPath.replaceAll('/', '-')}.mjs`);
  writeFileSync(
    file,
    `import { handler } from './api.mjs';
const { statusCode } = await handler(${JSON.stringify(event)});
process.exit(statusCode === 200 ? 0 : 1);
`,
  );
  return file;
}

/** Median milliseconds from the start of the process to its end, after one run to warm the disk. */
export function timeProcess(file: string, environment: Record<string, string>, runs: number): number {
  const durations: number[] = [];
  for (let run = 0; run <= runs; run += 1) {
    const startedAt = performance.now();
    const { status, stderr } = spawnSync(process.execPath, [file], {
      env: { ...process.env, ...environment },
    });
    if (status !== 0) throw new Error(`${path.basename(file)} failed: ${stderr}`);
    if (run > 0) durations.push(performance.now() - startedAt);
  }
  return takeQuantile(
    durations.toSorted((a, b) => a - b),
    0.5,
  );
}
