import { Argument, type Command } from 'commander';
import { collectSchema } from '../../analytics/configuration/collect-schema.ts';
import type { CollectReport } from '../../analytics/jobs/collect.ts';
import { describeUnit, SOURCES, type SourceName } from '../../analytics/sources/collector.ts';
import { configOption, jsonOption, lakeOption, openLake, parseDate, readConfiguration } from '../options.ts';
import { formatTable } from '../print-table.ts';
import { createProgress } from '../progress.ts';

type Options = {
  lake: string;
  config?: string;
  from?: string;
  to?: string;
  profile?: string;
  region?: string[];
  again?: boolean;
  json?: boolean;
};

/** `headroom collect`. */
export function addCollect(program: Command): void {
  program
    .command('collect')
    .description('ask AWS for what is missing in the lake, with your own credentials')
    .addArgument(new Argument('<source>', 'what to collect').choices([...SOURCES, 'all']))
    .addOption(lakeOption())
    .addOption(configOption())
    .option('--from <date>', 'first day (default: what is missing)', parseDate)
    .option('--to <date>', 'the day after the last', parseDate)
    .option(
      '--profile <name>',
      'profile of the AWS configuration (default: the credential chain of the AWS SDK)',
    )
    .option('--region <region...>', "regions to ask, in place of the configuration's")
    .option('--again', 'also what is up to date')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Accounts, roles, regions and limits come from the collect section of headroom.yml; without it your own account is asked.
What one account refuses stops no other. The command may be repeated or interrupted at any time: nothing is counted
twice. Cost Explorer costs 0.01 USD a request; collect.cost_explorer.daily_spend_limit_usd bounds it.
Exit code 1 where a part failed. docs/collectors.md lists permissions and costs.`,
    )
    .action(async (source: SourceName | 'all', options: Options) => {
      // Users of other commands do not wait for the AWS SDK.
      const { collect } = await import('../../analytics/jobs/collect.ts');
      const configuration = await readConfiguration(options.config);
      const progress = createProgress(options.json);
      const report = await collect(
        {
          store: await openLake(options.lake),
          settings: readSettings(configuration),
          access: options.profile === undefined ? {} : { profile: options.profile },
          ...(options.region === undefined ? {} : { regions: options.region }),
          ...(options.from === undefined ? {} : { from: options.from }),
          ...(options.to === undefined ? {} : { to: options.to }),
          isAgain: options.again ?? false,
          onProgress: progress.update,
        },
        source === 'all' ? SOURCES : [source],
      ).finally(progress.stop);
      if (options.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
      else printReport(report);
      if (report.units.some(({ outcome }) => outcome === 'failed')) process.exitCode = 1;
    });
}

function readSettings(configuration: object) {
  return collectSchema.parse('collect' in configuration ? configuration.collect : {});
}

function printReport({ units, costExplorerRequestsToday }: CollectReport): void {
  if (units.length === 0) process.stdout.write('nothing is missing\n');
  else {
    process.stdout.write(
      formatTable(
        ['source', 'account', 'region', 'from', 'to', 'outcome', 'rows'].map((title) => ({
          title,
          isNumber: title === 'rows',
        })),
        units.map((unit) => [
          unit.part === undefined ? unit.source : `${unit.source} ${unit.part}`,
          unit.accountId,
          unit.regionId ?? '',
          unit.from,
          unit.to,
          unit.outcome,
          String(unit.rowCount),
        ]),
      ),
    );
  }
  for (const unit of units) {
    for (const warning of unit.warnings) process.stdout.write(`warning: ${describeUnit(unit)}: ${warning}\n`);
    if (unit.error) process.stdout.write(`${unit.outcome}: ${unit.error}\n`);
  }
  if (costExplorerRequestsToday > 0) {
    process.stdout.write(`Cost Explorer requests paid for today: ${costExplorerRequestsToday}\n`);
  }
}
