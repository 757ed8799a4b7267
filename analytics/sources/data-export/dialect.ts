import { InputError } from '../../errors.ts';
import { type Cells, createCells, type SourceColumn } from './cells.ts';
import { CUR } from './cur.ts';
import { FOCUS } from './focus.ts';

/** A format of cost files: how its columns become a FOCUS charge. */
export type Dialect = {
  name: string;
  /** Without these a file is not of this format. */
  required: readonly string[];
  /** What the deliveries table calls it, such as `focus-1.2`. */
  kind(cells: Cells): string;
  /**
   * SQL over the file's columns for columns of a charge; those that it leaves out are null. Null where a value cannot
   * be read: what is filled in then, and what sets a row aside, is the same for all formats (charge-sql.ts).
   */
  charge(cells: Cells): Partial<Record<string, string>>;
  /** What the person should know about a file with these columns. */
  notes(cells: Cells): string[];
  /** Amounts that are zero in a file that is whole; others are told as a warning. */
  balances(cells: Cells): { sql: string; warning: string }[];
};

/** Part of every delivery's identity: a change of it makes all deliveries new, to be loaded again. */
export const MAPPING_VERSION = '1';

const DIALECTS: readonly Dialect[] = [FOCUS, CUR];

/**
 * The format of a file, told by its columns.
 *
 * @throws InputError that lists, for the format that comes nearest, what is missing.
 */
export function detectDialect(
  columns: readonly SourceColumn[],
  file: string,
): { dialect: Dialect; cells: Cells } {
  const cells = createCells(columns);
  const candidates = DIALECTS.map((dialect) => {
    const missing = dialect.required.filter((name) => !cells.find(name));
    return { dialect, missing, foundShare: 1 - missing.length / dialect.required.length };
  }).sort((a, b) => b.foundShare - a.foundShare);
  const [best] = candidates;
  if (best && best.missing.length === 0) return { dialect: best.dialect, cells };
  const lacks = candidates
    .filter(({ foundShare }) => foundShare > 0 || best?.foundShare === 0)
    .map(({ dialect, missing }) => `${dialect.name} lacks ${missing.join(', ')}`);
  const only = columns.length === 1 ? `; all it has is one column, ${JSON.stringify(columns[0]?.name)}` : '';
  throw new InputError(`not a cost file that Headroom knows: as ${lacks.join('; as ')}${only}`, {
    where: file,
    remedy:
      columns.length === 1
        ? 'Cells must be separated by comma, semicolon, tab or bar, and the first line must name the columns.'
        : 'Export the bill as FOCUS 1.0 or later, or as a Cost and Usage Report, with all of its columns.',
  });
}
