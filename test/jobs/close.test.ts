import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultConfiguration, loadConfiguration } from '../../analytics/configuration/load-configuration.ts';
import { parseScaled } from '../../analytics/decimal-text.ts';
import { closeDueMonths, closeMonth, reopenMonth } from '../../analytics/jobs/close.ts';
import { importPath } from '../../analytics/jobs/import.ts';
import { runModels } from '../../analytics/jobs/run.ts';
import { vacuumLake } from '../../analytics/jobs/vacuum.ts';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import type { ObjectStore } from '../../analytics/lake/object-store.ts';
import { listCloses, openAsClosed } from '../../analytics/results/closes.ts';
import { publishResults } from '../../analytics/results/publish.ts';
import { answerQuery } from '../../analytics/results/query.ts';
import { answerRecords } from '../../analytics/results/records/query.ts';
import { parseRecordRequest } from '../../analytics/results/records/request.ts';
import { RESTATEMENTS } from '../../analytics/results/records/restatements.ts';
import { openResults } from '../../analytics/results/snapshot.ts';
import { BRIDGE_PARTS } from '../../analytics/results/tables.ts';
import { focusRow, toCsv } from '../support/cost-files.ts';
import { ask } from '../support/results.ts';

const MONTH = '2026-09';
const AS_OF = '2026-11-10';
const by = 'finance@example.com';

let folder: string;
let store: ObjectStore;
let deliveries: number;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-close-'));
  store = await openFolderStore(join(folder, 'lake'));
  deliveries = 0;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Delivers a month's bill anew: its cost by product. */
async function deliver(month: string, costs: Record<string, string>, invoiceId = 'INV-1') {
  deliveries += 1;
  const path = join(folder, `delivery-${deliveries}`);
  await mkdir(path);
  const [year = 0, number = 1] = month.split('-').map(Number);
  const at = (monthNo: number, day: number) => new Date(Date.UTC(year, monthNo - 1, day)).toISOString();
  const rows = Object.entries(costs).map(([ServiceName, cost]) =>
    focusRow({
      ServiceName,
      BillingPeriodStart: at(number, 1),
      BillingPeriodEnd: at(number + 1, 1),
      ChargePeriodStart: at(number, 5),
      ChargePeriodEnd: at(number, 6),
      InvoiceId: invoiceId,
      BilledCost: cost,
      EffectiveCost: cost,
      ListCost: cost,
      ContractedCost: cost,
    }),
  );
  const file = join(path, 'bill.csv');
  await writeFile(file, toCsv(rows));
  const time = new Date(Date.UTC(2026, 10, 1, 0, deliveries));
  await utimes(file, time, time);
  await importPath({ store, path, sourceName: 'bill' });
}

const run = (configuration = defaultConfiguration()) => runModels({ store, configuration, asOf: AS_OF });
/** A configuration that allocates a product to each of the teams. */
async function allocate(products: Record<string, string>) {
  const config = await mkdtemp(join(folder, 'config-'));
  const rules = Object.entries(products).map(
    ([team, service_name]) =>
      `{ name: ${team}, match: { service_name: ${service_name} }, set: { team: ${team} } }`,
  );
  await writeFile(join(config, 'headroom.yml'), `version: 1\nallocation: { rules: [${rules.join(', ')}] }\n`);
  return loadConfiguration(config);
}
const close = (more = {}) => closeMonth({ store, month: MONTH, by, ...more });
const total = ({ control }: { control: { totals: Record<string, unknown>[] } }) =>
  control.totals[0]?.billed_cost;
const asClosed = async () =>
  total(await answerQuery(await openAsClosed(store, MONTH), { result: 'costs', month: MONTH }));
const asKnown = async () => total(await ask(store, { result: 'costs', month: MONTH }));

async function restatements() {
  const snapshot = await openResults({ store }).current();
  const request = parseRecordRequest(RESTATEMENTS, [['sort', 'restatement_id']]);
  return (await answerRecords(snapshot, request)).rows;
}

describe('a closed month', () => {
  it('reads the same after a restatement, which is kept with its delivery and the month that it is booked into', async () => {
    await deliver(MONTH, { EC2: '10', S3: '3' });
    await deliver('2026-10', { EC2: '12' });
    await run();
    await close();
    await deliver(MONTH, { EC2: '9.5', S3: '3', Support: '1.25' });
    await run();
    expect(await asClosed()).toBe('13');
    expect(await asKnown()).toBe('13.75');
    expect(await restatements()).toMatchObject([
      {
        billing_period: MONTH,
        sequence: 1,
        booked_period: '2026-10',
        service_name: 'EC2',
        billed_cost: '-0.5',
      },
      {
        billing_period: MONTH,
        sequence: 1,
        booked_period: '2026-10',
        service_name: 'Support',
        billed_cost: '1.25',
      },
    ]);
    await run();
    expect(await restatements()).toHaveLength(2);
    await deliver(MONTH, { EC2: '9', S3: '3', Support: '1.25' });
    await run();
    expect((await restatements())[2]).toMatchObject({
      sequence: 2,
      service_name: 'EC2',
      billed_cost: '-0.5',
    });
  });

  it('tells another allocation from what was delivered, and forgets the one that was undone', async () => {
    const configured = await allocate({ pay: 'EC2', web: 'S3' });
    await deliver(MONTH, { EC2: '10', S3: '3', Support: '1' });
    await run(configured);
    await close();
    await run();
    const other = { cause: 'configuration', service_name: '(all)', delivered_at: null, delivery_ids: '' };
    expect(await restatements()).toMatchObject([
      { ...other, team: '(unallocated)', billed_cost: '-1' },
      { ...other, team: 'pay', billed_cost: '-10' },
      { ...other, team: 'payments', billed_cost: '14' },
      { ...other, team: 'web', billed_cost: '-3' },
    ]);
    await run(configured);
    expect(await restatements()).toEqual([]);

    // Both at once: the bill says which product was delivered anew.
    await deliver(MONTH, { EC2: '9', S3: '3', Support: '1' });
    await run(await allocate({ pay: 'EC2', shop: 'S3' }));
    expect(await restatements()).toMatchObject([
      { ...other, team: 'shop', billed_cost: '3' },
      { ...other, team: 'web', billed_cost: '-3' },
      { cause: 'delivery', service_name: 'EC2', team: 'pay', billed_cost: '-1' },
    ]);
    await run(configured);
    expect(await restatements()).toHaveLength(1);
  });

  it('stays readable through many versions and a vacuum that keeps nothing', async () => {
    await deliver(MONTH, { EC2: '10' });
    await run();
    const { close: first } = await close();
    await deliver(MONTH, { EC2: '11' });
    await run();
    const { manifest } = await openResults({ store }).current();
    for (let day = 1; day <= 25; day += 1) {
      const as_of = `2026-12-${String(day).padStart(2, '0')}`;
      await publishResults({ store, tables: [], manifest: { ...manifest, as_of } });
    }
    await vacuumLake({ store, retentionHours: 0.000001 });
    expect(await asClosed()).toBe('10');
    const pack = JSON.parse(new TextDecoder().decode(await store.read(first.pack_key)));
    expect(pack.costs.rows).toMatchObject([{ service_name: 'EC2', billed_cost: '10' }]);
  });

  it('is closed once: asked again it says which close holds', async () => {
    await deliver(MONTH, { EC2: '10' });
    await run();
    const first = await close();
    const again = await close();
    expect([first.isNew, again.isNew]).toEqual([true, false]);
    expect(again.close).toEqual(first.close);
  });

  it('is opened again for a reason only, and then restatements begin anew', async () => {
    await deliver(MONTH, { EC2: '10' });
    await run();
    await close();
    await expect(reopenMonth({ store, month: MONTH, by, reason: ' ' })).rejects.toThrow(/reason/);
    await reopenMonth({ store, month: MONTH, by, reason: 'a missing account' });
    await expect(openAsClosed(store, MONTH)).rejects.toMatchObject({ status: 404 });
    await deliver(MONTH, { EC2: '11' });
    await run();
    expect(await restatements()).toEqual([]);
    await close();
    expect(await asClosed()).toBe('11');
  });
});

describe('a month is not closed', () => {
  it('while the last run does not know what was imported of it since', async () => {
    await deliver(MONTH, { EC2: '10' });
    await run();
    await deliver(MONTH, { EC2: '12' });
    await expect(close()).rejects.toMatchObject({
      message: expect.stringContaining(`${MONTH} was imported again after the last run`),
      remedy: expect.stringContaining('headroom run'),
    });
    const due = async () =>
      closeDueMonths({ store, by: 'schedule', waitDays: 8, now: new Date('2026-12-01T00:00:00Z') });
    expect(await due()).toMatchObject({
      closed: [],
      waiting: [{ month: MONTH, reason: expect.stringContaining('imported again') }],
    });
    await run();
    // Another month, and the same delivery again, change nothing of it.
    await deliver('2026-10', { EC2: '1' });
    await deliver(MONTH, { EC2: '12' });
    expect((await due()).closed).toEqual([MONTH]);
    expect(await asClosed()).toBe('12');
  });

  it('while it is not published, not complete or without an invoice id', async () => {
    await deliver(MONTH, { EC2: '10' }, '');
    await deliver('2026-11', { EC2: '1' });
    await run();
    await expect(close({ month: '2025-01' })).rejects.toThrow(/nothing is published for 2025-01/);
    await expect(close({ month: '2026-11' })).rejects.toThrow(/not complete/);
    await expect(close()).rejects.toThrow(/no invoice id yet in bill/);
    expect((await close({ allowEstimated: true })).isNew).toBe(true);
  });

  it('by the schedule before it is due, or after somebody reopened it', async () => {
    await deliver(MONTH, { EC2: '10' });
    await deliver('2026-10', { EC2: '10' }, '');
    await run();
    const due = (day: string) => closeDueMonths({ store, by: 'schedule', waitDays: 8, now: new Date(day) });
    expect((await due('2026-10-08T23:00:00Z')).closed).toEqual([]);
    const report = await due('2026-11-12T00:00:00Z');
    expect(report.closed).toEqual([MONTH]);
    expect(report.waiting).toMatchObject([
      { month: '2026-10', reason: expect.stringMatching(/no invoice id/) },
    ]);
    await reopenMonth({ store, month: MONTH, by, reason: 'wrong account' });
    expect((await due('2026-11-12T00:00:00Z')).closed).toEqual([]);
  });
});

/** The bridge as closed, as one text; none of its parts is a restatement. */
async function bridgeAsClosed() {
  const snapshot = await openAsClosed(store, MONTH);
  const { control } = await answerQuery(snapshot, { result: 'variance/bridge', month: MONTH });
  expect(new Set(control.totals.map(({ restatement_cost }) => restatement_cost))).toEqual(new Set(['0']));
  return JSON.stringify(control.totals);
}

/** Base + parts as closed + restatement = actual as known now, exactly. */
async function expectBridged() {
  const request = { month: MONTH, filters: { comparison: ['prior_month'] } };
  const [total = {}] = (await ask(store, { result: 'variance/bridge', ...request })).control.totals;
  const parts = BRIDGE_PARTS.map(({ name }) => parseScaled(String(total[`${name}_cost`])));
  const sum = parts.reduce((all, part) => all + part, parseScaled(String(total.base_cost)));
  expect(sum).toBe(parseScaled(String(total.actual_cost)));
  expect(total.actual_cost).toBe(await asKnown());
}

it('in any order of closes, restatements and runs, as closed is stable and restatements add up', async () => {
  const action = fc.oneof(
    fc.record({ do: fc.constant('deliver' as const), cents: fc.integer({ min: -500, max: 5000 }) }),
    fc.constantFrom({ do: 'close' as const }, { do: 'reopen' as const }),
  );
  let round = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 5 }), async (actions) => {
      round += 1;
      store = await openFolderStore(join(folder, `lake-${round}`));
      await deliver('2026-08', { EC2: '8' });
      await deliver(MONTH, { EC2: '10', S3: '0.07' });
      await run();
      let expected: unknown;
      let bridged: unknown;
      for (const each of actions) {
        if (each.do === 'deliver') {
          await deliver(MONTH, { EC2: String(each.cents / 100), S3: '0.07' });
          await run();
        } else if (each.do === 'close') {
          if ((await close()).isNew) [expected, bridged] = [await asKnown(), await bridgeAsClosed()];
        } else if ((await listCloses(store)).has(MONTH)) {
          await reopenMonth({ store, month: MONTH, by, reason: 'test' });
          await run();
          expected = undefined;
        }
        if (expected !== undefined) {
          expect(await asClosed()).toBe(expected);
          expect(await bridgeAsClosed()).toBe(bridged);
        }
        await expectBridged();
      }
      const held = (await listCloses(store)).get(MONTH);
      if (!held) return;
      const noted = (await restatements()).filter(({ recorded_at }) => String(recorded_at) >= held.at);
      const sum = noted.reduce((all, { billed_cost }) => all + parseScaled(String(billed_cost)), 0n);
      expect(parseScaled(String(expected)) + sum).toBe(parseScaled(String(await asKnown())));
    }),
    { numRuns: 3 },
  );
}, 240_000);
