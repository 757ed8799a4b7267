import type { Command } from 'commander';
import { importPath } from '../../analytics/jobs/import.ts';
import { withEngine } from '../open-engine.ts';
import {
  configOption,
  jsonOption,
  lakeOption,
  memoryOption,
  openLake,
  readConfiguration,
  threadsOption,
} from '../options.ts';
import { printImport } from '../print-import.ts';
import { printJson } from '../print-json.ts';
import { createProgress } from '../progress.ts';

type Options = {
  lake: string;
  config?: string;
  source?: string;
  json?: boolean;
  memory?: number;
  threads?: number;
};

/** `headroom import`. */
export function addImport(program: Command): void {
  program
    .command('import')
    .description('load cost files into the lake and print their control totals')
    .argument('<path>', 'an AWS Data Exports tree, a folder of cost files, or one file')
    .addOption(lakeOption())
    .addOption(configOption())
    .option('--source <name>', 'name of the source (default: the name of the export or folder)')
    .addOption(memoryOption())
    .addOption(threadsOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Reads FOCUS 1.0 and 1.2 (of AWS, Microsoft, Google and Oracle), CUR 2.0 and legacy CUR, as Parquet, CSV, CSV.gz or
CSV.zst. Where there is a manifest, only the files that it lists count. A delivery that is already in the lake changes
nothing; a newer one of the same month replaces it as a whole; an older one never does. Rows that cannot be understood
are set aside and counted; above import.quarantine_limit_ratio of headroom.yml the import fails and changes nothing.`,
    )
    .action(async (path: string, options: Options) => {
      const configuration = await readConfiguration(options.config);
      const progress = createProgress(options.json);
      const store = await openLake(options.lake);
      const report = await withEngine(store, options, (engine) =>
        importPath({
          store,
          path,
          engine,
          ...(options.source === undefined ? {} : { sourceName: options.source }),
          quarantineLimitRatio: configuration.import.quarantine_limit_ratio,
          onProgress: progress.update,
        }),
      ).finally(progress.stop);
      if (options.json) printJson(report);
      else printImport(report);
    });
}
