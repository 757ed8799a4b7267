import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { InputError } from '../errors.ts';

/** A small CSV file of the configuration folder: its records with the line each stands on. */
export type CsvFile = {
  file: string;
  columns: string[];
  records: { line: number; values: Record<string, string> }[];
};

/**
 * Reads a CSV with a header; a byte-order mark, CRLF and `#` comment lines are accepted, cells are trimmed.
 *
 * @returns undefined where the file does not exist.
 * @throws InputError with the line.
 */
export async function readCsvFile(file: string): Promise<CsvFile | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new InputError(`cannot be read (${error.code ?? error.message})`, { where: file, cause: error });
  });
  return text === undefined ? undefined : parseCsv(text, file);
}

/** @throws InputError with the line. */
export function parseCsv(text: string, file: string): CsvFile {
  try {
    let columns: string[] = [];
    const parsed = parse(text, {
      bom: true,
      delimiter: [',', ';'],
      trim: true,
      comment: '#',
      comment_no_infix: true,
      skip_empty_lines: true,
      info: true,
      columns: (header: string[]) => {
        columns = header.map((name) => name.toLowerCase());
        return columns;
      },
    }) as unknown as { record: Record<string, string>; info: { lines: number } }[];
    return {
      file,
      columns,
      records: parsed.map(({ record, info }) => ({ line: info.lines, values: record })),
    };
  } catch (error) {
    const line = (error as { lines?: number }).lines ?? 1;
    throw new InputError(`not a valid CSV: ${(error as Error).message}`, {
      where: `${file}:${line}`,
      remedy: 'every line needs as many cells as the header',
      cause: error,
    });
  }
}

/** @throws InputError that lists what is missing and what is unknown. */
export function requireColumns(csv: CsvFile, required: readonly string[], optional: readonly string[]): void {
  const missing = required.filter((name) => !csv.columns.includes(name));
  const unknown = csv.columns.filter((name) => !required.includes(name) && !optional.includes(name));
  if (missing.length === 0 && unknown.length === 0) return;
  const parts = [
    missing.length > 0 ? `misses ${missing.join(', ')}` : '',
    unknown.length > 0 ? `has unknown ${unknown.join(', ')}` : '',
  ].filter(Boolean);
  throw new InputError(`the header ${parts.join(' and ')}`, {
    where: `${csv.file}:1`,
    remedy: `columns: ${required.join(', ')}; optional: ${optional.join(', ')}`,
  });
}
