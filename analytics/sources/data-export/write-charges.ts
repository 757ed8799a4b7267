import { randomUUID } from 'node:crypto';
import { mkdir, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { type Engine, quoteText, readParquet } from '../../engine/duckdb.ts';
import { toDuckdbType } from '../../lake/table-schema.ts';
import { FOCUS_COLUMNS } from '../../lake/tables.ts';
import { spliceParquet } from '../parquet-splice/splice-parquet.ts';
import { canSplice, type SpliceColumn } from '../parquet-splice/splice-plan.ts';
import { chargesOf, type FileGroup, listChargeExpressions } from './charge-sql.ts';
import { OPENED_FILES, type OpenedFile, SOURCE_COUNTS } from './count-rows.ts';
import { findPlainColumns } from './plain-columns.ts';

/** The part of an opened candidate that is one delivery. */
export type DeliveryPart = {
  billingPeriod: string;
  files: readonly OpenedFile[];
  groups: readonly FileGroup[];
};

export type WrittenFile = { path: string; rowCount: number; sizeBytes: number };

const FILE_SIZE = '192MB';
const ROW_GROUP_ROWS = 122_880;
/** Smaller files are better merged than taken over one by one. */
const MIN_SPLICE_BYTES = 8 * 1024 ** 2;

/**
 * Writes a delivery's charges as Parquet files into a folder. Where a delivered Parquet file is whole, its columns that
 * need no change are copied byte by byte; all else is rewritten by DuckDB into files of similar size. There is always
 * a file, so that a delivery without rows leaves its mark.
 */
export async function writeCharges(
  engine: Engine,
  part: DeliveryPart,
  folder: string,
): Promise<WrittenFile[]> {
  await mkdir(folder, { recursive: true });
  const mixed = await listMixedFiles(engine, part);
  const written: WrittenFile[] = [];
  const rewritten: string[] = [];
  let connections: DuckDBConnection[] | undefined;
  for (const group of part.groups) {
    const rest: string[] = [];
    for (const file of group.paths) {
      const target = path.join(folder, `${randomUUID()}.parquet`);
      const columns = mixed.has(file) ? undefined : await planSpliceColumns(engine, part, group, file);
      if (columns === undefined) rest.push(file);
      else {
        connections ??= [engine.connection, await engine.connect()];
        written.push({
          path: target,
          ...(await spliceParquet({ source: file, target, columns, connections })),
        });
      }
    }
    if (rest.length === 0) continue;
    const filter = rest.some((file) => mixed.has(file))
      ? `where quarantine_reason is null and billing_period = ${quoteText(part.billingPeriod)}`
      : '';
    const names = FOCUS_COLUMNS.map(({ name }) => name).join(', ');
    rewritten.push(`select ${names} from (${chargesOf({ ...group, paths: rest })}) ${filter}`);
  }
  if (rewritten.length > 0)
    written.push(...(await rewrite(engine, rewritten.join('\nunion all by name\n'), folder)));
  if (written.length === 0) written.push(...(await rewrite(engine, emptyCharges(), folder)));
  return written;
}

/** Files that hold rows which are not to be loaded: set aside, or of another period. */
async function listMixedFiles(engine: Engine, part: DeliveryPart): Promise<Set<string>> {
  const rows = await engine.query(`select distinct parquet_path from ${SOURCE_COUNTS}
    join ${OPENED_FILES} using (parquet_path)
    where (is_quarantined or billing_period <> ${quoteText(part.billingPeriod)})`);
  return new Set(rows.map((row) => String(row.parquet_path)));
}

/** The columns to splice a file with; undefined where it must be rewritten. */
async function planSpliceColumns(
  engine: Engine,
  part: DeliveryPart,
  group: FileGroup,
  file: string,
): Promise<SpliceColumn[] | undefined> {
  const delivered = part.files.find(({ parquetPath }) => parquetPath === file);
  if (
    group.dialect.name !== 'FOCUS' ||
    !delivered ||
    delivered.isStaged ||
    delivered.sizeBytes < MIN_SPLICE_BYTES
  ) {
    return undefined;
  }
  const one = { ...group, paths: [file] };
  const sources = await findPlainColumns(engine, one);
  const expressions = listChargeExpressions(one);
  const columns = FOCUS_COLUMNS.flatMap(({ name, type }): SpliceColumn[] => {
    const source = sources.get(name);
    const convert = expressions.get(name);
    if (source !== undefined) return [{ name, type: toDuckdbType(type), source }];
    return convert === undefined ? [] : [{ name, type: toDuckdbType(type), convert }];
  });
  return (await canSplice(file, columns)).isPossible ? columns : undefined;
}

async function rewrite(engine: Engine, sql: string, folder: string): Promise<WrittenFile[]> {
  const target = path.join(folder, `rewritten-${randomUUID()}`);
  await engine.run(`copy (${sql}) to ${quoteText(target)}
    (format parquet, compression snappy, row_group_size ${ROW_GROUP_ROWS}, file_size_bytes '${FILE_SIZE}')`);
  const names = (await readdir(target)).sort();
  return Promise.all(
    names.map(async (name) => {
      const file = path.join(target, name);
      const [row] = await engine.query(`select count(*) as row_count from ${readParquet([file])}`);
      return { path: file, rowCount: Number(row?.row_count), sizeBytes: (await stat(file)).size };
    }),
  );
}

function emptyCharges(): string {
  const columns = FOCUS_COLUMNS.map(({ name, type }) => `cast(null as ${toDuckdbType(type)}) as ${name}`);
  return `select ${columns.join(', ')} where false`;
}
