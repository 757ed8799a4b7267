import { join } from 'node:path';
import { quotePath, quoteText } from '../../engine/duckdb.ts';
import { ContractError, QueryError } from '../../errors.ts';
import { type FooterRowGroup, type ParquetFooter, readParquetFooter } from './parquet-footer.ts';
import type { SplicePlan } from './splice-plan.ts';

/** A DuckDB connection, or an engine that has one. Its session's time zone must be UTC. */
export type SpliceConnection = { run(sql: string): Promise<unknown> };
/** The encoded columns of one row group: a Parquet file that has only these. */
export type EncodedPart = { path: string; footer: ParquetFooter };

/**
 * Starts encoding the row groups with DuckDB in their order, one at a time on each connection; each appears as a file
 * in the folder. DuckDB rounds the size of row groups up to its own vectors, hence one query for each: DuckDB skips
 * the row groups that the range of row numbers leaves out.
 * @returns one promise a row group (none when nothing is to be encoded), and `stop`, which waits for what is running.
 */
export function startEncoding(
  source: string,
  plan: SplicePlan,
  folder: string,
  connections: readonly SpliceConnection[],
) {
  const expressions = plan.columns.flatMap((column) => (column.kind === 'encode' ? [column.expression] : []));
  let isStopped = false;

  async function encode(
    connection: SpliceConnection,
    group: FooterRowGroup,
    firstRow: number,
    path: string,
  ): Promise<EncodedPart | undefined> {
    if (isStopped) return undefined;
    const sql = `COPY (SELECT ${expressions.join(', ')}
      FROM read_parquet(${quotePath(source)}, file_row_number = true, hive_partitioning = false)
      WHERE file_row_number BETWEEN ${firstRow} AND ${firstRow + group.rowCount - 1})
      TO ${quoteText(path)} (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE ${group.rowCount}, PRESERVE_ORDER true)`;
    try {
      await connection.run(sql);
    } catch (error) {
      if (error instanceof QueryError) throw error;
      throw new QueryError(error instanceof Error ? error.message : String(error), sql, error);
    }
    const footer = await readParquetFooter(path);
    if (footer.rowGroups.length !== 1 || footer.rowCount !== group.rowCount) {
      throw new ContractError('DuckDB did not encode a row group as one row group of as many rows', [
        { source, first_row: firstRow, row_count: group.rowCount, encoded_row_count: footer.rowCount },
      ]);
    }
    return { path, footer };
  }

  const parts: Promise<EncodedPart | undefined>[] = [];
  let firstRow = 0;
  for (const [index, group] of plan.footer.rowGroups.entries()) {
    const connection = connections[index % connections.length];
    if (!connection || expressions.length === 0) break;
    const start = firstRow;
    const before = parts[index - connections.length] ?? Promise.resolve();
    const part = before.then(() => encode(connection, group, start, join(folder, `${index}.parquet`)));
    part.catch(() => undefined);
    parts.push(part);
    firstRow += group.rowCount;
  }
  return {
    parts,
    async stop(): Promise<void> {
      isStopped = true;
      await Promise.allSettled(parts);
    },
  };
}
