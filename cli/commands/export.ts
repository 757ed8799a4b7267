import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { formatCsv } from '../../analytics/results/csv.ts';
import { LEDGER_COLUMNS, makeJournal } from '../../analytics/results/pack/ledger.ts';
import { openPackView, type PackView, readPack } from '../../analytics/results/pack/read-pack.ts';
import { compareWithBill } from '../../analytics/results/pack/statement-totals.ts';
import {
  warnOfInvoices,
  warnOfMonth,
  warnOfStatements,
} from '../../analytics/results/pack/statement-warnings.ts';
import {
  listStatementRows,
  makeStatements,
  readBilledCosts,
  STATEMENT_COLUMNS,
} from '../../analytics/results/pack/statements.ts';
import { formatStatementsHtml } from '../../analytics/results/pack/statements-html.ts';
import { VIEWS } from '../../analytics/results/request.ts';
import { openResults, type Snapshot } from '../../analytics/results/snapshot.ts';
import { configOption, lakeOption, openExistingLake, readConfiguration } from '../options.ts';

type Options = {
  lake: string;
  config?: string;
  format: 'xlsx' | 'html' | 'statements';
  out: string;
  as: PackView;
  by: string;
};

/** `headroom export`. */
export function addExport(program: Command): void {
  program
    .command('export')
    .description(
      'write what finance uses of a month: a workbook, a page to print, or statements and a journal entry',
    )
    .argument('<month>', 'YYYY-MM')
    .addOption(lakeOption())
    .addOption(configOption())
    .addOption(
      new Option('--format <format>', 'the variance pack as a workbook or a page; statements per cost centre')
        .choices(['xlsx', 'html', 'statements'])
        .default('xlsx'),
    )
    .requiredOption('--out <path>', 'file to write; of statements: a folder, made if absent')
    .addOption(
      new Option('--as <view>', 'as known now, or as it was when the month was closed')
        .choices(VIEWS)
        .default('known'),
    )
    .option('--by <dimensions>', 'what the bridge is grouped by, with commas', 'cost_center')
    .addHelpText(
      'after',
      '\nStatements: CSV and HTML per cost centre, and the journal entry with the accounts of ledger: in headroom.yml (--config).',
    )
    .action(async (month: string, options: Options) => {
      const store = await openExistingLake(options.lake);
      const current = () => openResults({ store }).current();
      const snapshot = await openPackView(store, current, { month, view: options.as });
      const written = await write(snapshot, month, options);
      process.stdout.write(written.map((line) => `${line}\n`).join(''));
    });
}

async function write(snapshot: Snapshot, month: string, options: Options): Promise<string[]> {
  const { format, out, as: view, by } = options;
  if (format === 'statements') return writeStatements(snapshot, month, options);
  const dimensions = by.split(',').map((name) => name.trim());
  const pack = await readPack(snapshot, { month, view, by: dimensions.filter(Boolean) });
  if (format === 'html') {
    const { formatPackHtml } = await import('../../analytics/results/pack/html.ts');
    await writeFile(out, formatPackHtml(pack));
  } else {
    const { writeWorkbook } = await import('../../analytics/results/pack/workbook.ts');
    await writeFile(out, await writeWorkbook(pack));
  }
  return [`${out} written`];
}

async function writeStatements(
  snapshot: Snapshot,
  month: string,
  { config, out, as: view }: Options,
): Promise<string[]> {
  const publishedLedger = config === undefined ? snapshot.manifest.ledger : undefined;
  const ledger = publishedLedger ?? (await readConfiguration(config)).ledger;
  const costs = await readBilledCosts(snapshot, month);
  const statements = makeStatements(costs);
  const journal = makeJournal(costs, ledger, month);
  const { as_of: asOf, months } = snapshot.manifest;
  const published = months.find(({ billing_period }) => billing_period === month);
  const page = { month, asOf, isClosed: view === 'closed', published };
  const files = {
    [`statements-${month}.csv`]: formatCsv(STATEMENT_COLUMNS, listStatementRows(statements, month)),
    [`statements-${month}.html`]: formatStatementsHtml(statements, page),
    [`journal-${month}.csv`]: formatCsv(LEDGER_COLUMNS, journal),
  };
  await mkdir(out, { recursive: true });
  const paths = Object.entries(files).map(async ([name, text]) => {
    await writeFile(join(out, name), text);
    return `${join(out, name)} written`;
  });
  const totals = await compareWithBill(snapshot, month, listStatementRows(statements, month));
  const warnings = [
    ...warnOfMonth(months, month),
    ...warnOfStatements(costs, ledger, journal),
    ...warnOfInvoices(totals),
  ].map((text) => `warning: ${text}`);
  return [...(await Promise.all(paths)), ...warnings];
}
