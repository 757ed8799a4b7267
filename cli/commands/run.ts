import type { Command } from 'commander';
import { InputError } from '../../analytics/errors.ts';
import { runModels } from '../../analytics/jobs/run.ts';
import type { ObjectStore } from '../../analytics/lake/object-store.ts';
import { RequestError } from '../../analytics/results/request-error.ts';
import { openResults } from '../../analytics/results/snapshot.ts';
import { withEngine } from '../open-engine.ts';
import {
  configOption,
  jsonOption,
  lakeOption,
  memoryOption,
  openExistingLake,
  parseDate,
  readConfiguration,
  threadsOption,
} from '../options.ts';
import { printJson } from '../print-json.ts';
import { createProgress } from '../progress.ts';

type Options = {
  lake: string;
  config?: string | false;
  asOf?: string;
  json?: boolean;
  memory?: number;
  threads?: number;
};

/** `headroom run`. */
export function addRun(program: Command): void {
  program
    .command('run')
    .description('compute everything from the charges in the lake and publish it as one version')
    .addOption(lakeOption())
    .addOption(configOption())
    .option('--no-config', 'compute without a configuration, also where the last version had one')
    .option(
      '--as-of <date>',
      'judge months complete as of this day; charges after it still count (default: the newest delivery)',
      parseDate,
    )
    .addOption(memoryOption())
    .addOption(threadsOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Only months whose charges or allocation changed are computed anew. Every model is held to its contract and every step's
totals to those of the step before; where they differ nothing is published and the last version stays.`,
    )
    .action(async (options: Options) => {
      const progress = createProgress(options.json);
      const store = await openExistingLake(options.lake);
      if (options.config === undefined) await requireUnconfigured(store);
      const configuration = await readConfiguration(options.config || undefined);
      const report = await withEngine(store, options, (engine) =>
        runModels({
          store,
          configuration,
          engine,
          ...(options.asOf === undefined ? {} : { asOf: options.asOf }),
          onProgress: progress.update,
        }),
      ).finally(progress.stop);
      const later = report.months.filter((month) => month.period_start_date >= report.asOf);
      if (later.length > 0) {
        process.stderr.write(
          `warning: ${later.length} of ${report.months.length} months begin on ${report.asOf} or later and count as not begun; leave --as-of out to judge them by the newest delivery\n`,
        );
      }
      if (options.json) printJson(report);
      else {
        const { version, asOf, months, rebuiltPeriods } = report;
        process.stdout.write(
          `published version ${version} as of ${asOf}: ${months.length} months, ${rebuiltPeriods.length} computed anew\n`,
        );
      }
    });
}

/** Allocation, budgets and all closed months would change at once, unseen. */
async function requireUnconfigured(store: ObjectStore): Promise<void> {
  const current = await openResults({ store })
    .current()
    .catch((error: unknown) => {
      if (!(error instanceof RequestError)) throw error;
    });
  if (current?.manifest.generated_from.is_configured !== true) return;
  throw new InputError(`version ${current.version} was made with a configuration, and none is given now`, {
    where: store.name,
    remedy: 'Name its folder with --config DIR; --no-config computes without one.',
  });
}
