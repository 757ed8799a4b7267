import { type Command, Option } from 'commander';
import { reconcileCostExplorer } from '../../analytics/jobs/reconcile-cost-explorer.ts';
import { jsonOption, lakeOption, openExistingLake, parseDate } from '../options.ts';
import { printJson } from '../print-json.ts';
import { formatAmount, formatTable } from '../print-table.ts';

type Options = {
  lake: string;
  from: string;
  to: string;
  by: 'day' | 'month';
  service?: boolean;
  json?: boolean;
};

/** `headroom reconcile`. */
export function addReconcile(program: Command): void {
  program
    .command('reconcile')
    .description('compare what Cost Explorer told with the imported charges of the same days')
    .addOption(lakeOption())
    .requiredOption('--from <date>', 'first day', parseDate)
    .requiredOption('--to <date>', 'the day after the last', parseDate)
    .addOption(new Option('--by <unit>', 'a row for each').choices(['day', 'month']).default('month'))
    .option('--service', 'tell services apart')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nNeeds both: headroom collect cost-explorer, and headroom import. Exit code 1 where they differ by more than a cent, 2\nwhere nothing was collected or the period has no days.',
    )
    .action(async ({ lake, from, to, by, service, json }: Options) => {
      const store = await openExistingLake(lake);
      const rows = await reconcileCostExplorer({ store, from, to, by, byService: service === true });
      if (json) printJson(rows);
      else
        process.stdout.write(rows.length === 0 ? 'neither side has cost in this period\n' : formatRows(rows));
      if (rows.some(({ status }) => status !== 'equal')) process.exitCode = 1;
    });
}

function formatRows(rows: Awaited<ReturnType<typeof reconcileCostExplorer>>): string {
  const amount = (text: string | null) => (text === null ? '' : formatAmount(text));
  const columns = [
    'period',
    'account',
    'service',
    'currency',
    'cost explorer',
    'charges',
    'difference',
    'status',
    'probable cause',
  ];
  return formatTable(
    columns.map((title, index) => ({ title, isNumber: index >= 4 && index <= 6 })),
    rows.map((row) => [
      row.period,
      row.account_id,
      row.service_name ?? '',
      row.billing_currency,
      amount(row.cost_explorer_unblended_cost),
      amount(row.focus_billed_cost),
      amount(row.difference_billed_cost),
      row.is_estimated ? `${row.status}, estimated` : row.status,
      row.probable_cause ?? '',
    ]),
  );
}
