/** Whether the pages of a delivered column already mean the wanted type, and how the target's schema names it. */
import { elementField, getNumber, getStruct } from './parquet-footer.ts';
import { type ThriftField, type ThriftStruct, thriftType } from './thrift-compact.ts';

/** Values of enums and ids of unions in parquet.thrift. */
const REPETITION = { required: 0, repeated: 2 } as const;
const PHYSICAL = { int64: 2, double: 5, byteArray: 6 } as const;
const CONVERTED = { utf8: 0, map: 1, mapKeyValue: 2, timestampMicros: 10 } as const;
/** Ids of the LogicalType union and, in a timestamp, of its fields and units. */
const LOGICAL = { string: 1, map: 2, decimal: 5, timestamp: 8 } as const;
const TIMESTAMP = { isAdjustedToUtc: 1, unit: 2, micros: 2 } as const;
const DECIMAL_FIELD = { scale: 1, precision: 2 } as const;

function isText(element: ThriftStruct): boolean {
  return (
    getNumber(element, elementField.type) === PHYSICAL.byteArray &&
    (getStruct(element, elementField.logicalType)?.has(LOGICAL.string) === true ||
      getNumber(element, elementField.convertedType) === CONVERTED.utf8)
  );
}

function isDouble(element: ThriftStruct): boolean {
  return getNumber(element, elementField.type) === PHYSICAL.double;
}

function isMicroseconds(element: ThriftStruct): boolean {
  if (getNumber(element, elementField.type) !== PHYSICAL.int64) return false;
  const logical = getStruct(element, elementField.logicalType);
  if (!logical) return getNumber(element, elementField.convertedType) === CONVERTED.timestampMicros;
  const timestamp = getStruct(logical, LOGICAL.timestamp);
  return timestamp !== undefined && getStruct(timestamp, TIMESTAMP.unit)?.has(TIMESTAMP.micros) === true;
}

function isDecimal(element: ThriftStruct, precision: number, scale: number): boolean {
  const logical = getStruct(element, elementField.logicalType);
  const decimal = logical && getStruct(logical, LOGICAL.decimal);
  const [struct, field] = decimal ? [decimal, DECIMAL_FIELD] : [element, elementField];
  return getNumber(struct, field.precision) === precision && (getNumber(struct, field.scale) ?? 0) === scale;
}

/** @see https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#maps */
function isMapOf(
  isValue: (element: ThriftStruct) => boolean,
  [map, entry, key, value, ...rest]: readonly ThriftStruct[],
): boolean {
  if (!map || !entry || !key || !value || rest.length > 0) return false;
  const converted = getNumber(map, elementField.convertedType);
  return (
    (getStruct(map, elementField.logicalType)?.has(LOGICAL.map) === true ||
      converted === CONVERTED.map ||
      converted === CONVERTED.mapKeyValue) &&
    getNumber(entry, elementField.repetition) === REPETITION.repeated &&
    getNumber(entry, elementField.childCount) === 2 &&
    getNumber(key, elementField.repetition) === REPETITION.required &&
    getNumber(value, elementField.repetition) !== REPETITION.repeated &&
    isText(key) &&
    isValue(value)
  );
}

/** A copy of a schema element under its new name, with the annotations given. */
function rename(
  element: ThriftStruct,
  name: string,
  changes: readonly [number, ThriftField][] = [],
): ThriftStruct {
  const renamed: ThriftStruct = new Map([...element, ...changes]);
  renamed.delete(elementField.fieldId);
  return renamed.set(elementField.name, { type: thriftType.binary, value: Buffer.from(name) });
}

function toStruct(entries: [number, ThriftField][] = []): ThriftField {
  return { type: thriftType.struct, value: new Map(entries) };
}

const UTC_MICROSECONDS: readonly [number, ThriftField][] = [
  [elementField.convertedType, { type: thriftType.i32, value: CONVERTED.timestampMicros }],
  [
    elementField.logicalType,
    toStruct([
      [
        LOGICAL.timestamp,
        toStruct([
          [TIMESTAMP.isAdjustedToUtc, { type: thriftType.true, value: true }],
          [TIMESTAMP.unit, toStruct([[TIMESTAMP.micros, toStruct()]])],
        ]),
      ],
    ]),
  ],
];

/**
 * The schema elements under which the column's pages, as they are, mean the wanted type; undefined when they cannot.
 * A timestamp without zone becomes UTC: both count microseconds since 1970-01-01 00:00, only the annotation differs.
 */
export function annotateColumn(
  elements: readonly ThriftStruct[],
  name: string,
  type: string,
): ThriftStruct[] | undefined {
  const [top, entry, key, value] = elements;
  if (!top || getNumber(top, elementField.repetition) === REPETITION.repeated) return undefined;
  const wanted = type.toUpperCase().replaceAll(' ', '');
  const isValue = { 'MAP(VARCHAR,VARCHAR)': isText, 'MAP(VARCHAR,DOUBLE)': isDouble }[wanted];
  if (isValue && entry && key && value && isMapOf(isValue, elements)) {
    return [rename(top, name), rename(entry, 'key_value'), rename(key, 'key'), rename(value, 'value')];
  }
  if (elements.length > 1) return undefined;
  if (wanted === 'VARCHAR' && isText(top)) return [rename(top, name)];
  if (wanted === 'DOUBLE' && isDouble(top)) return [rename(top, name)];
  if ((wanted === 'TIMESTAMPTZ' || wanted === 'TIMESTAMPWITHTIMEZONE') && isMicroseconds(top)) {
    return [rename(top, name, UTC_MICROSECONDS)];
  }
  const decimal = /^DECIMAL\((\d+),(\d+)\)$/.exec(wanted);
  if (decimal && isDecimal(top, Number(decimal[1]), Number(decimal[2]))) return [rename(top, name)];
  return undefined;
}
