/**
 * Writes a Parquet file with other column names, order and types by copying the bytes of the columns that stay as
 * they are: a page does not know its position or its column's name, only the footer does
 * (https://parquet.apache.org/docs/file-format/). DuckDB encodes just the columns whose values change, one row group
 * at a time, so that rows line up.
 */
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ContractError, InputError } from '../../errors.ts';
import { type EncodedPart, type SpliceConnection, startEncoding } from './encode-row-groups.ts';
import { type FileAppender, openAppender } from './file-appender.ts';
import { makeFooter, type Piece, writeRowGroup } from './move-chunks.ts';
import type { FooterRowGroup } from './parquet-footer.ts';
import { planSplice, type SpliceColumn, type SplicePlan } from './splice-plan.ts';
import type { ThriftStruct } from './thrift-compact.ts';

const MAGIC = Buffer.from('PAR1');

export type SpliceOptions = {
  /** Local path of a Parquet file. */
  source: string;
  /** Local path of the file to write; replaced when it exists. Flushing it to disk is left to the caller. */
  target: string;
  /** The target's columns, in order. What the source has beside them is left out. */
  columns: readonly SpliceColumn[];
  /** At least one; two or more make use of several processors. */
  connections: readonly SpliceConnection[];
};

/** A row group's columns in the target's order. The encoded ones are in the part in the order of the plan. */
function gatherPieces(
  plan: SplicePlan,
  group: FooterRowGroup,
  file: FileHandle,
  part?: EncodedPart & { file: FileHandle },
): Piece[] {
  const encoded = part?.footer.columns.values();
  return plan.columns.map((column) => {
    if (column.kind === 'copy') {
      const chunks = group.chunks.slice(column.firstLeaf, column.firstLeaf + column.leafCount);
      return { elements: column.elements, chunks, file, footer: plan.footer };
    }
    const next = encoded?.next().value;
    if (!part || !next) throw new ContractError('DuckDB left out a column that it was to encode', [column]);
    const chunks =
      part.footer.rowGroups[0]?.chunks.slice(next.firstLeaf, next.firstLeaf + next.leafCount) ?? [];
    return { elements: next.elements, chunks, file: part.file, footer: part.footer };
  });
}

async function writeTarget(
  appender: FileAppender,
  plan: SplicePlan,
  sourceFile: FileHandle,
  parts: readonly Promise<EncodedPart | undefined>[],
): Promise<void> {
  await appender.append(MAGIC);
  const rowGroups: ThriftStruct[] = [];
  let pieces: Piece[] = [];
  for (const [index, group] of plan.footer.rowGroups.entries()) {
    const part = await parts[index];
    const partFile = part && (await open(part.path, 'r'));
    try {
      pieces = gatherPieces(plan, group, sourceFile, part && partFile && { ...part, file: partFile });
      rowGroups.push(await writeRowGroup(appender, group, pieces));
    } finally {
      await partFile?.close();
    }
    if (part) await rm(part.path);
  }
  const footer = makeFooter(plan.footer, pieces, rowGroups);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  await appender.append(footer);
  await appender.append(Buffer.concat([length, MAGIC]));
  await appender.flush();
}

/**
 * Writes `target` from `source`: same rows, same order, same row groups; other columns. Ask `canSplice` first.
 * Values that are copied are not read: '' stays '', and a REQUIRED column stays REQUIRED.
 * Encoded row groups wait in a folder beside the target, which is removed at the end.
 * @throws InputError when the file cannot be spliced; QueryError when DuckDB cannot encode a column; ContractError when
 * rows would not line up. The target is then removed.
 */
export async function spliceParquet(
  options: SpliceOptions,
): Promise<{ rowCount: number; sizeBytes: number }> {
  const { source, target, connections } = options;
  const plan = await planSplice(source, options.columns);
  if (typeof plan === 'string') {
    throw new InputError(`The file cannot be spliced: ${plan}`, {
      where: source,
      remedy: 'Rewrite it instead.',
    });
  }
  const folder = await mkdtemp(join(dirname(target), '.splice-'));
  const sourceFile = await open(source, 'r');
  const targetFile = await open(target, 'w');
  const encoding = startEncoding(source, plan, folder, connections);
  let isDone = false;
  try {
    const appender = openAppender(targetFile);
    await writeTarget(appender, plan, sourceFile, encoding.parts);
    isDone = true;
    return { rowCount: plan.footer.rowCount, sizeBytes: appender.position };
  } finally {
    await encoding.stop();
    await sourceFile.close();
    await targetFile.close();
    await rm(folder, { recursive: true, force: true });
    if (!isDone) await rm(target, { force: true });
  }
}
