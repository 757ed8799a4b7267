import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildTable } from '../../analytics/results/column-table.ts';
import { groupRows, keepGroupsIn, sumCounts } from '../../analytics/results/grouping.ts';
import { TABLES } from '../../analytics/results/tables.ts';
import { givenTable } from './fixtures.ts';

const text = fc.nat(12).map((n) => `v${n}`);
const row = fc.record({ team: text, service: text, sub_account_id: text, line_count: fc.nat(9) });
const rows = fc.array(row, { maxLength: 60 });
const dimensions = fc.uniqueArray(fc.constantFrom('team', 'service', 'sub_account_id', 'region_id'));

test('groups are the distinct texts in order, and their sums are those of their rows', () => {
  fc.assert(
    fc.property(rows, dimensions, fc.subarray(['v0', 'v1', 'v2', 'v3', 'v4']), (given, by, teams) => {
      const table = buildTable(TABLES.costs, givenTable('costs', given));
      const filters = teams.length > 0 ? new Map([['team', new Set(teams)]]) : new Map();
      const range = { start: 0, end: table.rowCount };
      const groups = groupRows(table, by, range, filters);
      const sums = sumCounts(groups, table.counts.line_count as Float64Array, range);

      const expected = new Map<string, number>();
      for (const one of given.filter(({ team }) => teams.length === 0 || teams.includes(team))) {
        const key = by.map((name) => (one as Record<string, unknown>)[name] ?? 'any').join();
        expected.set(key, (expected.get(key) ?? 0) + one.line_count);
      }
      const nameOf = (index: number) =>
        by
          .map((name) => {
            const { values, codes } = table.texts[name] as { values: string[]; codes: Int32Array };
            return values[codes[groups.firstRows[index] as number] as number];
          })
          .join();
      const found = Array.from(sums, (sum, index): [string, number] => [nameOf(index), sum]);
      expect(new Map(found)).toEqual(expected);
      expect(found.map(([name]) => name)).toEqual(
        [...expected.keys()].sort((a, b) => compareLists(a.split(','), b.split(','))),
      );
    }),
  );
});

test('groups with many possible keys are the same as with few', () => {
  const given = Array.from({ length: 500 }, (_, i) => ({
    team: `t${i % 400}`,
    service: `s${(i * 7) % 450}`,
    line_count: 1,
  }));
  const table = buildTable(TABLES.costs, givenTable('costs', given));
  const groups = groupRows(table, ['team', 'service'], { start: 0, end: table.rowCount });
  expect(groups.count).toBe(new Set(given.map(({ team, service }) => `${team} ${service}`)).size);
});

test('only groups with a row in the range are kept', () => {
  const given = [
    { billing_period: '2026-01', team: 'gone' },
    { billing_period: '2026-01', team: 'stays' },
    { billing_period: '2026-02', team: 'stays' },
    { billing_period: '2026-02', team: 'new' },
  ];
  const table = buildTable(TABLES.costs, givenTable('costs', given));
  const groups = keepGroupsIn(groupRows(table, ['team'], { start: 0, end: 4 }), { start: 2, end: 4 });
  expect(groups.count).toBe(2);
  expect(groups.slots.filter((slot) => slot >= 0)).toHaveLength(3);
});

function compareLists(a: string[], b: string[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at < 0 ? 0 : (a[at] as string) < (b[at] as string) ? -1 : 1;
}
