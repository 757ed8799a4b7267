import { expect, test } from 'vitest';
import { listColumns, RESULT_NAMES, RESULTS, type ResultName } from '../../analytics/results/catalog.ts';
import { answerQuery } from '../../analytics/results/query.ts';
import { DIMENSION_DESCRIPTIONS, TABLES, type TableName } from '../../analytics/results/tables.ts';
import { givenManifest, givenSnapshot, givenTable } from './fixtures.ts';

const MONTH = '2026-10';
const snapshot = givenSnapshot(
  (Object.keys(TABLES) as TableName[]).map((name) => givenTable(name, [{ billing_period: MONTH }])),
  givenManifest([MONTH]),
);

test.each<[ResultName, string[] | undefined]>([
  ...RESULT_NAMES.map((name): [ResultName, undefined] => [name, undefined]),
  ['tagging', ['resource_id']],
])('rows of %s by %s have the columns of the catalog, in its order', async (result, by) => {
  const { rows, by: grouping } = await answerQuery(snapshot, { result, ...(by ? { by } : {}) });
  const { findResult } = await import('../../analytics/results/catalog.ts');
  expect(Object.keys(rows[0] ?? {})).toEqual(
    listColumns(findResult(result, by), grouping).map(({ name }) => name),
  );
});

test('every dimension is described, and by default a result groups by its own', () => {
  for (const { dimensions } of Object.values(TABLES)) {
    for (const name of dimensions) expect(DIMENSION_DESCRIPTIONS).toHaveProperty(name);
  }
  for (const { table, defaultBy } of Object.values(RESULTS))
    expect(table.dimensions).toEqual(expect.arrayContaining([...defaultBy]));
});
