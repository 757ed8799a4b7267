import { expect, it } from 'vitest';
import { decodeArrow, encodeArrow } from '../../analytics/results/arrow-file.ts';
import { buildTable } from '../../analytics/results/column-table.ts';
import { formatDecimal } from '../../analytics/results/decimals.ts';
import { TABLES, type TableName } from '../../analytics/results/tables.ts';
import { givenTable } from './fixtures.ts';

/** The table as a release wrote it that did not know the measure. */
function encodeWithout(name: TableName, measure: string) {
  const definition = TABLES[name];
  const older = { ...definition, measures: definition.measures.filter((each) => each.name !== measure) };
  const rows = [{ billing_period: '2026-10' }, { billing_period: '2026-11' }];
  return encodeArrow(older, buildTable(older, givenTable(name, rows)));
}

it.each([
  ['variance', 'budget_currency_cost'],
  ['variance_bridge', 'currency_cost'],
  ['variance_bridge', 'restatement_cost'],
] as const)('%s published before %s was known reads it as 0', (name, measure) => {
  const table = decodeArrow(TABLES[name], encodeWithout(name, measure));
  const values = table.decimals[measure];
  expect(values && [0, 1].map((row) => formatDecimal(values, row))).toEqual(['0', '0']);
});

it('refuses a table that lacks any other measure', () => {
  expect(() => decodeArrow(TABLES.variance, encodeWithout('variance', 'budget_cost'))).toThrow(
    'published table variance lacks the column budget_cost',
  );
});
