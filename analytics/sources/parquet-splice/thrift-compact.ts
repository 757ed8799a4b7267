/**
 * Thrift's compact protocol, as Parquet's footer uses it, read into a generic tree and written back. No field is
 * interpreted, so fields that this project does not know survive the round trip, bit for bit.
 * https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */

/** Type numbers of struct fields and list elements; a boolean field's value is in its type. */
export const thriftType = {
  true: 1,
  false: 2,
  byte: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  set: 10,
  struct: 12,
} as const;

export type ThriftList = { elementType: number; items: ThriftValue[] };
/** Integers up to i32 are numbers, i64 is bigint, doubles stay their 8 bytes. */
export type ThriftValue = boolean | number | bigint | Uint8Array | ThriftList | ThriftStruct;
export type ThriftField = { type: number; value: ThriftValue };
/** Fields by their id. */
export type ThriftStruct = Map<number, ThriftField>;

/** Reads the struct that the bytes begin with. @throws RangeError when they are not such a struct. */
export function readThriftStruct(bytes: Uint8Array): ThriftStruct {
  let position = 0;

  function readByte(): number {
    const byte = bytes[position];
    if (byte === undefined) throw new RangeError('the Thrift struct is cut short');
    position += 1;
    return byte;
  }

  function readVarint(): bigint {
    let result = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = readByte();
      result |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return result;
    }
    throw new RangeError('a Thrift integer is longer than 64 bits');
  }

  function readZigzag(): bigint {
    const raw = readVarint();
    return (raw >> 1n) ^ -(raw & 1n);
  }

  function readBytes(length: number): Uint8Array {
    if (position + length > bytes.length) throw new RangeError('the Thrift struct is cut short');
    position += length;
    return bytes.subarray(position - length, position);
  }

  function readList(): ThriftList {
    const header = readByte();
    const elementType = header & 0x0f;
    const length = header >> 4 === 15 ? Number(readVarint()) : header >> 4;
    const isBoolean = elementType === thriftType.true || elementType === thriftType.false;
    const items: ThriftValue[] = [];
    for (let index = 0; index < length; index += 1)
      items.push(isBoolean ? readByte() === 1 : readValue(elementType));
    return { elementType, items };
  }

  function readStruct(): ThriftStruct {
    const fields: ThriftStruct = new Map();
    let id = 0;
    for (let header = readByte(); header !== 0; header = readByte()) {
      const type = header & 0x0f;
      id = header >> 4 === 0 ? Number(readZigzag()) : id + (header >> 4);
      fields.set(id, { type, value: readValue(type) });
    }
    return fields;
  }

  function readValue(type: number): ThriftValue {
    switch (type) {
      case thriftType.true:
      case thriftType.false:
        return type === thriftType.true;
      case thriftType.byte:
        return readByte();
      case thriftType.i16:
      case thriftType.i32:
        return Number(readZigzag());
      case thriftType.i64:
        return readZigzag();
      case thriftType.double:
        return readBytes(8);
      case thriftType.binary:
        return readBytes(Number(readVarint()));
      case thriftType.list:
      case thriftType.set:
        return readList();
      case thriftType.struct:
        return readStruct();
      default:
        throw new RangeError(`Thrift type ${type} is not one that Parquet uses`);
    }
  }

  return readStruct();
}

/** The bytes of a struct, its fields in ascending order of their ids. */
export function writeThriftStruct(struct: ThriftStruct): Uint8Array {
  let buffer = Buffer.allocUnsafe(64 * 1024);
  let length = 0;

  function reserve(size: number): void {
    if (length + size <= buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, length + size));
    buffer.copy(larger, 0, 0, length);
    buffer = larger;
  }

  function writeByte(byte: number): void {
    reserve(1);
    buffer[length] = byte;
    length += 1;
  }

  function writeBytes(bytes: Uint8Array): void {
    reserve(bytes.length);
    buffer.set(bytes, length);
    length += bytes.length;
  }

  function writeVarint(value: bigint): void {
    let rest = value;
    for (; rest >= 0x80n; rest >>= 7n) writeByte(Number(rest & 0x7fn) | 0x80);
    writeByte(Number(rest));
  }

  function writeZigzag(value: number | bigint): void {
    const integer = BigInt(value);
    writeVarint(integer < 0n ? -integer * 2n - 1n : integer * 2n);
  }

  function writeList(list: ThriftList): void {
    const count = list.items.length;
    writeByte((Math.min(count, 15) << 4) | list.elementType);
    if (count >= 15) writeVarint(BigInt(count));
    for (const item of list.items) {
      if (typeof item === 'boolean') writeByte(item ? 1 : 2);
      else writeValue(list.elementType, item);
    }
  }

  function writeStruct(fields: ThriftStruct): void {
    let previousId = 0;
    for (const [id, field] of [...fields].sort(([a], [b]) => a - b)) {
      const step = id - previousId;
      writeByte(((step <= 15 ? step : 0) << 4) | field.type);
      if (step > 15) writeZigzag(id);
      writeValue(field.type, field.value);
      previousId = id;
    }
    writeByte(0);
  }

  function writeValue(type: number, value: ThriftValue): void {
    if (typeof value === 'boolean') return;
    if (value instanceof Uint8Array) {
      if (type === thriftType.binary) writeVarint(BigInt(value.length));
      writeBytes(value);
    } else if (value instanceof Map) writeStruct(value);
    else if (typeof value === 'object') writeList(value);
    else if (type === thriftType.byte) writeByte(Number(value));
    else writeZigzag(value);
  }

  writeStruct(struct);
  return buffer.subarray(0, length);
}
