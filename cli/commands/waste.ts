import { userInfo } from 'node:os';
import { type Command, Option } from 'commander';
import { InputError } from '../../analytics/errors.ts';
import { openResults } from '../../analytics/results/snapshot.ts';
import { openWasteStatements, statementSchema } from '../../analytics/results/waste-statements.ts';
import { jsonOption, lakeOption, openExistingLake, parseDate } from '../options.ts';
import { printJson } from '../print-json.ts';

type Options = {
  lake: string;
  status: string;
  reason?: string;
  until?: string;
  date?: string;
  note?: string;
  by?: string;
  json?: boolean;
};

/** `headroom waste set`. */
export function addWaste(program: Command): void {
  const waste = program.command('waste').description('say how a finding of waste stands');
  waste
    .command('set')
    .description('state that a finding is open, acknowledged, planned or dismissed')
    .argument('<id>', 'the finding, as headroom show waste prints it')
    .addOption(lakeOption())
    .addOption(
      new Option('--status <status>', 'how it stands')
        .choices(['open', 'acknowledged', 'planned', 'dismissed'])
        .makeOptionMandatory(),
    )
    .option('--reason <text>', 'why; needed to dismiss')
    .option('--until <date>', 'when a dismissal ends (default: never)', parseDate)
    .option('--date <date>', 'when it is to be done; needed to plan', parseDate)
    .option('--note <text>', 'anything else')
    .option('--by <name>', 'who says so (default: the user of this machine)')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Statements are kept for ever and hold through reruns and restated bills. A finding is resolved by itself, when it is no
longer found; the bill then tells what it saved.`,
    )
    .action(async (id: string, options: Options) => {
      const store = await openExistingLake(options.lake);
      const found = await openWasteStatements({ results: openResults({ store }), store }).state({
        id,
        statement: readStatement(options),
        by: options.by ?? userInfo().username,
        at: new Date(),
      });
      if (options.json) printJson(found);
      else {
        const { row, trail } = found;
        process.stdout.write(`${row.id} ${row.detector} ${row.resource_id}: ${row.status}\n`);
        for (const { at, by, status, reason, note } of trail)
          process.stdout.write(`  ${[at, by, status, reason ?? note].filter(Boolean).join('  ')}\n`);
      }
    });
}

function readStatement({ status, reason, until, date, note }: Options) {
  const given = { status, reason, until, planned_date: date, note };
  const stated = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const parsed = statementSchema.safeParse(stated);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = String(issue?.path[0] ?? 'status').replace('planned_date', 'date');
  throw new InputError(issue?.message ?? 'not a statement', {
    where: `--${field}`,
    remedy: 'headroom waste set --help',
  });
}
