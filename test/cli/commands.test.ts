import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const CLI = fileURLToPath(new URL('../../cli/headroom.mjs', import.meta.url));
const BILL = fileURLToPath(new URL('../golden/worked-month/charges.csv', import.meta.url));
const CONFIG = fileURLToPath(new URL('../golden/worked-month/config', import.meta.url));

type Outcome = { code: number; stdout: string; stderr: string };

/** Runs the command line as a person would. */
function headroom(...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, [CLI, ...args], { maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr });
    });
  });
}

let folder: string;
let lake: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-cli-'));
  lake = join(folder, 'lake');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('help', () => {
  it('of the whole and of each command is worth reading', async () => {
    const { code, stdout } = await headroom('--help');
    expect(code).toBe(0);
    for (const name of ['demo', 'import', 'run', 'show', 'serve', 'doctor', 'init', 'start'])
      expect(stdout).toContain(`  ${name}`);
    expect((await headroom('import', '--help')).stdout).toContain('only the files that it lists count');
  });

  it('a wrong command or option is exit code 2 with a suggestion', async () => {
    const wrong = await headroom('shwo');
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('show');
    expect((await headroom('run')).code).toBe(2);
    expect((await headroom('run', '--lake', lake, '--as-of', '2026-02-30')).stderr).toContain(
      'must be a date',
    );
  });
});

describe('before there is anything', () => {
  it('reading commands say what to do and make no lake', async () => {
    for (const args of [['run'], ['show', 'variance'], ['serve']]) {
      const { code, stderr } = await headroom(...args, '--lake', join(folder, 'nowhere'));
      expect(code).toBe(2);
      expect(stderr).toContain('headroom import');
    }
  });

  it('an import of what is not there says so', async () => {
    const { code, stderr } = await headroom('import', join(folder, 'no-such-file.csv'), '--lake', lake);
    expect(code).toBe(2);
    expect(stderr).toContain('no-such-file.csv');
  });
});

describe('from a bill to a variance', () => {
  it('imports and prints control totals; again changes nothing', async () => {
    const first = await headroom('import', BILL, '--lake', lake, '--source', 'worked', '--json');
    expect(first.code, first.stderr).toBe(0);
    expect(JSON.parse(first.stdout).deliveries).toMatchObject([
      { source: 'worked', billing_period: '2026-10', outcome: 'loaded', row_count: 7 },
    ]);
    const second = await headroom('import', BILL, '--lake', lake, '--source', 'worked');
    expect(second.stdout).toContain('unchanged');
    expect(second.stdout).toContain('209.00');
  });

  it('runs, and shows every result as one object of one shape', async () => {
    const run = await headroom('run', '--lake', lake, '--config', CONFIG, '--as-of', '2026-11-10');
    expect(run.code, run.stderr).toBe(0);
    for (const result of ['variance', 'unit-costs', 'tagging', 'reconciliation', 'costs']) {
      const { code, stdout } = await headroom('show', result, '--lake', lake, '--format', 'json');
      expect(code).toBe(0);
      const answer = JSON.parse(stdout);
      expect(answer).toMatchObject({ result, as_of: '2026-11-10', control: { is_reconciled: true } });
      expect(answer.version).toMatch(/^[0-9a-f]{16}$/);
      expect(answer.rows.length).toBeGreaterThan(0);
    }
  });

  it('prints amounts as exact decimal text', async () => {
    const { stdout } = await headroom('show', 'reconciliation', '--lake', lake, '--format', 'json');
    expect(JSON.parse(stdout).rows[0]).toMatchObject({
      source_billed_cost: '209',
      published_billed_cost: '209',
    });
  });

  it('groups, filters, sorts and writes CSV', async () => {
    const { stdout } = await headroom(
      'show',
      'costs',
      '--lake',
      lake,
      '--by',
      'service_name',
      '--where',
      'charge_category=Usage',
      '--sort=-billed_cost',
      '--format',
      'csv',
    );
    const [header, ...rows] = stdout.trim().split('\r\n');
    expect(header).toMatch(/^service_name,billing_currency,billed_cost/);
    expect(rows.map((row) => row.split(',')[0])).toEqual([
      'Amazon EC2',
      'AWS Support (Business)',
      'Amazon SQS',
      'Amazon EBS',
    ]);
  });

  it('answers a wrong dimension with those that there are', async () => {
    const { code, stderr } = await headroom('show', 'variance', '--lake', lake, '--by', 'squad');
    expect(code).toBe(2);
    expect(stderr).toMatch(/'squad' is not allowed in by[\s\S]*cost_center/);
  });

  it('a broken configuration fails with file and line, and the last results stay', async () => {
    const config = join(folder, 'broken');
    await headroom('init', config);
    await writeFile(join(config, 'headroom.yml'), 'version: 1\ncost_basis: amortized\n');
    const run = await headroom('run', '--lake', lake, '--config', config);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain('headroom.yml:2');
    expect((await headroom('show', 'variance', '--lake', lake)).code).toBe(0);
    expect((await headroom('doctor', '--lake', lake, '--config', config)).code).toBe(2);
  });

  it('a run that forgets the configuration publishes nothing; one that means it does', async () => {
    const forgot = await headroom('run', '--lake', lake);
    expect(forgot.code).toBe(2);
    expect(forgot.stderr).toMatch(/with a configuration[\s\S]*--config DIR[\s\S]*--no-config/);
    expect((await headroom('run', '--lake', lake, '--no-config')).code).toBe(0);
    expect((await headroom('run', '--lake', lake)).code).toBe(0);
  });
});

describe('init and doctor', () => {
  it('init writes a folder that doctor finds nothing in the way of, and never overwrites', async () => {
    const config = join(folder, 'config');
    expect((await headroom('init', config)).code).toBe(0);
    const before = await readFile(join(config, 'headroom.yml'), 'utf8');
    const again = await headroom('init', config);
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('exists already');
    expect(await readFile(join(config, 'headroom.yml'), 'utf8')).toBe(before);
    const doctor = await headroom('doctor', '--config', config);
    expect(doctor.code).toBe(0);
    expect(doctor.stdout).toContain('nothing is in the way');
  });

  it('doctor notes what stays empty: no drivers, nothing collected, a secret that is not set', async () => {
    const config = join(folder, 'notes');
    expect((await headroom('init', config)).code).toBe(0);
    const alerts = [
      'version: 1',
      'alerts:',
      '  channels:',
      '    chat: { type: slack, secret: env:HEADROOM_TEST_UNSET }',
      '    idle: { type: slack, secret: env:HEADROOM_TEST_UNROUTED }',
      '  routes: [{ match: {}, channels: [chat] }]',
    ];
    await writeFile(join(config, 'headroom.yml'), `${alerts.join('\n')}\n`);
    const { code, stdout } = await headroom('doctor', '--config', config, '--lake', lake);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^note +no drivers: there are no unit costs/m);
    expect(stdout).toMatch(/^note +channel chat: the variable HEADROOM_TEST_UNSET is not set/m);
    expect(stdout).not.toContain('UNROUTED');
    expect(stdout).toMatch(/^note +no inventory was collected.*headroom collect inventory/m);
    expect(stdout).toMatch(/^note +no utilization was collected.*headroom collect cloudwatch/m);
    expect(stdout).toContain('nothing is in the way');
  });

  it('init writes all or nothing', async () => {
    const config = join(folder, 'half');
    await mkdir(config);
    await writeFile(join(config, 'budgets.csv'), 'mine\n');
    const half = await headroom('init', config);
    expect(half.code).toBe(2);
    expect(half.stderr).toContain('budgets.csv');
    expect(await readdir(config)).toEqual(['budgets.csv']);
    expect(await readFile(join(config, 'budgets.csv'), 'utf8')).toBe('mine\n');
    const file = await headroom('init', join(config, 'budgets.csv'));
    expect(file).toMatchObject({ code: 2, stderr: expect.stringContaining('a file is where the folder') });
    expect((await headroom('init', join(config, 'budgets.csv', 'below'))).code).toBe(2);
    if (existsSync('/proc')) expect((await headroom('init', '/proc/headroom')).code).toBe(2);
  });

  it('doctor says where exchange rates are missing', async () => {
    const config = join(folder, 'rates');
    expect((await headroom('init', config)).code).toBe(0);
    const budgets = 'month,amount,currency,team\n2026-01,1,EUR,a\n2026-01,1,GBP,b\n2099-01,1,EUR,a\n';
    await writeFile(join(config, 'budgets.csv'), budgets);
    const rates = 'month,from_currency,to_currency,rate,kind\n2026-01,EUR,USD,1.1,budget\n';
    await writeFile(join(config, 'fx.csv'), rates);
    const { code, stdout } = await headroom('doctor', '--config', config);
    expect(code).toBe(0);
    expect(stdout).toContain('1 budget lines are not in USD and fx.csv has no budget rate for them');
    expect(stdout).toContain('(GBP 2026-01)');
    expect(stdout).toContain(
      'fx.csv has no actual rate for EUR 2026-01: the currency effect of 1 budget lines',
    );
  });
});
