import { open, rm } from 'node:fs/promises';
import path from 'node:path';
import { type Engine, quoteName, quotePath, quoteText, readParquet } from '../../engine/duckdb.ts';
import { InputError } from '../../errors.ts';
import type { SourceColumn } from './cells.ts';
import { readHeader } from './read-header.ts';
import { unpack } from './unpack.ts';
import { unzipSingle } from './unzip.ts';

/** A cost file that can be queried: `parquetPath` is the file itself, or a text file's cells staged as Parquet. */
export type CostFile = { parquetPath: string; isStaged: boolean; columns: SourceColumn[] };

/** Lines of text files that are no rows, with the `parquetPath` of their file and the number of staged rows before. */
export const REJECTED_LINES = 'rejected_lines';

const MAGICS = [
  { format: 'parquet', bytes: Buffer.from('PAR1') },
  { format: 'gzip', bytes: Buffer.from([0x1f, 0x8b]) },
  { format: 'zstd', bytes: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]) },
  { format: 'zip', bytes: Buffer.from('PK\x03\x04', 'latin1') },
] as const;
/** DuckDB's CSV reader takes one character that no line has as the delimiter to give whole lines. */
const NO_DELIMITER = '\x1f';

/** Makes the table of rejected lines. */
export async function prepareRejectedLines(engine: Engine): Promise<void> {
  await engine.run(
    `create or replace temp table ${REJECTED_LINES} (parquet_path varchar, row_number bigint, rows_before bigint,
      reason varchar, raw varchar)`,
  );
}

/**
 * Opens a delivered file. Its format is told by its first bytes. A CSV's cells stay text, in the order of the lines;
 * lines with another number of cells than the header go to REJECTED_LINES.
 *
 * @throws InputError where the file is empty, cut off, or neither Parquet nor text.
 */
export async function openCostFile(engine: Engine, file: string, stagingPath: string): Promise<CostFile> {
  const format = await readFormat(file);
  if (format === 'parquet') {
    const columns = await describeParquet(engine, file);
    return { parquetPath: file, isStaged: false, columns };
  }
  let text = file;
  if (format === 'zip') {
    text = `${stagingPath}.csv`;
    await unzipSingle(file, text);
  }
  if (format === 'gzip' || format === 'zstd') {
    text = `${stagingPath}.csv`;
    await unpack(file, format, text);
  }
  await stageText(engine, { file, text, stagingPath });
  if (text !== file) await rm(text);
  return { parquetPath: stagingPath, isStaged: true, columns: await describeParquet(engine, stagingPath) };
}

async function readFormat(file: string): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const start = Buffer.alloc(4);
    const { bytesRead } = await handle.read(start, 0, 4, 0);
    if (bytesRead === 0) throw new InputError('the file is empty', { where: file });
    return MAGICS.find(({ bytes }) => start.subarray(0, bytes.length).equals(bytes))?.format ?? 'text';
  } finally {
    await handle.close();
  }
}

async function describeParquet(engine: Engine, file: string): Promise<SourceColumn[]> {
  const rows = await explaining(file, () => engine.query(`describe select * from ${readParquet([file])}`));
  return rows.map((row) => ({ name: String(row.column_name), type: String(row.column_type) }));
}

async function stageText(
  engine: Engine,
  { file, text, stagingPath }: { file: string; text: string; stagingPath: string },
): Promise<void> {
  const common = `auto_detect = false, compression = 'none'`;
  // Side by side, the readers of a large file would race for which line is first.
  const [first] = await explaining(file, () =>
    engine.query(`select line from read_csv(${quotePath(text)}, ${common}, header = false, quote = '', escape = '',
      delim = '${NO_DELIMITER}', columns = {'line': 'VARCHAR'}, strict_mode = false, parallel = false) limit 1`),
  );
  const { delimiter, names } = readHeader(String(first?.line ?? ''));
  if (names.length === 0)
    throw new InputError('the first line, which must name the columns, is empty', { where: file });
  const columns = names.map((name) => `${quoteText(name)}: 'VARCHAR'`).join(', ');
  await explaining(file, () =>
    engine.run(`copy (select ${names.map(quoteName).join(', ')} from read_csv(${quotePath(text)}, ${common},
      header = true, delim = ${quoteText(delimiter)}, quote = '"', escape = '"', columns = {${columns}},
      store_rejects = true)) to ${quoteText(stagingPath)} (format parquet, preserve_order true)`),
  );
  await engine.run(`insert into ${REJECTED_LINES}
    select ${quoteText(stagingPath)}, line - 1, line - 1 - row_number() over (order by line),
      any_value(lower(error_type) || ': ' || error_message),
      any_value(cast(to_json(trim(csv_line, e'\\r\\n')) as varchar))
    from reject_errors group by line`);
  await engine.run('drop table reject_errors; drop table reject_scans');
}

async function explaining<T>(file: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const [reason = ''] = (error as Error).message.split('\n');
    throw new InputError(`cannot be read: ${reason}`, {
      where: file,
      remedy: `Check that ${path.basename(file)} was copied completely; text must be UTF-8.`,
      cause: error,
    });
  }
}
