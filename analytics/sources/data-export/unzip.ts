import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';
import { InputError } from '../../errors.ts';

const END_SIGNATURE = 0x06054b50;
const END_BYTES = 22;
const MAX_COMMENT_BYTES = 65_535;
const LOCAL_HEADER_BYTES = 30;
const ZIP64_MARK = 0xffffffff;
const STORED = 0;
const DEFLATED = 8;

/**
 * Unpacks the one file in a zip archive, as legacy Cost and Usage Reports are delivered.
 *
 * @throws InputError where the archive is broken, or holds another number of files than one, or more than 4 GB.
 */
export async function unzipSingle(archive: string, target: string): Promise<void> {
  const refuse = (reason: string) =>
    new InputError(`the zip archive ${reason}`, {
      where: archive,
      remedy: 'Unpack it and import what was in it.',
    });
  const file = await open(archive, 'r');
  let entry: { method: number; start: number; length: number };
  try {
    const { size } = await file.stat();
    const tail = Buffer.alloc(Math.min(size, END_BYTES + MAX_COMMENT_BYTES));
    await file.read(tail, 0, tail.length, size - tail.length);
    const end = findEnd(tail);
    if (end < 0) throw refuse('is cut off');
    const count = tail.readUInt16LE(end + 10);
    if (count !== 1) throw refuse(`holds ${count} files, not one`);
    const header = Buffer.alloc(46);
    await file.read(header, 0, header.length, tail.readUInt32LE(end + 16));
    const length = header.readUInt32LE(20);
    const localStart = header.readUInt32LE(42);
    if (length === ZIP64_MARK || localStart === ZIP64_MARK) throw refuse('is larger than 4 GB');
    const local = Buffer.alloc(LOCAL_HEADER_BYTES);
    await file.read(local, 0, local.length, localStart);
    const start = localStart + LOCAL_HEADER_BYTES + local.readUInt16LE(26) + local.readUInt16LE(28);
    entry = { method: header.readUInt16LE(10), start, length };
  } finally {
    await file.close();
  }
  const { method, start, length } = entry;
  if (method !== STORED && method !== DEFLATED) throw refuse(`uses compression method ${method}`);
  const packed = createReadStream(archive, { start, end: start + length - 1 });
  const output = createWriteStream(target);
  try {
    await (method === STORED ? pipeline(packed, output) : pipeline(packed, createInflateRaw(), output));
  } catch (error) {
    throw refuse(`is broken: ${(error as Error).message}`);
  }
}

function findEnd(tail: Buffer): number {
  for (let at = tail.length - END_BYTES; at >= 0; at -= 1)
    if (tail.readUInt32LE(at) === END_SIGNATURE) return at;
  return -1;
}
