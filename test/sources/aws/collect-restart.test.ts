import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { formatScaled, parseScaled } from '../../../analytics/decimal-text.ts';
import { openFolderStore } from '../../../analytics/lake/folder-store.ts';
import { type Charge, makeCostExplorer } from '../../aws/cost-explorer-world.ts';
import { startWireServer, type WireServer } from '../../aws/wire-server.ts';
import { CALLER_ACCOUNT, readCollected } from '../../support/collect.ts';
import { makeTestFolder } from '../../support/lake-folder.ts';

const PROCESS = fileURLToPath(new URL('../../support/collect-process.ts', import.meta.url));
/** Calls at which the process is killed, one process after the other. */
const KILLS = [3, 12];

let wire: WireServer | undefined;
let child: ChildProcess | undefined;
afterEach(() => {
  child?.kill('SIGKILL');
  return wire?.close();
});

it('ends in the same state however often it is killed, and counts every request', async () => {
  const charges = Array.from(
    { length: 120 },
    (_, index): Charge => ({
      day: `2026-${index % 2 === 0 ? '09' : '10'}-${String(1 + (index % 28)).padStart(2, '0')}`,
      accountId: `00000000000${index % 4}`,
      service: `Service ${index % 7}`,
      usageType: `usage-${index % 5}`,
      team: `team-${index % 3}`,
      unblended: `${index}.000000000${index % 10}01`,
      amortized: `0.${index}`,
    }),
  );
  const server = await startWireServer(
    makeCostExplorer({ charges, estimatedFrom: '2026-11-01', groupsAPage: 25 }),
  );
  wire = server;
  server.credentials.set('caller', CALLER_ACCOUNT);
  const folder = await makeTestFolder();
  const asked = () => server.calls.filter(({ service }) => service === 'ce').length;

  for (const limit of [...KILLS, Number.POSITIVE_INFINITY]) {
    server.trouble = ({ service }) => {
      if (service === 'ce' && asked() >= limit) child?.kill('SIGKILL');
      return undefined;
    };
    const code = await runProcess({
      folder,
      endpoint: server.endpoint,
      now: '2026-11-05T12:00:00Z',
      from: '2026-09-01',
      sources: ['cost-explorer'],
      settings: { regions: ['eu-west-1'], cost_explorer: { tags: ['team'], commitments: false } },
    });
    expect(code).toBe(limit === Number.POSITIVE_INFINITY ? 0 : null);
  }

  const store = await openFolderStore(folder);
  const views = await readCollected(
    store,
    'cost_explorer_costs',
    'select view, cast(sum(unblended_cost) as varchar) as total from rows group by all order by all',
  );
  const total = formatScaled(charges.reduce((sum, { unblended }) => sum + parseScaled(unblended), 0n));
  expect(views.map(({ total }) => formatScaled(parseScaled(String(total))))).toEqual([total, total, total]);
  const ledger: string[] = [];
  for await (const { key } of store.list('collect/spend/')) ledger.push(key);
  expect(ledger.length).toBeGreaterThanOrEqual(asked());
});

function runProcess(options: object): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const started = spawn(process.execPath, ['--import', 'tsx', PROCESS, JSON.stringify(options)], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child = started;
    started.once('error', reject);
    started.once('exit', resolve);
  });
}
