/**
 * How long import and run take on a generated month of 1, 10 and 50 million lines, as a ratio to a floor: DuckDB alone
 * reading the same Parquet once and writing one aggregate with daily_cost's columns.
 *
 *   npx tsx bench/pipeline-speed.ts [--lines 1000000,10000000,50000000] [--repeats 3]
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { BENCH_CONFIGURATION } from './bench-configuration.ts';
import type { StepResult } from './pipeline-step.ts';
import { describeMachine, formatTable, writeSection } from './report.ts';

const execute = promisify(execFile);
const { values } = parseArgs({
  options: {
    lines: { type: 'string', default: '1000000,10000000,50000000' },
    repeats: { type: 'string', default: '3' },
    folder: { type: 'string' },
  },
});

/** Phases below this share of the time are not listed. */
const LEAST_SHARE = 0.02;
const MEMORY_GIB = { upTo10Million: 3, above: 6 };

type Measured = { lines: number; floor: StepResult; import: StepResult; run: StepResult };

const measured: Measured[] = [];
for (const lines of values.lines.split(',').map(Number)) measured.push(await measure(lines));
await writeSection('pipeline-speed', describe(measured));

async function measure(lines: number): Promise<Measured> {
  const folder = await mkdtemp(join(values.folder ?? tmpdir(), 'headroom-pipeline-'));
  const memory = String(lines > 10_000_000 ? MEMORY_GIB.above : MEMORY_GIB.upTo10Million);
  const step = (name: string) => runStep(name, folder, String(lines), memory);
  try {
    await mkdir(join(folder, 'config'), { recursive: true });
    await writeFile(join(folder, 'config', 'headroom.yml'), BENCH_CONFIGURATION);
    await step('generate');
    const rounds: Omit<Measured, 'lines'>[] = [];
    // The steps alternate, so that a slow spell of the machine meets all of them.
    for (let round = 0; round < Number(values.repeats); round++) {
      await rm(join(folder, 'lake'), { recursive: true, force: true });
      rounds.push({ floor: await step('floor'), import: await step('import'), run: await step('run') });
    }
    const pick = (name: keyof Omit<Measured, 'lines'>) => median(rounds.map((round) => round[name]));
    const result = { lines, floor: pick('floor'), import: pick('import'), run: pick('run') };
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return result;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runStep(name: string, folder: string, lines: string, memory: string): Promise<StepResult> {
  const script = new URL('pipeline-step.ts', import.meta.url).pathname;
  const { stdout } = await execute(
    process.execPath,
    ['--import', 'tsx', script, name, folder, lines, memory],
    {
      maxBuffer: 1 << 26,
    },
  );
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as StepResult;
}

function median(results: readonly StepResult[]): StepResult {
  const sorted = [...results].sort((a, b) => a.seconds - b.seconds);
  return sorted[Math.floor(sorted.length / 2)] as StepResult;
}

function describe(all: readonly Measured[]): string {
  const rows = all.map(({ lines, floor, import: imported, run }) => {
    const total = imported.seconds + run.seconds;
    return [
      lines.toLocaleString('en-US'),
      floor.seconds.toFixed(1),
      imported.seconds.toFixed(1),
      run.seconds.toFixed(1),
      `**${(total / floor.seconds).toFixed(2)}**`,
      Math.max(imported.peakGib, run.peakGib).toFixed(2),
      floor.peakGib.toFixed(2),
      ((total / lines) * 1e6).toFixed(2),
    ];
  });
  const head = [
    'lines',
    'floor s',
    'import s',
    'run s',
    'ratio',
    'peak GiB',
    'floor peak GiB',
    'microseconds a line',
  ];
  const phases = all.flatMap(({ lines, import: imported, run }) =>
    Object.entries({ ...prefix('import', imported.phases), ...prefix('run', run.phases) })
      .filter(([, seconds]) => seconds >= LEAST_SHARE * (imported.seconds + run.seconds))
      .map(([name, seconds]) => [lines.toLocaleString('en-US'), name, seconds.toFixed(2)]),
  );
  return [
    '## Pipeline speed',
    '',
    `Machine: ${describeMachine()}.`,
    `Median of ${values.repeats} rounds; each step is a process of its own, started cold. The floor is DuckDB alone reading the same`,
    "Parquet once and writing one aggregate with daily_cost's columns. Data: a generated month, as AWS delivers FOCUS 1.2",
    '(hourly, 60 columns, DOUBLE costs, MAP tags).',
    '',
    formatTable(head, rows),
    '',
    `Where the time goes, from ${LEAST_SHARE * 100} % of it on:`,
    '',
    formatTable(['lines', 'phase', 's'], phases),
  ].join('\n');
}

function prefix(name: string, phases: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(phases).map(([phase, seconds]) => [`${name}: ${phase}`, seconds]));
}
