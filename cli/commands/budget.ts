import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { appendBudgets } from '../../analytics/configuration/append-budgets.ts';
import type { BudgetLine } from '../../analytics/configuration/read-budget-sheet.ts';
import { listVersions } from '../../analytics/configuration/resolve-budgets.ts';
import { InputError } from '../../analytics/errors.ts';
import { mapAwsBudgets, readAwsBudgets } from '../../analytics/jobs/aws-budgets.ts';
import { BUDGETS_JOURNAL, hashVersion } from '../../analytics/jobs/list-budgets.ts';
import { openJournal } from '../../analytics/lake/journal.ts';
import { withEngine } from '../open-engine.ts';
import { configOption, lakeOption, openExistingLake, readConfiguration } from '../options.ts';

type ImportOptions = { config: string; lake?: string; aws?: boolean; sheet?: string; versionName?: string };
type ApproveOptions = { config: string; lake: string; by: string; note?: string };

/** `headroom budget`. */
export function addBudget(program: Command): void {
  const budget = program
    .command('budget')
    .description('import a budget version, or say that one is approved');
  budget
    .command('import')
    .description('add a version to budgets.csv, from a workbook, a CSV or AWS Budgets as collected')
    .argument('[file]', 'an .xlsx or .csv with the columns of budgets.csv, or a column for each month')
    .addOption(configOption().makeOptionMandatory())
    .option('--sheet <name>', 'sheet of the workbook (default: the first)')
    .option('--aws', 'from AWS Budgets; needs --lake, and headroom collect budgets before')
    .option('--lake <dir>', 'the lake that AWS Budgets were collected into')
    .option('--version-name <name>', 'name of the version (AWS Budgets: default the day they were collected)')
    .action(importBudgets);
  budget
    .command('approve')
    .description(
      'keep that somebody approved a version as it stands; headroom show budgets tells when it changes after',
    )
    .argument('<version>', 'version of budgets.csv')
    .addOption(configOption().makeOptionMandatory())
    .addOption(lakeOption())
    .option('--note <text>', 'kept with the approval')
    .option('--by <name>', 'who approves', userInfo().username)
    .action(approve);
}

async function importBudgets(file: string | undefined, options: ImportOptions): Promise<void> {
  const { config, sheet, versionName } = options;
  const configuration = await readConfiguration(config);
  const { lines, version } = options.aws
    ? await readFromAws(options)
    : { lines: await readFromSheet(file, sheet), version: undefined };
  if (lines.length === 0) {
    throw new InputError('there are no budgets to import', {
      where: file ?? 'AWS Budgets',
      remedy: options.aws ? 'Collect them first: headroom collect budgets.' : 'Put them below the header.',
    });
  }
  const name = versionName ?? version;
  if (name === undefined) {
    throw new InputError('the version has no name', {
      where: '--version-name',
      remedy: 'Name it, such as reforecast-q3.',
    });
  }
  await appendBudgets(config, configuration, name, lines);
  process.stdout.write(`${lines.length} lines of version ${name} added to budgets.csv\n`);
}

async function readFromSheet(file: string | undefined, sheet: string | undefined): Promise<BudgetLine[]> {
  if (file === undefined) {
    throw new InputError('no file is named', { where: 'file', remedy: 'Name one, or give --aws.' });
  }
  const { readBudgetCsv, readBudgetSheet } = await import(
    '../../analytics/configuration/read-budget-sheet.ts'
  );
  return /\.csv$/i.test(file) ? readBudgetCsv(file) : readBudgetSheet(file, sheet);
}

async function readFromAws({ config, lake }: ImportOptions) {
  if (lake === undefined) {
    throw new InputError('AWS Budgets are read from a lake', { where: '--lake', remedy: 'Name it.' });
  }
  const store = await openExistingLake(lake);
  const { version, budgets } = await withEngine(store, {}, (engine) => readAwsBudgets(engine, store));
  const { lines, skipped } = mapAwsBudgets(budgets, await readConfiguration(config));
  for (const { budget, reason } of skipped) process.stderr.write(`not imported: ${budget}: ${reason}\n`);
  return { lines, version };
}

async function approve(version: string, { config, lake, by, note }: ApproveOptions): Promise<void> {
  const { budgets } = await readConfiguration(config);
  const versions = listVersions(budgets);
  if (!versions.includes(version)) {
    throw new InputError(`budgets.csv has no version '${version}'`, {
      where: 'version',
      remedy: `Versions: ${versions.join(', ') || 'none'}.`,
    });
  }
  const journal = openJournal(await openExistingLake(lake), BUDGETS_JOURNAL);
  const content = hashVersion(budgets, version);
  await journal.append(version, { at: new Date().toISOString(), by, note: note ?? null, content });
  process.stdout.write(`${version} is approved by ${by}; the next run publishes it\n`);
}
