import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultConfiguration } from '../../../analytics/configuration/load-configuration.ts';
import { type Engine, openDuckdb } from '../../../analytics/engine/duckdb.ts';
import { loadModels } from '../../../analytics/engine/model.ts';
import { createRelation, type RelationRow } from '../../../analytics/engine/relation.ts';
import { wasteStep } from '../../../analytics/jobs/steps/waste.ts';
import { openTable } from '../../../analytics/lake/delta-table.ts';
import { openFolderStore } from '../../../analytics/lake/folder-store.ts';
import { openJournal } from '../../../analytics/lake/journal.ts';
import { FINDING_HISTORY } from '../../../analytics/waste/finding-history.ts';
import { eachDay, type FocusLine } from '../../support/focus-csv.ts';
import { type GivenFinding, NEUTRAL_FINDING } from '../../support/given-findings.ts';

const ACCOUNT = '000000000011';
const IDLE: GivenFinding = { detector: 'instance_idle', resource_id: 'i-1' };
const SMALLER: GivenFinding = { ...IDLE, detector: 'instance_size', action: 'resize', saving_cost: '100' };
const OTHER: GivenFinding = { ...IDLE, resource_id: 'i-2', part_cost: '60', saving_cost: '30' };
/** 10 a day for i-1 until 15 October and 2 a day for i-2. */
const BILL = [
  ...eachDay('2026-09-01', '2026-10-15', { resource: 'i-1', cost: '10' }),
  ...eachDay('2026-09-01', '2026-11-01', { resource: 'i-2', cost: '2' }),
];

let root: string;
let engine: Engine;
let columns: Record<string, string>;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'headroom-waste-step-'));
  engine = await openDuckdb({ tempFolder: root });
  const model = (await loadModels()).find(({ name }) => name === 'waste_findings');
  columns = Object.fromEntries(
    Object.entries(model?.contract.columns ?? {}).map(([name, { type }]) => [name, type]),
  );
});
afterAll(async () => {
  engine.close();
  await rm(root, { recursive: true, force: true });
});

/** A lake of its own, whose runs find what they are given. */
async function openWorld(bill: FocusLine[] = BILL, groups: RelationRow[] = []) {
  const store = await openFolderStore(path.join(root, randomUUID()));
  const give = (name: string, types: Record<string, string>, rows: readonly RelationRow[]) =>
    createRelation(engine, root, name, types, rows);
  const text = 'VARCHAR';
  return {
    store,
    async run(asOf: string, findings: readonly GivenFinding[]) {
      await give('waste_findings', columns, findings.map(fill));
      await give(
        'resource_groups',
        { account_id: text, resource_id: text, arn: text, group_id: text },
        groups,
      );
      await give(
        'daily_cost',
        {
          charge_date: 'DATE',
          charge_category: text,
          sub_account_id: text,
          resource_id: text,
          billing_currency: text,
          service: text,
          environment: text,
          effective_cost: 'DECIMAL(38,12)',
        },
        bill.map(({ start, resource = null, cost }) => ({
          charge_date: start,
          charge_category: 'Usage',
          sub_account_id: ACCOUNT,
          resource_id: resource,
          billing_currency: 'USD',
          service: 'shop',
          environment: 'dev',
          effective_cost: cost,
        })),
      );
      const configuration = defaultConfiguration();
      await wasteStep.run({ engine, store, scratchFolder: root, configuration, asOf, months: [] });
      return engine.query('select * from waste order by id');
    },
    state: (id: string, facts: object) =>
      openJournal(store, 'waste').append(id, { at: '2026-10-10T08:00:00Z', by: 'ada', ...facts }),
  };
}

function fill(finding: GivenFinding): RelationRow {
  const neutral = { service: 'shop', environment: 'dev', team: 'a', tier: 't', cost_center: 'c', owner: 'o' };
  const given: GivenFinding = { ...neutral, ...NEUTRAL_FINDING, ...finding };
  return Object.fromEntries(Object.keys(columns).map((name) => [name, given[name] ?? null]));
}

function find(rows: readonly Record<string, unknown>[], detector: string, resource: string) {
  const found = rows.filter((row) => row.detector === detector && row.resource_id === resource);
  expect(found.length).toBe(1);
  return found[0] as Record<string, unknown> & { id: string };
}

const amount = (value: string) => `${value}.000000000000`;

describe('findings from run to run', () => {
  it('are resolved when they are gone, and the bill tells what was saved, once', async () => {
    const { run } = await openWorld();
    await run('2026-10-10', [IDLE, SMALLER, OTHER]);
    expect(find(await run('2026-10-16', [OTHER]), 'instance_idle', 'i-1')).toMatchObject({
      status: 'resolved',
      resolved_date: '2026-10-16',
      saving_cost: amount('0'),
      promised_saving_cost: amount('300'),
      realised_saving_cost: null,
    });
    const rows = await run('2026-10-28', [OTHER]);
    expect(find(rows, 'instance_idle', 'i-1')).toMatchObject({
      first_found_date: '2026-10-10',
      last_found_date: '2026-10-10',
      resolved_date: '2026-10-16',
      promised_saving_cost: amount('300'),
      realised_saving_cost: amount('300'),
    });
    expect(find(rows, 'instance_size', 'i-1')).toMatchObject({
      status: 'resolved',
      promised_saving_cost: amount('0'),
      realised_saving_cost: amount('0'),
    });
  });

  it('that vanish while the bill stays have saved nothing', async () => {
    const { run } = await openWorld();
    await run('2026-10-10', [OTHER]);
    await run('2026-10-12', []);
    expect(find(await run('2026-10-28', []), 'instance_idle', 'i-2')).toMatchObject({
      status: 'resolved',
      promised_saving_cost: amount('30'),
      realised_saving_cost: amount('0'),
    });
  });

  it('of an environment that was switched off are verified on all that is in it', async () => {
    const { run } = await openWorld();
    const about = { resource_id: 'shop|dev', group_id: 'shop|dev', scope: 'environment' };
    const environment = { ...about, detector: 'environment_unused', part_cost: '900', saving_cost: '360' };
    const rows = await run('2026-10-10', [IDLE, OTHER, environment]);
    const { id } = find(rows, 'environment_unused', 'shop|dev');
    expect(find(rows, 'instance_idle', 'i-1')).toMatchObject({ is_counted: false, alternative_to: id });
    await run('2026-10-16', []);
    const later = await run('2026-10-28', []);
    // i-1 is gone and i-2 is not: the environment does not claim again what i-1 saved.
    expect(find(later, 'instance_idle', 'i-1')).toMatchObject({ realised_saving_cost: amount('300') });
    expect(find(later, 'environment_unused', 'shop|dev')).toMatchObject({
      promised_saving_cost: amount('360'),
      realised_saving_cost: amount('0'),
    });
  });

  it('of a group are verified on its members, whoever they are now', async () => {
    const members = ['i-1', 'i-2'].map((resource_id) => ({
      account_id: ACCOUNT,
      resource_id,
      arn: null,
      group_id: 'web',
    }));
    const bill = [
      ...eachDay('2026-09-01', '2026-10-12', { resource: 'i-1', cost: '10' }),
      ...eachDay('2026-10-12', '2026-11-01', { resource: 'i-2', cost: '4' }),
    ];
    const { run } = await openWorld(bill, members);
    const group = {
      detector: 'group_size',
      resource_id: 'web',
      group_id: 'web',
      scope: 'group',
      saving_cost: '200',
    };
    await run('2026-10-12', [group]);
    await run('2026-10-14', []);
    expect(find(await run('2026-10-28', []), 'group_size', 'web')).toMatchObject({
      promised_saving_cost: amount('200'),
      realised_saving_cost: amount('180'),
    });
  });

  it('are not resolved by a metric that is missing', async () => {
    const { run } = await openWorld();
    await run('2026-10-10', [OTHER]);
    const unknown = { ...OTHER, judgement: 'unknown', saving_cost: '0', reason: 'CPU is missing' };
    const rows = await run('2026-10-12', [unknown, { ...unknown, resource_id: 'i-3' }]);
    expect(find(rows, 'instance_idle', 'i-2')).toMatchObject({
      status: 'open',
      resolved_date: null,
      counted_saving_cost: amount('0'),
      last_found_date: '2026-10-10',
    });
    expect(find(rows, 'instance_idle', 'i-3')).toMatchObject({ status: 'unknown', is_counted: false });
  });

  it('come back as open, unless they were dismissed', async () => {
    const { run, state } = await openWorld();
    const rows = await run('2026-10-10', [IDLE, OTHER]);
    const planned = find(rows, 'instance_idle', 'i-1');
    await state(planned.id, { status: 'planned', planned_date: '2026-10-11' });
    await state(find(rows, 'instance_idle', 'i-2').id, { status: 'dismissed', reason: 'cheap' });
    await run('2026-10-12', []);
    const again = await run('2026-10-13', [IDLE, OTHER]);
    expect(find(again, 'instance_idle', 'i-1')).toMatchObject({
      id: planned.id,
      status: 'open',
      is_counted: true,
      first_found_date: '2026-10-10',
      realised_saving_cost: null,
    });
    expect(find(again, 'instance_idle', 'i-2')).toMatchObject({ status: 'dismissed', is_counted: false });
  });

  it('stay dismissed until the day named, and by configuration', async () => {
    const { run, state } = await openWorld();
    const { id } = find(await run('2026-10-10', [IDLE, SMALLER]), 'instance_idle', 'i-1');
    await state(id, { status: 'dismissed', reason: 'standby', until: '2026-10-20' });
    const before = await run('2026-10-19', [IDLE, SMALLER]);
    expect(find(before, 'instance_idle', 'i-1')).toMatchObject({
      status: 'dismissed',
      state_reason: 'standby',
    });
    expect(find(before, 'instance_size', 'i-1')).toMatchObject({ counted_saving_cost: amount('100') });
    expect(find(await run('2026-10-20', [IDLE]), 'instance_idle', 'i-1')).toMatchObject({
      status: 'open',
      is_counted: true,
    });
    const ignored = { ...IDLE, ignored_reason: 'load test', ignored_until_date: '2026-12-01' };
    expect(find(await run('2026-10-21', [ignored]), 'instance_idle', 'i-1')).toMatchObject({
      status: 'dismissed',
      state_by: 'configuration',
      state_reason: 'load test',
      until: '2026-12-01',
      is_counted: false,
    });
  });

  it('end in the same state however often a day is run again', async () => {
    const once = await openWorld();
    await once.run('2026-10-10', [IDLE]);
    const rows = await once.run('2026-10-12', [OTHER]);
    const often = await openWorld();
    await often.run('2026-10-10', [IDLE, SMALLER, OTHER]);
    await often.run('2026-10-10', [IDLE]);
    await often.run('2026-10-12', [IDLE, SMALLER]);
    await often.run('2026-10-12', []);
    expect(await often.run('2026-10-12', [OTHER])).toEqual(rows);
    const { files } = await openTable(often.store, FINDING_HISTORY).snapshot();
    expect(files.map(({ partition, rowCount }) => [partition.as_of_date, rowCount]).sort()).toEqual([
      ['2026-10-10', 1],
      ['2026-10-12', 2],
    ]);
  });

  it('are kept for two months, and the last that tells of each month before', async () => {
    const { store, run } = await openWorld();
    for (const asOf of ['2026-05-20', '2026-06-01', '2026-06-20', '2026-08-01', '2026-09-20', '2026-10-10'])
      await run(asOf, [IDLE]);
    const { files } = await openTable(store, FINDING_HISTORY).snapshot();
    expect(files.map(({ partition }) => partition.as_of_date).sort()).toEqual([
      '2026-06-01',
      '2026-06-20',
      '2026-08-01',
      '2026-09-20',
      '2026-10-10',
    ]);
    const months = await engine.query(
      'select billing_period, counted_saving_cost from waste_months order by 1',
    );
    expect(months.map(({ billing_period }) => billing_period)).toEqual([
      '2026-05',
      '2026-06',
      '2026-07',
      '2026-09',
      '2026-10',
    ]);
  });

  it('of a detector that promises more than the cost stop the run', async () => {
    const { run } = await openWorld();
    await expect(run('2026-10-10', [{ ...IDLE, saving_cost: '301' }])).rejects.toThrow('promises');
  });
});
