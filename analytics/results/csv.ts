/** A cell as answers have it; an object is written as JSON. */
type CsvCell = string | number | boolean | object | null;

/** What makes a spreadsheet take a cell for a formula: also line ends, and the signs in full width. */
const FORMULA_START = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;
const NEEDS_QUOTES = /[",\r\n]/;

/**
 * Rows as CSV (RFC 4180, CRLF, with a header; null is empty). Text that a spreadsheet would run as a formula gets an
 * apostrophe before it; numbers are left as they are.
 */
export function formatCsv(
  columns: readonly { name: string; type: string }[],
  rows: readonly Record<string, CsvCell>[],
): string {
  const lines = rows.map((row) =>
    columns.map(({ name, type }) => formatCell(row[name] ?? null, type)).join(','),
  );
  return [columns.map(({ name }) => name).join(','), ...lines, ''].join('\r\n');
}

function formatCell(cell: CsvCell, type: string): string {
  if (cell === null) return '';
  const text = typeof cell === 'object' ? JSON.stringify(cell) : String(cell);
  const safe = (type === 'text' || type === 'json') && FORMULA_START.test(text) ? `'${text}` : text;
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
