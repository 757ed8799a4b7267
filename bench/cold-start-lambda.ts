import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildLambda, LAMBDAS, type LambdaKind } from '../test/support/lambda-bundle.ts';
import { InvocationError, missingRuntime, startLambda } from '../test/support/lambda-runtime.ts';
import { takeQuantile } from './open-loop.ts';
import { describeMachine, formatTable, writeSection } from './report.ts';

/**
 * Cold starts of every function: its bundle, unpacked in a clean folder, under Lambda's runtime client and Node 24, from
 * the process's start until the runtime asks for the first invocation, and until that one is answered.
 *
 * Run: HEADROOM_LAMBDA_RUNTIME=FOLDER npx tsx bench/cold-start-lambda.ts
 */
const RUNS = 7;
const MIB = 2 ** 20;

if (missingRuntime !== undefined) throw new Error(missingRuntime);
const folder = await mkdtemp(path.join(tmpdir(), 'headroom-cold-'));
try {
  const rows: string[][] = [];
  for (const kind of LAMBDAS) rows.push(await measure(kind));
  const header = [
    'function',
    'zip, MiB',
    'unpacked, MiB',
    'init, ms',
    'first answer, ms',
    'peak memory, MiB',
  ];
  writeSection(
    'cold-start-lambda',
    `## Cold starts under Lambda's runtime client

Medians of ${RUNS} starts, each a new process under Node 24 with the bundle that SST's recipe gives; DuckDB's native half is
this machine's, not arm64's. The first answer is to an event that needs no other service: it loads everything and ends
at the first refusal. ${describeMachine()} ran the driver.

${formatTable(header, rows)}`,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function measure(kind: LambdaKind): Promise<string[]> {
  const { taskRoot, zippedBytes, unzippedBytes } = await buildLambda(kind, folder);
  const inits: number[] = [];
  const answers: number[] = [];
  const memory: number[] = [];
  for (let run = 0; run <= RUNS; run += 1) {
    const startedAt = performance.now();
    const lambda = await startLambda(taskRoot, {
      HEADROOM_LAKE: path.join(folder, 'lake'),
      HEADROOM_EXPORTS: 's3://exports',
      HEADROOM_SWEEP_DAYS: '45',
      ...Object.fromEntries(
        ['ARRIVALS', 'REFRESH', 'WORK', 'COST'].map((name) => [
          `HEADROOM_${name}_QUEUE`,
          'http://127.0.0.1:9/queue',
        ]),
      ),
    });
    try {
      await lambda.invoke(makeEvent()).catch((error) => {
        if (!(error instanceof InvocationError)) throw error;
      });
      // The first run warms the disk.
      if (run === 0) continue;
      answers.push(performance.now() - startedAt);
      inits.push(lambda.initMs());
      memory.push(lambda.peakMemoryBytes() / MIB);
    } finally {
      await lambda.stop();
    }
  }
  const median = (values: number[]) =>
    takeQuantile(
      values.toSorted((a, b) => a - b),
      0.5,
    ).toFixed(0);
  return [
    kind.name,
    (zippedBytes / MIB).toFixed(1),
    (unzippedBytes / MIB).toFixed(1),
    median(inits),
    median(answers),
    median(memory),
  ];
}

/** An API request, and for the others a batch without messages. */
function makeEvent(): unknown {
  return {
    version: '2.0',
    rawPath: '/health',
    rawQueryString: '',
    headers: {},
    requestContext: { stage: '$default', http: { method: 'GET', path: '/health' } },
    Records: [],
    schedule: 'none',
  };
}
