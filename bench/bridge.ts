/**
 * What the variance bridge costs over a pair of months of 10 million lines in all: the phases of a run that belong to it,
 * beside the run as a whole.
 *
 *   npx tsx bench/bridge.ts [--lines 5000000]   lines of each month
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
    lines: { type: 'string', default: '5000000' },
    memory: { type: 'string', default: '4' },
    'dry-run': { type: 'boolean', default: false },
  },
});
const MONTHS = '2026-09,2026-10';
const BRIDGE_PHASE = /bridge/;

const folder = await mkdtemp(join(tmpdir(), 'headroom-bridge-'));
try {
  await mkdir(join(folder, 'config'), { recursive: true });
  await writeFile(join(folder, 'config', 'headroom.yml'), BENCH_CONFIGURATION);
  await step('generate');
  await step('import');
  const run = await step('run');
  const report = describe(run);
  process.stdout.write(`${report}\n`);
  if (!values['dry-run']) writeSection('bridge', report);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function step(name: string): Promise<StepResult> {
  const script = new URL('pipeline-step.ts', import.meta.url).pathname;
  const { stdout } = await execute(
    process.execPath,
    ['--import', 'tsx', script, name, folder, values.lines, values.memory, MONTHS],
    { maxBuffer: 1 << 26 },
  );
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as StepResult;
}

function describe({ seconds, peakGib, phases }: StepResult): string {
  const own = Object.entries(phases).filter(([name]) => BRIDGE_PHASE.test(name));
  const total = own.reduce((sum, [, each]) => sum + each, 0);
  const daily = phases.daily ?? 0;
  return [
    '## Variance bridge',
    '',
    `Machine: ${describeMachine()}. Two generated months of ${Number(values.lines).toLocaleString('en-US')} lines each, bridged from the first to the`,
    `second on two cost bases; ${values.memory} GiB for DuckDB. The floor beside it is the scan of the charges into daily cost in the same run.`,
    '',
    formatTable(
      ['what', 's', 'of the scan'],
      [
        ...own.map(([name, each]) => [name, each.toFixed(1), (each / daily).toFixed(2)]),
        ['**bridge in all**', total.toFixed(1), `**${(total / daily).toFixed(2)}**`],
        ['daily cost (the scan)', daily.toFixed(1), '1'],
        ['the whole run', seconds.toFixed(1), (seconds / daily).toFixed(2)],
      ],
    ),
    '',
    `Peak memory of the run: ${peakGib.toFixed(2)} GiB.`,
  ].join('\n');
}
