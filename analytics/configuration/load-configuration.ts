import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isNode, LineCounter, parseDocument } from 'yaml';
import type * as z from 'zod';
import { InputError } from '../errors.ts';
import { parseBudgets } from './budget-table.ts';
import { type CsvFile, readCsvFile } from './csv-file.ts';
import { type Configuration, configurationSchema } from './schema.ts';
import {
  type BudgetRow,
  type DriverRow,
  type FxRow,
  type InvoiceRow,
  parseDrivers,
  parseFxRates,
  parseInvoices,
} from './tables.ts';
import { CONFIGURATION_TEMPLATE } from './template.ts';

/** The whole configuration folder, checked. `hash` changes whenever anything in it does. */
export type LoadedConfiguration = Configuration & {
  folder: string | undefined;
  budgets: BudgetRow[];
  driverVolumes: DriverRow[];
  fxRates: FxRow[];
  invoices: InvoiceRow[];
  hash: string;
};

/**
 * Reads headroom.yml, budgets.csv, drivers.csv, fx.csv and invoices.csv. Only headroom.yml must exist.
 *
 * @throws InputError with file and line, and what to do.
 */
export async function loadConfiguration(folder: string): Promise<LoadedConfiguration> {
  const file = join(folder, 'headroom.yml');
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new InputError(`the configuration folder has no headroom.yml (${cause.code ?? cause.message})`, {
      where: file,
      remedy: `write one with: headroom init ${folder}`,
      cause,
    });
  });
  const configuration = parseConfiguration(text, file);
  const [budgets, drivers, fx, invoices] = await Promise.all(
    ['budgets.csv', 'drivers.csv', 'fx.csv', 'invoices.csv'].map((name) => readCsvFile(join(folder, name))),
  );
  return withTables(configuration, folder, { budgets, drivers, fx, invoices });
}

/** The configuration of someone who has written none: what `headroom init` writes. */
export function defaultConfiguration(): LoadedConfiguration {
  return withTables(parseConfiguration(CONFIGURATION_TEMPLATE['headroom.yml']), undefined);
}

/**
 * Parses the text of headroom.yml.
 *
 * @throws InputError that lists every problem as `file:line: key: problem`.
 */
export function parseConfiguration(text: string, file = 'headroom.yml'): Configuration {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [syntax] = document.errors;
  if (syntax) {
    throw new InputError(`not valid YAML: ${syntax.message.split('\n')[0]}`, {
      where: `${file}:${lines.linePos(syntax.pos[0]).line}`,
      remedy: 'correct the line; a value with a colon or a leading * needs quotes',
    });
  }
  const parsed = configurationSchema.safeParse(document.toJS());
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues
    .flatMap((issue) => flatten(issue))
    .map(({ path, message }) => {
      const line = lineOf(path);
      return { line, text: `${file}:${line}: ${path.join('.') || 'headroom.yml'}: ${message}` };
    });
  const first = problems[0];
  throw new InputError(problems.map((problem) => problem.text).join('\n'), {
    where: `${file}:${first?.line ?? 1}`,
    remedy: 'docs/configuration.md lists every key; headroom init DIR writes a commented example',
  });

  function lineOf(path: readonly PropertyKey[]): number {
    for (let depth = path.length; depth >= 0; depth--) {
      const node = document.getIn(path.slice(0, depth), true);
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    }
    return 1;
  }
}

/** An issue of a union or a record hides the useful message one level down. */
function flatten(issue: z.core.$ZodIssue): { path: PropertyKey[]; message: string }[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'unknown key' }));
  }
  if (issue.code === 'invalid_key') {
    return [{ path: issue.path, message: issue.issues.map((inner) => inner.message).join('; ') }];
  }
  return [{ path: issue.path, message: issue.message }];
}

function withTables(
  configuration: Configuration,
  folder: string | undefined,
  { budgets, drivers, fx, invoices }: { [name: string]: CsvFile | undefined } = {},
): LoadedConfiguration {
  const tables = {
    budgets: budgets ? parseBudgets(budgets, configuration) : [],
    driverVolumes: drivers ? parseDrivers(drivers, configuration) : [],
    fxRates: fx ? parseFxRates(fx) : [],
    invoices: invoices ? parseInvoices(invoices, configuration) : [],
  };
  const hash = createHash('sha256')
    .update(JSON.stringify([configuration, tables]))
    .digest('hex')
    .slice(0, 16);
  return { ...configuration, folder, ...tables, hash };
}
