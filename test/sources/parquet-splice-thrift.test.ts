import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  readThriftStruct,
  type ThriftField,
  type ThriftStruct,
  thriftType,
  writeThriftStruct,
} from '../../analytics/sources/parquet-splice/thrift-compact.ts';

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const { field: anyField } = fc.letrec<{ struct: ThriftStruct; field: ThriftField }>((tie) => ({
  struct: fc
    .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 40 }), tie('field')), {
      selector: ([id]) => id,
      maxLength: 5,
    })
    .map((fields) => new Map(fields.sort(([a], [b]) => a - b))),
  field: fc.oneof(
    { depthSize: 'small' },
    fc.boolean().map((value) => ({ type: value ? thriftType.true : thriftType.false, value })),
    int32.map((value) => ({ type: thriftType.i32, value })),
    int64.map((value) => ({ type: thriftType.i64, value })),
    fc.integer({ min: 0, max: 255 }).map((value) => ({ type: thriftType.byte, value })),
    fc.uint8Array({ minLength: 8, maxLength: 8 }).map((value) => ({ type: thriftType.double, value })),
    fc.uint8Array({ maxLength: 300 }).map((value) => ({ type: thriftType.binary, value })),
    fc
      .array(int32, { maxLength: 40 })
      .map((items) => ({ type: thriftType.list, value: { elementType: thriftType.i32, items } })),
    fc
      .array(fc.boolean())
      .map((items) => ({ type: thriftType.list, value: { elementType: thriftType.true, items } })),
    fc
      .array(tie('struct'), { maxLength: 3 })
      .map((items) => ({ type: thriftType.list, value: { elementType: thriftType.struct, items } })),
    tie('struct').map((value) => ({ type: thriftType.struct, value })),
  ),
}));

test('a struct is read as it was written', () => {
  fc.assert(
    fc.property(fc.array(anyField, { maxLength: 6 }), (fields) => {
      const struct: ThriftStruct = new Map(fields.map((field, index) => [1 + index * 9, field]));
      expect(readThriftStruct(Uint8Array.from(writeThriftStruct(struct)))).toEqual(struct);
    }),
  );
});

test('bytes follow the compact protocol', () => {
  const struct: ThriftStruct = new Map<number, ThriftField>([
    [1, { type: thriftType.i32, value: -1 }],
    [2, { type: thriftType.true, value: true }],
    [20, { type: thriftType.binary, value: Uint8Array.from([65]) }],
    [21, { type: thriftType.list, value: { elementType: thriftType.i64, items: [300n] } }],
  ]);
  expect([...writeThriftStruct(struct)]).toEqual([0x15, 1, 0x11, 0x08, 40, 1, 65, 0x19, 0x16, 0xd8, 0x04, 0]);
});

test('bytes that end too early are refused', () => {
  fc.assert(
    fc.property(anyField, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (field, share) => {
      const bytes = writeThriftStruct(new Map([[1, field]]));
      expect(() => readThriftStruct(bytes.subarray(0, Math.floor(bytes.length * share)))).toThrow(RangeError);
    }),
  );
});
