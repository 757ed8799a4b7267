import type { Command } from 'commander';
import { vacuumLake } from '../../analytics/jobs/vacuum.ts';
import { jsonOption, lakeOption, openExistingLake, parsePositive } from '../options.ts';
import { printJson } from '../print-json.ts';

type Options = { lake: string; retentionHours?: number; dryRun?: boolean; json?: boolean };

/** `headroom vacuum`. */
export function addVacuum(program: Command): void {
  program
    .command('vacuum')
    .description('remove files that replaced deliveries left behind')
    .addOption(lakeOption())
    .option(
      '--retention-hours <n>',
      'keep what was current within so many hours (default: 168)',
      parsePositive,
    )
    .option('--dry-run', 'only say what would be removed')
    .addOption(jsonOption())
    .addHelpText('after', '\nA retention shorter than the longest import or query cuts those off.')
    .action(async ({ lake, retentionHours, dryRun, json }: Options) => {
      const report = await vacuumLake({
        store: await openExistingLake(lake),
        ...(retentionHours === undefined ? {} : { retentionHours }),
        isDryRun: dryRun === true,
      });
      if (json) printJson(report);
      else {
        for (const { table, removed } of report) {
          process.stdout.write(`${table}: ${removed.length} files ${dryRun ? 'would be ' : ''}removed\n`);
        }
      }
    });
}
