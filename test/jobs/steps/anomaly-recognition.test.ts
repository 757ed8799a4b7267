import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../../analytics/configuration/load-configuration.ts';
import type { StatedCause } from '../../../analytics/incident/incident.ts';
import { importPath } from '../../../analytics/jobs/import.ts';
import { runModels } from '../../../analytics/jobs/run.ts';
import { openFolderStore } from '../../../analytics/lake/folder-store.ts';
import { ANOMALIES } from '../../../analytics/results/records/anomalies.ts';
import { answerRecords, type RecordRow } from '../../../analytics/results/records/query.ts';
import { parseRecordRequest } from '../../../analytics/results/records/request.ts';
import { openResults } from '../../../analytics/results/snapshot.ts';
import { eachDay, type FocusLine, writeFocusCsv } from '../../support/focus-csv.ts';

const FIRST = '2026-07-01';
const AS_OF = '2026-10-20';

/** What an account is charged on a day; each stands for itself. */
type Account = Omit<FocusLine, 'start'> & { of: (date: string) => Partial<FocusLine> | undefined };

const paid = (cost: number) => ({ cost: String(cost) });
const OUTAGE = '000000000021';
const ENDED = '000000000022';
const BEGINS_ANEW = '000000000023';
const FEE = '000000000024';
const LICENSE = '000000000025';
const ACCOUNTS: Account[] = [
  {
    ...{ account: OUTAGE, service: 'Database', meter: 'InstanceUsage', cost: '60' },
    of: (date) => (date >= '2026-10-02' && date <= '2026-10-05' ? undefined : {}),
  },
  {
    ...{ account: ENDED, service: 'Functions', meter: 'Request', cost: '0' },
    of: (date) => paid(date < '2026-09-20' ? 0 : 30),
  },
  {
    ...{ account: BEGINS_ANEW, service: 'Queue', meter: 'Message', cost: '0' },
    of: (date) => paid(Number(date.slice(8)) <= 10 ? 0 : 20),
  },
  {
    ...{ account: FEE, service: 'Support', meter: 'SupportFee', cost: '150', quantity: '1' },
    of: (date) => (date >= '2026-09-01' && date.endsWith('-01') ? {} : undefined),
  },
  { ...{ account: FEE, service: 'Compute', meter: 'BoxUsage', cost: '100' }, of: () => ({}) },
  { ...{ account: LICENSE, service: 'Compute', meter: 'BoxUsage', cost: '100' }, of: () => ({}) },
  {
    ...{
      account: LICENSE,
      service: 'Compute',
      meter: 'License',
      cost: '150',
      quantity: '1',
      resource: 'lic',
    },
    of: (date) => (date >= '2026-08-01' && date.endsWith('-17') ? {} : undefined),
  },
];

/** Each account belongs to a service of its own. */
const CONFIGURATION = `version: 1
allocation:
  rules:
${[...new Set(ACCOUNTS.map(({ account }) => account))]
  .map(
    (account) =>
      `    - { name: a${account}, match: { sub_account_id: ['${account}'] }, set: { team: t${account}, service: s${account}, environment: prod } }`,
  )
  .join('\n')}
`;

let root: string;
let rows: RecordRow[];

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'headroom-recognition-'));
  await writeFile(path.join(root, 'headroom.yml'), CONFIGURATION);
  const store = await openFolderStore(path.join(root, 'lake'));
  const days = eachDay(FIRST, AS_OF, { cost: '0' }).map(({ start }) => start);
  for (const month of new Set(days.map((date) => date.slice(0, 7)))) {
    const lines = days
      .filter((date) => date.startsWith(month))
      .flatMap((start) =>
        ACCOUNTS.flatMap(({ of, ...line }): FocusLine[] => {
          const own = of(start);
          return own === undefined ? [] : [{ ...line, ...own, start }];
        }),
      );
    const file = path.join(root, `${month}.csv`);
    await writeFocusCsv(file, month, lines);
    await importPath({ store, path: file, sourceName: 'bill' });
  }
  await runModels({ store, configuration: await loadConfiguration(root), asOf: AS_OF });
  const snapshot = await openResults({ store }).current();
  rows = (await answerRecords(snapshot, parseRecordRequest(ANOMALIES, [['status', 'all']]))).rows;
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** In few words. */
const ofAccount = (account: string) =>
  rows
    .filter(({ sub_account_id }) => sub_account_id === account)
    .map(({ kind, status, started_on, ended_on, excess_cost, causes }) => {
      const [cause] = causes as unknown as StatedCause[];
      const excess = Number(Number(excess_cost).toFixed(1));
      return { kind, change: cause?.change, status, started_on, ended_on, excess };
    });

describe('what is recognised', () => {
  it('takes an outage in the first days of a month for no allowance', () => {
    expect(ofAccount(OUTAGE)).toEqual([
      {
        ...{ kind: 'drop', change: 'stopped', status: 'closed', excess: -240 },
        ...{ started_on: '2026-10-02', ended_on: '2026-10-05' },
      },
    ]);
  });

  it('says that units were free before', () => {
    expect(ofAccount(ENDED)).toEqual([
      {
        ...{ kind: 'free_tier_ended', change: 'free_tier_ended', status: 'accepted', excess: 300 },
        ...{ started_on: '2026-09-20', ended_on: '2026-09-29' },
      },
    ]);
    const [cause] = rows
      .flatMap(({ causes }) => causes as unknown as StatedCause[])
      .filter(({ change }) => change === 'free_tier_ended');
    expect(cause).toMatchObject({ quantity_amount: '0', price_amount: cause?.amount });
  });

  it('says nothing of units that are free each month anew', () => {
    expect(ofAccount(BEGINS_ANEW)).toEqual([]);
  });

  it('tells a monthly charge of the first day of the month once, as one charge', () => {
    expect(ofAccount(FEE)).toEqual([
      {
        ...{ kind: 'new_service', change: 'new_service', status: 'closed', excess: 150 },
        ...{ started_on: '2026-09-01', ended_on: '2026-09-01' },
      },
    ]);
  });

  it('tells a monthly charge of another day the first time', () => {
    expect(ofAccount(LICENSE)).toEqual([
      {
        ...{ kind: 'spike', change: 'new_usage_type', status: 'closed', excess: 150 },
        ...{ started_on: '2026-08-17', ended_on: '2026-08-17' },
      },
    ]);
  });
});
