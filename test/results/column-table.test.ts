import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseScaled } from '../../analytics/decimal-text.ts';
import { ContractError } from '../../analytics/errors.ts';
import { decodeArrow, encodeArrow } from '../../analytics/results/arrow-file.ts';
import { buildTable, findRows, type RawTable } from '../../analytics/results/column-table.ts';
import { formatDecimal } from '../../analytics/results/decimals.ts';
import { TABLES } from '../../analytics/results/tables.ts';
import { type GivenRow, givenTable } from './fixtures.ts';

const { tagging_resources: definition } = TABLES;

function build(rows: readonly GivenRow[]) {
  return buildTable(definition, givenTable('tagging_resources', rows));
}

function read(rows: readonly GivenRow[]) {
  const table = build(rows);
  const text = (name: string, row: number) => table.texts[name]?.values[table.texts[name]?.codes[row] ?? -1];
  return Array.from({ length: table.rowCount }, (_, row) => [
    text('billing_period', row),
    text('team', row),
    formatDecimal(
      table.decimals.taggable_cost ?? { whole: new Float64Array(), pico: new Float64Array() },
      row,
    ),
  ]);
}

describe('a table that is built', () => {
  test('is sorted by month first, and equal rows are added up', () => {
    const rows = [
      { billing_period: '2026-02', team: 'b', taggable_cost: '1' },
      { billing_period: '2026-01', team: 'z', taggable_cost: '0.1' },
      { billing_period: '2026-02', team: 'a', taggable_cost: '2' },
      { billing_period: '2026-01', team: 'z', taggable_cost: '0.2' },
    ];
    expect(read(rows)).toEqual([
      ['2026-01', 'z', '0.3'],
      ['2026-02', 'a', '2'],
      ['2026-02', 'b', '1'],
    ]);
  });

  test('has a word for what is not there', () => {
    const raw = givenTable('tagging_resources', [{ team: '' }, { team: 'a' }]);
    const columns = { ...raw.columns, owner: [null, ''] };
    const table = buildTable(definition, { ...raw, columns });
    expect(table.texts.team?.values).toEqual(['(none)', 'a']);
    expect(table.texts.owner?.values).toEqual(['(none)']);
  });

  test.each([
    ['a binary number as an amount', { taggable_cost: [0.1] }],
    ['an amount that is absent', { taggable_cost: [null] }],
    ['columns of different lengths', { team: ['a', 'b'] }],
  ])('is refused for %s', (_, columns) => {
    const raw: RawTable = givenTable('tagging_resources', [{}]);
    const broken: RawTable = { ...raw, columns: { ...raw.columns, ...columns } };
    expect(() => buildTable(definition, broken)).toThrow(ContractError);
  });

  test('knows the rows of a month', () => {
    const table = build(
      ['2026-01', '2026-03', '2026-03', '2026-04'].map((month, i) => ({
        billing_period: month,
        team: `t${i}`,
      })),
    );
    expect(findRows(table, '2026-03', '2026-03')).toEqual({ start: 1, end: 3 });
    expect(findRows(table, '2026-02', '2026-02')).toEqual({ start: 1, end: 1 });
    expect(findRows(table, '2025-01', '2027-01')).toEqual({ start: 0, end: 4 });
    expect(findRows(table, '2027-01', '2027-02')).toEqual({ start: 4, end: 4 });
  });
});

const text = fc.constantFrom('a', 'b', 'ß', '😀', '__proto__', '(none)');
const row = fc.record({
  billing_period: fc.constantFrom('2026-01', '2026-02'),
  team: text,
  owner: text,
  taggable_cost: fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
});

describe('Arrow', () => {
  test('the file has the same bytes whatever the order of the rows, and reads back as it was', () => {
    const shuffled = fc
      .array(row, { maxLength: 30 })
      .chain((rows) => fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })));
    fc.assert(
      fc.property(shuffled, ([rows, others]) => {
        const bytes = encodeArrow(definition, build(rows));
        expect(Buffer.compare(encodeArrow(definition, build(others)), bytes)).toBe(0);
        const decoded = decodeArrow(definition, bytes);
        expect(Buffer.compare(encodeArrow(definition, decoded), bytes)).toBe(0);
      }),
    );
  });

  test('a misaligned buffer is no obstacle', () => {
    const bytes = encodeArrow(definition, build([{ taggable_cost: parseScaled('1.25') }]));
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    expect(
      formatDecimal(decodeArrow(definition, shifted.subarray(1)).decimals.taggable_cost as never, 0),
    ).toBe('1.25');
  });

  test('a file of another table is refused', () => {
    const bytes = encodeArrow(definition, build([{}]));
    expect(() => decodeArrow(TABLES.tagging, bytes)).toThrow(ContractError);
  });
});
