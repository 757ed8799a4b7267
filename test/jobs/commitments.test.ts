import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { defaultConfiguration } from '../../analytics/configuration/load-configuration.ts';
import { importPath } from '../../analytics/jobs/import.ts';
import { runModels } from '../../analytics/jobs/run.ts';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import type { ObjectStore } from '../../analytics/lake/object-store.ts';
import { COMMITMENT_PURCHASES, COMMITMENTS } from '../../analytics/results/records/commitments.ts';
import type { RecordDefinition } from '../../analytics/results/records/definition.ts';
import { answerRecords } from '../../analytics/results/records/query.ts';
import { parseRecordRequest } from '../../analytics/results/records/request.ts';
import { openResults } from '../../analytics/results/snapshot.ts';
import { eachDay, type FocusLine, writeFocusCsv } from '../support/focus-csv.ts';

const PLAN = 'arn:aws:savingsplans::000000000001:savingsplan/p-1';
const OLD = 'arn:aws:savingsplans::000000000001:savingsplan/p-0';
const RESERVED = 'arn:aws:rds:eu-west-1:000000000011:ri:ledger';

let folder: string;
let store: ObjectStore;

/** 10 on demand an hour by day and 4 by night; a plan that is used for 18 of its 20 a day; a reservation for a year. */
function september(): FocusLine[] {
  const hours = eachDay('2026-09-01', '2026-10-01', { cost: '0' }).flatMap(({ start }) =>
    Array.from({ length: 24 }, (_, hour): FocusLine => {
      const at = (each: number) => new Date(Date.parse(start) + each * 3_600_000).toISOString();
      return { start: at(hour), end: at(hour + 1), cost: hour < 12 ? '4' : '10', resource: 'i-1' };
    }),
  );
  const committed = { pricing: 'Committed', commitment: PLAN, billed: '0' };
  return [
    ...hours,
    ...eachDay('2026-09-03', '2026-10-01', {
      ...committed,
      cost: '18',
      contracted: '24',
      list: '25',
      commitmentStatus: 'Used',
      resource: 'i-2',
    }),
    ...eachDay('2026-09-03', '2026-10-01', {
      ...committed,
      cost: '2',
      commitmentStatus: 'Unused',
      meter: 'ComputeSP',
    }),
    ...eachDay('2026-09-03', '2026-10-01', {
      category: 'Purchase',
      frequency: 'Recurring',
      commitment: PLAN,
      cost: '0',
      billed: '20',
      meter: 'ComputeSP',
    }),
    ...eachDay('2026-09-01', '2026-09-02', {
      ...committed,
      commitment: OLD,
      cost: '5',
      contracted: '7',
      commitmentStatus: 'Used',
      resource: 'i-2',
    }),
    ...eachDay('2026-09-01', '2026-10-01', {
      ...committed,
      commitment: RESERVED,
      cost: '6',
      contracted: '9',
      commitmentStatus: 'Used',
      meter: 'InstanceUsage:db.r6g',
      resource: 'db-1',
    }),
    {
      start: '2026-09-01',
      end: '2027-09-01',
      category: 'Purchase',
      frequency: 'One-Time',
      commitment: RESERVED,
      cost: '0',
      billed: '2190',
      meter: 'HeavyUsage',
    },
    ...eachDay('2026-09-01', '2026-10-01', {
      pricing: 'Dynamic',
      cost: '50',
      meter: 'SpotUsage:m5.large',
      resource: 'i-3',
    }),
  ];
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'headroom-commitments-'));
  store = await openFolderStore(path.join(folder, 'lake'));
  const file = path.join(folder, 'bill.csv');
  await writeFocusCsv(file, '2026-09', september());
  await importPath({ store, path: file, sourceName: 'bill' });
  await runModels({ store, configuration: defaultConfiguration(), asOf: '2026-10-03' });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function ask(definition: RecordDefinition, parameters: [string, string][] = []) {
  const request = parseRecordRequest(definition, parameters);
  return (await answerRecords(await openResults({ store }).current(), request)).rows;
}

it('shows each commitment with its use, its saving and its end', async () => {
  const rows = await ask(COMMITMENTS, [['status', 'all']]);
  const byId = new Map(rows.map((row) => [row.id, row]));
  expect(byId.get(PLAN)).toMatchObject({
    kind: 'savings_plan',
    status: 'active',
    start_date: '2026-09-03',
    end_date: null,
    earliest_end_date: '2027-09-03',
    term_source: 'first charge',
    hourly_cost: '0.833333',
    used_cost: '504',
    unused_cost: '56',
    on_demand_cost: '672',
    saving_cost: '112',
    utilisation_ratio: 0.9,
    discount_ratio: 0.25,
  });
  expect(byId.get(RESERVED)).toMatchObject({
    kind: 'reservation',
    status: 'active',
    end_date: '2027-09-01',
    term_source: 'purchase',
    utilisation_ratio: 1,
  });
  expect(byId.get(OLD)).toMatchObject({
    status: 'ended',
    start_date: null,
    end_date: null,
    term_source: null,
  });
});

it('computes a purchase from the hours that nothing covers, at the discount of the bill', async () => {
  const rows = await ask(COMMITMENT_PURCHASES);
  expect(rows.length).toBe(19);
  expect(rows[0]).toMatchObject({
    granularity: 'hourly',
    hour_count: 720,
    demand_cost: '5040',
    discount_source: 'bill',
    break_even_utilisation_ratio: rows[0]?.break_even_utilisation_ratio,
  });
  expect(rows[0]?.discount_ratio).toBeCloseTo(1 - 509 / 679, 5);
  const recommended = rows.find(({ is_recommended }) => is_recommended);
  // Half the hours need 10: at a quarter off, committing to more than the 4 of the night does not pay.
  expect(Number(recommended?.hourly_commitment_cost)).toBeCloseTo(4 * (509 / 679), 4);
  expect(Number(recommended?.saving_cost)).toBeCloseTo(4 * (1 - 509 / 679) * 720, 2);
});
