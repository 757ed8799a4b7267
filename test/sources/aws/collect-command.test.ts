import { Command } from 'commander';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { addCollect } from '../../../cli/commands/collect.ts';
import { makeEstate } from '../../aws/estate-world.ts';
import { startWireServer, type WireServer } from '../../aws/wire-server.ts';
import { makeTestFolder } from '../../support/lake-folder.ts';

let wire: WireServer;
let printed: string;

beforeEach(async () => {
  wire = await startWireServer(makeEstate());
  wire.credentials.set('my-key', '222222222222');
  vi.stubEnv('AWS_ENDPOINT_URL', wire.endpoint);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'my-key');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  process.exitCode = undefined;
  await wire.close();
});

async function run(...args: string[]): Promise<void> {
  const program = new Command().exitOverride().configureOutput({ writeErr() {} });
  addCollect(program);
  for (const command of program.commands) command.exitOverride().configureOutput({ writeErr() {} });
  await program.parseAsync(['collect', ...args], { from: 'user' });
}

it("collects with the person's own credentials and region", async () => {
  await run('inventory', '--lake', await makeTestFolder(), '--json');
  const report = JSON.parse(printed);
  expect(report.units).toMatchObject([
    { source: 'inventory', accountId: '222222222222', regionId: 'eu-west-1', outcome: 'collected' },
  ]);
  expect(process.exitCode).toBeUndefined();
});

it('exits with 1 where a part failed, and says which', async () => {
  await run('budgets', '--lake', await makeTestFolder(), '--region', 'us-east-2');
  expect(printed).toMatch(/failed: budgets of 222222222222.*not allowed.*docs\/collectors\.md/);
  expect(process.exitCode).toBe(1);
});

it('refuses a source that there is not', async () => {
  await expect(run('weather', '--lake', await makeTestFolder())).rejects.toMatchObject({
    code: 'commander.invalidArgument',
  });
});
