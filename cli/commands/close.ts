import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { InputError } from '../../analytics/errors.ts';
import { closeDueMonths, closeMonth, reopenMonth } from '../../analytics/jobs/close.ts';
import { isMonth } from '../../analytics/results/months.ts';
import { jsonOption, lakeOption, openExistingLake, parseCount } from '../options.ts';
import { printJson } from '../print-json.ts';

const DEFAULT_WAIT_DAYS = 8;

type Options = {
  lake: string;
  due?: boolean;
  waitDays: number;
  reopen?: boolean;
  reason?: string;
  note?: string;
  allowEstimated?: boolean;
  allowUnmatched?: boolean;
  by: string;
  json?: boolean;
};

/** `headroom close`. */
export function addClose(program: Command): void {
  program
    .command('close')
    .description('freeze a month: pin what is published of it, and store its variance pack')
    .argument('[month]', 'YYYY-MM')
    .addOption(lakeOption())
    .option('--due', 'close every month that is complete, final and reconciled')
    .option(
      '--wait-days <n>',
      'with --due: so many days after the end of the month',
      parseCount,
      DEFAULT_WAIT_DAYS,
    )
    .option('--allow-estimated', 'close a month that has no invoice id yet, or that its issuer declares open')
    .option('--allow-unmatched', 'close a month although an invoice does not match its charges')
    .option('--note <text>', 'kept with the close')
    .option('--reopen', 'open a closed month again; needs --reason')
    .option('--reason <text>', 'why it is reopened')
    .option('--by <name>', 'who closes', userInfo().username)
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
A closed month reads the same for ever: headroom show variance --month YYYY-MM --as closed. What the bill says of it later is
kept as restatements (headroom show closes/restatements) and booked into the next open month.`,
    )
    .action(async (month: string | undefined, options: Options) => {
      if (options.due) await closeDue(options);
      else if (options.reopen) await reopen(requireMonth(month), options);
      else await close(requireMonth(month), options);
    });
}

function requireMonth(month: string | undefined): string {
  if (month !== undefined && isMonth(month)) return month;
  throw new InputError(month === undefined ? 'no month is given' : `'${month}' is not a month`, {
    where: 'month',
    remedy: 'Give one as YYYY-MM, or --due for all that are due.',
  });
}

async function closeDue({ lake, by, waitDays, json }: Options): Promise<void> {
  const report = await closeDueMonths({ store: await openExistingLake(lake), by, waitDays });
  if (json) return printJson(report);
  const closed = report.closed.map((month) => `${month} closed\n`);
  const waiting = report.waiting.map(({ month, reason }) => `${month} waits: ${reason}\n`);
  process.stdout.write([...closed, ...waiting].join('') || 'no month is due\n');
}

async function reopen(month: string, { lake, by, reason = '', json }: Options): Promise<void> {
  await reopenMonth({ store: await openExistingLake(lake), month, by, reason });
  if (json) printJson({ month, state: 'reopened' });
  else process.stdout.write(`${month} is open again\n`);
}

async function close(
  month: string,
  { lake, by, note, allowEstimated, allowUnmatched, json }: Options,
): Promise<void> {
  const report = await closeMonth({
    store: await openExistingLake(lake),
    month,
    by,
    allowEstimated: allowEstimated === true,
    allowUnmatched: allowUnmatched === true,
    ...(note === undefined ? {} : { note }),
  });
  if (json) return printJson({ month, ...report });
  const { at, results_version, pack_sha256, totals } = report.close;
  const lines = totals.map(
    ({ billing_currency, billed_cost, effective_cost }) =>
      `  ${billing_currency} billed ${billed_cost}, effective ${effective_cost}\n`,
  );
  process.stdout.write(
    `${month} ${report.isNew ? 'closed' : 'was closed already'} by ${report.close.by} at ${at}\n` +
      `  results ${results_version}, pack ${pack_sha256.slice(0, 16)}\n${lines.join('')}`,
  );
}
