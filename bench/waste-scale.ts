/**
 * Time and peak memory of all waste detectors over many resources. Each size is a process of its own.
 *
 *   npx tsx bench/waste-scale.ts [--sizes 10000:5000,100000:20000,1000000:50000] [--memory 4] [--dry]
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { describeMachine, formatTable, writeSection } from './report.ts';
import type { ScaleResult } from './waste-scale-step.ts';

const execute = promisify(execFile);
const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '10000:5000,100000:20000,1000000:50000' },
    memory: { type: 'string', default: '4' },
    dry: { type: 'boolean', default: false },
  },
});

const results: ScaleResult[] = [];
for (const size of values.sizes.split(',')) {
  const [resources = '', measured = ''] = size.split(':');
  results.push(await measure(resources, measured));
}
const report = describe();
process.stdout.write(`${report}\n`);
if (!values.dry) writeSection('waste-scale', report);

async function measure(resources: string, measured: string): Promise<ScaleResult> {
  const folder = await mkdtemp(join(tmpdir(), 'headroom-waste-scale-'));
  const step = async (name: string) => {
    const script = new URL('waste-scale-step.ts', import.meta.url).pathname;
    const { stdout } = await execute(
      process.execPath,
      ['--import', 'tsx', script, name, folder, resources, measured, values.memory],
      { maxBuffer: 1 << 26 },
    );
    return stdout.trim().split('\n').at(-1) ?? '';
  };
  try {
    await step('generate');
    const result: ScaleResult = JSON.parse(await step('detect'));
    process.stdout.write(`${JSON.stringify({ ...result, models: undefined })}\n`);
    return result;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function describe(): string {
  const count = (value: number) => value.toLocaleString('en-US');
  const slowest = [...(results.at(-1)?.models ?? [])].sort((a, b) => b.seconds - a.seconds).slice(0, 10);
  return [
    '## Waste detectors at scale',
    '',
    `All detectors and what they read, from the lake to their union: ${results[0]?.detectors ?? 0} detectors over resources (an inventory a week for 13 weeks), 30 days of daily cost of each, and 90 days of hourly utilisation of those that are measured, ${values.memory} GiB for DuckDB. ${describeMachine()}.`,
    '',
    formatTable(
      ['resources', 'measured', 'hours measured', 'lake GiB', 's', 'CPU s', 'peak GiB', 'findings'],
      results.map((one) => [
        count(one.resources),
        count(one.measured),
        count(one.utilizationRows),
        one.lakeGib.toFixed(2),
        one.seconds.toFixed(1),
        one.cpuSeconds.toFixed(1),
        one.peakGib.toFixed(2),
        count(one.findings),
      ]),
    ),
    '',
    'The slowest models at the largest size:',
    '',
    formatTable(
      ['model', 's'],
      slowest.map(({ name, seconds }) => [name, seconds.toFixed(1)]),
    ),
  ].join('\n');
}
