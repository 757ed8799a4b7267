import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ContractError } from '../../../analytics/errors.ts';
import type { RecordDefinition } from '../../../analytics/results/records/definition.ts';
import { RECORDS } from '../../../analytics/results/records/index.ts';
import { answerRecord, answerRecords, type Overlay } from '../../../analytics/results/records/query.ts';
import {
  buildRecords,
  decodeRecords,
  encodeRecords,
} from '../../../analytics/results/records/record-table.ts';
import { parseRecordRequest } from '../../../analytics/results/records/request.ts';
import { givenManifest, givenSnapshot } from '../fixtures.ts';

const column = (name: string, type: RecordDefinition['columns'][number]['type'], isNullable = false) => ({
  name,
  type,
  isNullable,
  description: name,
});
const DEFINITION: RecordDefinition = {
  name: 'things/old',
  model: 'old_things',
  summary: 'Old things',
  columns: [
    column('id', 'text'),
    column('billing_period', 'text'),
    column('cost_center', 'text'),
    { ...column('status', 'text'), values: ['open', 'dismissed', 'resolved'] },
    column('saving_cost', 'decimal', true),
    column('billing_currency', 'text'),
    column('confidence', 'number'),
    column('seen_count', 'count', true),
    column('found_date', 'date'),
    column('is_counted', 'flag'),
    column('evidence', 'json', true),
  ],
  key: ['id'],
  defaultSort: '-saving_cost',
  defaultFilters: { status: ['open'] },
  totals: ['saving_cost'],
  hidden: ['evidence'],
};

type Given = Record<string, unknown>;
const given = (id: string, row: Given = {}): Given => ({
  id,
  billing_period: '2026-10',
  cost_center: 'CC-1',
  status: 'open',
  saving_cost: '1.5',
  billing_currency: 'USD',
  confidence: 0.5,
  seen_count: 3,
  found_date: '2026-10-05',
  is_counted: true,
  evidence: '{"hours":3}',
  ...row,
});

function snapshotOf(rows: readonly Given[], definition = DEFINITION) {
  const table = decodeRecords(definition, encodeRecords(definition, buildRecords(definition, rows)));
  return { ...givenSnapshot([], givenManifest(['2026-10'])), records: async () => table };
}

async function list(rows: readonly Given[], query = '', options = {}, overlay?: Overlay) {
  const request = parseRecordRequest(DEFINITION, new URLSearchParams(query), options);
  const answer = await answerRecords(snapshotOf(rows), request, overlay);
  return { ids: answer.rows.map(({ id }) => id), ...answer };
}

test('a column that may be absent reads as null in records published before it was known; another is a fault', () => {
  const bytes = encodeRecords(DEFINITION, buildRecords(DEFINITION, [given('a')]));
  const extended = (isNullable: boolean) => ({
    ...DEFINITION,
    columns: [...DEFINITION.columns, column('later', 'text', isNullable)],
  });
  expect(decodeRecords(extended(true), bytes).columns.later).toEqual([null]);
  expect(() => decodeRecords(extended(false), bytes)).toThrow(ContractError);
});

describe('a list of records', () => {
  test('answers every type as documented, without what is hidden', async () => {
    const { rows } = await list([given('a', { saving_cost: '0.100000000001', seen_count: null })]);
    const { evidence: _, ...shown } = given('a', { saving_cost: '0.100000000001', seen_count: null });
    expect(rows).toEqual([shown]);
  });

  test('is sorted by default, and nulls come last either way', async () => {
    const rows = [given('a'), given('b', { saving_cost: '20' }), given('c', { saving_cost: null })];
    expect((await list(rows)).ids).toEqual(['b', 'a', 'c']);
    expect((await list(rows, 'sort=saving_cost')).ids).toEqual(['a', 'b', 'c']);
  });

  test('filters by value, by range and by month; a default filter gives way', async () => {
    const rows = [
      given('a'),
      given('b', { status: 'resolved', saving_cost: '0.000000000002', found_date: '2026-11-02' }),
      given('c', { billing_period: '2026-11', confidence: 0.9, is_counted: false }),
    ];
    expect((await list(rows, 'sort=id')).ids).toEqual(['a', 'c']);
    expect((await list(rows, 'status=all&sort=id')).ids).toEqual(['a', 'b', 'c']);
    expect((await list(rows, 'status=all&max_saving_cost=0.000000000002')).ids).toEqual(['b']);
    expect((await list(rows, 'status=open&status=resolved&min_found_date=2026-11-01')).ids).toEqual(['b']);
    expect((await list(rows, 'min_confidence=0.9')).ids).toEqual(['c']);
    expect((await list(rows, 'month=2026-10')).ids).toEqual(['a']);
    expect((await list(rows, 'is_counted=false')).ids).toEqual(['c']);
  });

  test('shows what was stated after it was published, and filters by it', async () => {
    const overlay: Overlay = new Map([['a', { status: 'dismissed' }]]);
    const rows = [given('a'), given('b')];
    expect((await list(rows, '', {}, overlay)).ids).toEqual(['b']);
    expect((await list(rows, 'status=dismissed', {}, overlay)).rows).toMatchObject([
      { id: 'a', status: 'dismissed' },
    ]);
  });

  test('limits a caller to cost centres', async () => {
    const rows = [given('a'), given('b', { cost_center: 'CC-2' })];
    expect((await list(rows, '', { costCenters: ['CC-2'] })).ids).toEqual(['b']);
    expect((await list(rows, 'cost_center=CC-1', { costCenters: ['CC-2'] })).ids).toEqual([]);
    const request = parseRecordRequest(DEFINITION, [], { costCenters: ['CC-2'] });
    await expect(answerRecord(snapshotOf(rows), request, 'a')).rejects.toMatchObject({ status: 404 });
  });

  test('one row has all its columns, whatever the default filters say', async () => {
    const rows = [given('a', { status: 'resolved' })];
    const request = parseRecordRequest(DEFINITION, []);
    const { row } = await answerRecord(snapshotOf(rows), request, 'a');
    expect(row).toEqual({ ...rows[0], evidence: { hours: 3 } });
    await expect(answerRecord(snapshotOf(rows), request, 'z')).rejects.toMatchObject({ status: 404 });
  });

  test.each([
    ['color=red', 'color'],
    ['status=opne', 'status'],
    ['min_saving_cost=much', 'min_saving_cost'],
    ['min_found_date=yesterday', 'min_found_date'],
    ['min_confidence=', 'min_confidence'],
    ['sort=evidence', 'sort'],
    ['month=2026-13', 'month'],
    ['page=2', 'page'],
    ['page=1&page=1', 'page'],
  ])('refuses %s and names the parameter', async (query, parameter) => {
    await expect(list([given('a')], query)).rejects.toMatchObject({ status: 400, parameter });
  });

  test('pages cover every row once and totals do not depend on the page', async () => {
    const amount = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(amount, fc.constantFrom('USD', 'EUR')), { maxLength: 30 }),
        fc.integer({ min: 1, max: 7 }),
        async (amounts, size) => {
          const rows = amounts.map(([units, billing_currency], index) =>
            given(`id-${String(index).padStart(3, '0')}`, { saving_cost: `${units}`, billing_currency }),
          );
          const first = await list(rows, `page_size=${size}`);
          const ids: unknown[] = [];
          for (let page = 1; page <= first.page.pages; page += 1) {
            const answer = await list(rows, `page_size=${size}&page=${page}`);
            ids.push(...answer.ids);
            expect(answer.control.totals).toEqual(first.control.totals);
          }
          expect(ids.sort()).toEqual(rows.map(({ id }) => id));
          for (const { billing_currency, saving_cost } of first.control.totals) {
            const own = amounts.filter(([, currency]) => currency === billing_currency);
            expect(saving_cost).toBe(String(own.reduce((sum, [units]) => sum + units, 0n)));
          }
        },
      ),
    );
  });

  test('what is known of no row has no sum', async () => {
    const unknown = given('a', { saving_cost: null });
    expect((await list([unknown], '')).control.totals).toEqual([{ billing_currency: 'USD' }]);
    const both = await list([unknown, given('b', { saving_cost: '0' })], '');
    expect(both.control.totals).toEqual([{ billing_currency: 'USD', saving_cost: '0' }]);
  });

  test('the same rows give the same bytes', () => {
    const rows = [given('a'), given('b', { evidence: null })];
    const encode = () => encodeRecords(DEFINITION, buildRecords(DEFINITION, rows));
    expect(encode()).toEqual(encode());
  });

  test('rows that break the definition are refused', () => {
    expect(() => buildRecords(DEFINITION, [given('a'), given('a')])).toThrow(ContractError);
    expect(() => buildRecords(DEFINITION, [given('a', { status: null })])).toThrow(/status has no value/);
  });
});

describe('every definition', () => {
  test.each(RECORDS.map((definition) => [definition.name, definition] as const))(
    '%s holds together',
    (_, definition) => {
      const names = definition.columns.map(({ name }) => name);
      expect(new Set(names).size).toBe(names.length);
      const {
        key,
        totals = [],
        hidden = [],
        tableColumns = [],
        defaultSort,
        defaultFilters = {},
      } = definition;
      for (const name of [...key, ...totals, ...hidden, ...tableColumns, ...Object.keys(defaultFilters)]) {
        expect(names).toContain(name);
      }
      if (defaultSort) expect(names).toContain(defaultSort.replace(/^-/, ''));
      for (const { description } of definition.columns) expect(description).not.toBe('');
    },
  );

  test('no two share a name or a path', () => {
    const names = RECORDS.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(RECORDS.map(({ model }) => model)).size).toBe(RECORDS.length);
  });
});
