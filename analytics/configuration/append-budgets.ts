import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../errors.ts';
import { parseBudgets } from './budget-table.ts';
import { parseCsv } from './csv-file.ts';
import type { BudgetLine } from './read-budget-sheet.ts';
import { listVersions, resolveBudgets } from './resolve-budgets.ts';
import type { Configuration } from './schema.ts';
import type { FxRow } from './tables.ts';
import { CONFIGURATION_TEMPLATE } from './template.ts';

/**
 * Adds lines to budgets.csv as a version of their own, which then is the last. What stands there stays as it is; the file is
 * checked as a whole before it is written.
 *
 * @throws InputError where the version is there already, the header lacks a column, or a budget does not make sense.
 */
export async function appendBudgets(
  folder: string,
  configuration: Configuration & { fxRates?: readonly FxRow[] },
  version: string,
  lines: readonly BudgetLine[],
): Promise<void> {
  const file = join(folder, 'budgets.csv');
  const old = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return CONFIGURATION_TEMPLATE['budgets.csv'];
    throw error;
  });
  const known = parseCsv(old, file);
  const header = known.columns;
  const before = parseBudgets(known, configuration);
  if (listVersions(before).includes(version)) {
    throw new InputError(`budgets.csv has a version '${version}' already`, {
      where: file,
      remedy: 'Name another with --version-name, or delete its lines.',
    });
  }
  const missing = [...new Set(['version', ...lines.flatMap((line) => Object.keys(line))])].filter(
    (name) => !header.includes(name),
  );
  if (missing.length > 0) {
    throw new InputError(`the header of budgets.csv lacks ${missing.join(', ')}`, {
      where: `${file}:1`,
      remedy: 'Add the columns; cells may stay empty.',
    });
  }
  const delimiter = old
    .split('\n')
    .find((line) => /^\W*\w/.test(line) && !line.startsWith('#'))
    ?.includes(';')
    ? ';'
    : ',';
  const added = lines.map((line) =>
    header.map((name) => quote((name === 'version' ? version : line[name]) ?? '')).join(delimiter),
  );
  const text = `${old.replace(/\s*$/, '\n')}${added.join('\n')}\n`;
  resolveBudgets(
    parseBudgets(parseCsv(text, file), configuration),
    { ...configuration, budget_version: undefined },
    configuration.fxRates,
  );
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

/** The parser takes a comma and a semicolon for delimiters in every file. */
function quote(cell: string): string {
  return /[,;"\r\n#]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
