import { parse } from 'csv-parse/sync';

const DELIMITERS = [',', ';', '\t', '|'] as const;

/** The delimiter of a CSV file and the names of its columns, from its first line. */
export type CsvHeader = { delimiter: string; names: string[] };

/**
 * Reads the first line of a CSV file. The delimiter is the one that gives most cells. A byte-order
 * mark is dropped, names are trimmed; a nameless column gets a name, and a name that comes again a number.
 */
export function readHeader(line: string): CsvHeader {
  const plain = line.replace(/^\uFEFF/, '').replace(/\r$/, '');
  const [best] = DELIMITERS.map((delimiter) => ({ delimiter, cells: split(plain, delimiter) })).sort(
    (a, b) => b.cells.length - a.cells.length,
  );
  const { delimiter = ',', cells = [] } = best ?? {};
  const taken = new Set<string>();
  const names = cells.map((cell, index) => {
    const base = cell.trim() || `column ${index + 1}`;
    let name = base;
    for (let again = 2; taken.has(name.toLowerCase()); again += 1) name = `${base} (${again})`;
    taken.add(name.toLowerCase());
    return name;
  });
  return { delimiter, names };
}

function split(line: string, delimiter: string): string[] {
  const [cells = []] = parse(line, { delimiter, relax_quotes: true, relax_column_count: true }) as string[][];
  return cells;
}
