import { describe, expect, test } from 'vitest';
import type { ContractError } from '../../analytics/errors.ts';
import {
  compareSchemas,
  fromDeltaSchema,
  type TableColumn,
  type TableSchema,
  toDeltaSchema,
  toDuckdbType,
} from '../../analytics/lake/table-schema.ts';
import { SAMPLE_SCHEMA } from '../support/lake-samples.ts';

const extra: TableColumn = { name: 'extra', type: 'string', nullable: true, description: '' };
const withColumns = (columns: TableColumn[]): TableSchema => ({ ...SAMPLE_SCHEMA, columns });
const changeColumn = (name: string, change: Partial<TableColumn>) =>
  withColumns(
    SAMPLE_SCHEMA.columns.map((column) => (column.name === name ? { ...column, ...change } : column)),
  );

describe('toDeltaSchema', () => {
  test('writes fields as the protocol says', () => {
    const { type, fields } = JSON.parse(toDeltaSchema(SAMPLE_SCHEMA));
    expect(type).toBe('struct');
    expect(fields[0]).toEqual({
      name: 'source',
      type: 'string',
      nullable: true,
      metadata: { comment: 'Where it is from.' },
    });
    expect(fields[2]).toMatchObject({ type: 'decimal(38,12)', nullable: false });
    expect(fields.at(-1)).toEqual({
      name: 'tags',
      type: { type: 'map', keyType: 'string', valueType: 'string', valueContainsNull: true },
      nullable: false,
      metadata: {},
    });
  });

  test('is undone by fromDeltaSchema', () => {
    const { description, partitionBy } = SAMPLE_SCHEMA;
    const metaData = {
      schemaString: toDeltaSchema(SAMPLE_SCHEMA),
      partitionColumns: partitionBy,
      description,
    };
    expect(fromDeltaSchema('samples', metaData)).toEqual(SAMPLE_SCHEMA);
  });
});

describe('fromDeltaSchema', () => {
  test.each(['binary', 'toString', { type: 'array', elementType: 'string' }])('refuses %j', (type) => {
    const schemaString = JSON.stringify({
      type: 'struct',
      fields: [{ name: 'c', type, nullable: true, metadata: {} }],
    });
    expect(() => fromDeltaSchema('t', { schemaString, partitionColumns: [] })).toThrow(
      /column c .* not supported/,
    );
  });
});

describe('toDuckdbType', () => {
  test('knows every type', () => {
    expect(SAMPLE_SCHEMA.columns.map(({ type }) => toDuckdbType(type))).toEqual([
      'VARCHAR',
      'BIGINT',
      'DECIMAL(38,12)',
      'DECIMAL(38,15)',
      'TIMESTAMPTZ',
      'DATE',
      'INTEGER',
      'DOUBLE',
      'BOOLEAN',
      'MAP(VARCHAR, VARCHAR)',
    ]);
  });
});

describe('compareSchemas', () => {
  test('accepts the same schema, columns at the end and new descriptions', () => {
    expect(compareSchemas(SAMPLE_SCHEMA, structuredClone(SAMPLE_SCHEMA))).toBe('same');
    expect(compareSchemas(SAMPLE_SCHEMA, withColumns([...SAMPLE_SCHEMA.columns, extra]))).toBe('extended');
    expect(compareSchemas(SAMPLE_SCHEMA, changeColumn('ratio', { description: 'A share.' }))).toBe(
      'extended',
    );
    expect(compareSchemas(SAMPLE_SCHEMA, { ...SAMPLE_SCHEMA, description: 'New.' })).toBe('extended');
  });

  test.each<[string, TableSchema, RegExp]>([
    ['a changed type', changeColumn('ratio', { type: 'long' }), /ratio is ratio double, wanted ratio long/],
    ['changed nullability', changeColumn('ratio', { nullable: false }), /wanted ratio double not null/],
    ['a renamed column', changeColumn('ratio', { name: 'share' }), /wanted share double/],
    ['a lost column', withColumns(SAMPLE_SCHEMA.columns.slice(0, -1)), /tags is .*, wanted absent/],
    ['a column in front', withColumns([extra, ...SAMPLE_SCHEMA.columns]), /wanted extra string/],
    [
      'a required column',
      withColumns([...SAMPLE_SCHEMA.columns, { ...extra, nullable: false }]),
      /extra is absent/,
    ],
    ['another partition', { ...SAMPLE_SCHEMA, partitionBy: [] }, /partition columns\) is source, wanted/],
  ])('refuses %s, saying what differs', (_, wanted, message) => {
    expect(() => compareSchemas(SAMPLE_SCHEMA, wanted)).toThrow(message);
    try {
      compareSchemas(SAMPLE_SCHEMA, wanted);
    } catch (error) {
      expect((error as ContractError).rows[0]).toMatchObject({ column: expect.any(String) });
    }
  });
});
