import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type LoadedConfiguration,
  loadConfiguration,
} from '../../analytics/configuration/load-configuration.ts';
import { importPath } from '../../analytics/jobs/import.ts';
import { runModels } from '../../analytics/jobs/run.ts';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import type { ObjectStore } from '../../analytics/lake/object-store.ts';
import { answerRecords } from '../../analytics/results/records/query.ts';
import { parseRecordRequest } from '../../analytics/results/records/request.ts';
import { WASTE } from '../../analytics/results/records/waste.ts';
import { openResults } from '../../analytics/results/snapshot.ts';
import { openWasteStatements, type Statement } from '../../analytics/results/waste-statements.ts';
import { eachDay, type FocusLine, writeFocusCsv } from '../support/focus-csv.ts';
import { type GivenFinding, makeGivenFindings } from '../support/given-findings.ts';

const IDLE: GivenFinding = { detector: 'instance_idle', resource_id: 'i-1' };
const SMALLER: GivenFinding = {
  detector: 'instance_size',
  resource_id: 'i-1',
  action: 'resize',
  saving_cost: '100',
};
const OTHER: GivenFinding = {
  detector: 'instance_idle',
  resource_id: 'i-2',
  part_cost: '60',
  saving_cost: '30',
};

const CONFIGURATION = `version: 1
allocation:
  rules:
    - { name: all, match: { provider_name: [AWS] }, set: { team: shopfront, service: shop, environment: dev } }
`;

let root: string;
let configuration: LoadedConfiguration;
let models: Awaited<ReturnType<typeof makeGivenFindings>>;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'headroom-waste-'));
  models = await makeGivenFindings(root);
  await writeFile(path.join(root, 'headroom.yml'), CONFIGURATION);
  configuration = await loadConfiguration(root);
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** A lake with 10 a day for i-1 until 15 October and 2 a day for i-2. */
async function openWorld() {
  const folder = await mkdtemp(path.join(root, 'lake-'));
  const store = await openFolderStore(folder);
  const deliver = async (month: string, lines: FocusLine[]) => {
    const file = path.join(folder, `${month}-${Math.random()}.csv`);
    await writeFocusCsv(file, month, lines);
    await importPath({ store, path: file, sourceName: 'bill' });
  };
  await deliver('2026-09', [
    ...eachDay('2026-09-01', '2026-10-01', { resource: 'i-1', cost: '10' }),
    ...eachDay('2026-09-01', '2026-10-01', { resource: 'i-2', cost: '2' }),
  ]);
  await deliver('2026-10', october('10'));
  return {
    store,
    deliver,
    run: async (asOf: string, findings: GivenFinding[]) => {
      await models.give(findings);
      const { modelsFolder } = models;
      return runModels({ store, configuration, asOf, modelsFolder });
    },
    state: async (id: string, statement: Statement) =>
      openWasteStatements({ results: openResults({ store }), store }).state({
        id,
        statement,
        by: 'ada',
        at: new Date('2026-10-10T08:00:00Z'),
      }),
  };
}

function october(cost: string): FocusLine[] {
  return [
    ...eachDay('2026-10-01', '2026-10-15', { resource: 'i-1', cost }),
    ...eachDay('2026-10-01', '2026-11-01', { resource: 'i-2', cost: '2' }),
  ];
}

async function list(store: ObjectStore, parameters: [string, string][] = [['status', 'all']]) {
  const snapshot = await openResults({ store }).current();
  return answerRecords(snapshot, parseRecordRequest(WASTE, parameters));
}

async function find(store: ObjectStore, detector: string, resource: string) {
  const { rows } = await list(store, [
    ['status', 'all'],
    ['detector', detector],
    ['resource_id', resource],
  ]);
  expect(rows.length).toBe(1);
  return rows[0] as Record<string, unknown> & { id: string };
}

describe('findings from run to run', () => {
  it('are counted once, and name what is counted in their place', async () => {
    const { store, run } = await openWorld();
    await run('2026-10-10', [IDLE, SMALLER, OTHER]);
    const idle = await find(store, 'instance_idle', 'i-1');
    expect(idle).toMatchObject({ status: 'open', is_counted: true, counted_saving_cost: '300' });
    expect(await find(store, 'instance_size', 'i-1')).toMatchObject({
      saving_cost: '100',
      is_counted: false,
      counted_saving_cost: '0',
      alternative_to: idle.id,
    });
    const { control } = await list(store);
    expect(control.totals).toMatchObject([{ billing_currency: 'USD', counted_saving_cost: '330' }]);
  });

  it('stay dismissed through a rerun and a restated bill', async () => {
    const { store, run, state, deliver } = await openWorld();
    await run('2026-10-10', [IDLE, SMALLER]);
    const { id } = await find(store, 'instance_idle', 'i-1');
    await state(id, { status: 'dismissed', reason: 'disaster recovery' });
    const dismissed = {
      id,
      status: 'dismissed',
      state_by: 'ada',
      state_reason: 'disaster recovery',
      is_counted: false,
    };

    const { version } = await run('2026-10-10', [IDLE, SMALLER]);
    expect(await find(store, 'instance_idle', 'i-1')).toMatchObject(dismissed);
    expect(await find(store, 'instance_size', 'i-1')).toMatchObject({ counted_saving_cost: '100' });
    expect((await run('2026-10-10', [IDLE, SMALLER])).version).toBe(version);

    await deliver('2026-10', october('11'));
    expect((await run('2026-10-10', [IDLE, SMALLER])).rebuiltPeriods).toEqual(['2026-10']);
    expect(await find(store, 'instance_idle', 'i-1')).toMatchObject(dismissed);
  });
});
