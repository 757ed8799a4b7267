import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openDuckdb } from '../../../analytics/engine/duckdb.ts';
import { ACCOUNTS } from '../../../analytics/lake/collected-tables.ts';
import { openFolderStore } from '../../../analytics/lake/folder-store.ts';
import { type Row, writeWindow } from '../../../analytics/sources/aws-window.ts';
import { addDays, groupDays, listDays } from '../../../analytics/sources/days.ts';
import { readCollected } from '../../support/collect.ts';
import { makeTestFolder } from '../../support/lake-folder.ts';

const FIRST_DAY = '2026-11-01';
const DAYS = 3;

const pull = fc.record({
  scope: fc.constantFrom('one', 'two'),
  pulledAt: fc.integer({ min: 1, max: 5 }),
  from: fc.integer({ min: 0, max: DAYS - 1 }),
  length: fc.integer({ min: 1, max: DAYS }),
  rows: fc.integer({ min: 0, max: 2 }),
});

it('holds, of each scope and day, the newest pull alone, whatever was written in what order and how often', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(pull, { minLength: 1, maxLength: 6 }), async (pulls) => {
      const store = await openFolderStore(await makeTestFolder());
      const scratchFolder = await store.scratchFolder();
      const engine = await openDuckdb({ tempFolder: scratchFolder, threads: 1 });
      try {
        const held = new Map<string, { pulledAt: number; rows: number; id: number }>();
        for (const [id, { scope, pulledAt, from, length, rows }] of pulls.entries()) {
          const days = listDays(addDays(FIRST_DAY, from), addDays(FIRST_DAY, Math.min(DAYS, from + length)));
          const before = [...held.keys()];
          const partitions = new Map(days.map((day) => [day, makeRows(scope, id, rows)]));
          const write = { schema: ACCOUNTS, scope, pulledAt: new Date(pulledAt), partitions };
          const written = await writeWindow({ store, engine, scratchFolder }, write);
          expect(await writeWindow({ store, engine, scratchFolder }, write)).toBe(0);
          // A pull at the very instant of another of the same window is the same pull.
          const key = (day: string) => `${scope} ${day}`;
          const isSame = pulls
            .slice(0, id)
            .some((other) => sameWindow(other, pulls[id]) && other.pulledAt >= pulledAt);
          if (isSame) expect(written).toBe(0);
          else {
            for (const day of days) {
              if ((held.get(key(day))?.pulledAt ?? 0) <= pulledAt) held.set(key(day), { pulledAt, rows, id });
            }
          }
          expect(before.every((each) => held.has(each))).toBe(true);
        }
        const rows = await readCollected(
          store,
          'accounts',
          'select payer_account_id as scope, date, account_id from rows',
        );
        const expected = [...held].flatMap(([key, { rows, id }]) => {
          const [scope = '', date = ''] = key.split(' ');
          return makeRows(scope, id, rows).map(({ account_id }) => ({ scope, date, account_id }));
        });
        const sort = (list: unknown[]) => list.map((each) => JSON.stringify(each)).sort();
        expect(sort(rows)).toEqual(sort(expected));
      } finally {
        engine.close();
      }
    }),
    { numRuns: 12 },
  );
});

type Pull = { scope: string; pulledAt: number; from: number; length: number };

function sameWindow(one: Pull, other: Pull | undefined): boolean {
  const end = ({ from, length }: Pull) => Math.min(DAYS, from + length);
  return (
    other !== undefined && one.scope === other.scope && one.from === other.from && end(one) === end(other)
  );
}

function makeRows(scope: string, pull: number, count: number): Row[] {
  return Array.from({ length: count }, (_, index) => ({
    payer_account_id: scope,
    account_id: `${pull}-${index}`,
    account_name: null,
    status: null,
    joined_at: null,
    observed_at: '2026-11-01T00:00:00Z',
  }));
}

it('refuses rows that lack what the table requires', async () => {
  const store = await openFolderStore(await makeTestFolder());
  const scratchFolder = await store.scratchFolder();
  const engine = await openDuckdb({ tempFolder: scratchFolder, threads: 1 });
  try {
    const [row = {}] = makeRows('one', 0, 1);
    const partitions = new Map([[FIRST_DAY, [{ ...row, account_id: null }]]]);
    const write = { schema: ACCOUNTS, scope: 'one', pulledAt: new Date(1), partitions };
    await expect(writeWindow({ store, engine, scratchFolder }, write)).rejects.toThrow(
      /lack a required value/,
    );
  } finally {
    engine.close();
  }
});

it('groups days into periods that cover each day once and, where asked, end with the month', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(100), { maxLength: 60 }), fc.boolean(), (offsets, splitsMonths) => {
      const days = offsets.map((offset) => addDays(FIRST_DAY, offset)).sort();
      const periods = groupDays(days, splitsMonths);
      expect(periods.flatMap(({ from, to }) => listDays(from, to))).toEqual(days);
      for (const { from, to } of periods) {
        if (splitsMonths) expect(addDays(to, -1).slice(0, 7)).toBe(from.slice(0, 7));
      }
    }),
  );
});
