import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { InputError } from '../../analytics/errors.ts';
import { listCurrentDeliveries } from '../../analytics/jobs/deliveries.ts';
import { importPath } from '../../analytics/jobs/import.ts';
import type { ObjectStore } from '../../analytics/lake/object-store.ts';
import { loadDemoCollected } from '../../demo/collected/load-collected.ts';
import { generateDemo } from '../../demo/generate.ts';
import { lakeOption, openLake, parseCount, parseDate, parseSeed } from '../options.ts';
import { printImport } from '../print-import.ts';
import { createProgress } from '../progress.ts';
import { today } from './start.ts';

export const DEMO_SEED = 1;

type Options = {
  lake: string;
  config?: string;
  exports?: string;
  lines?: number;
  seed: number;
  asOf: string;
};

/** `headroom demo`. */
export function addDemo(program: Command): void {
  program
    .command('demo')
    .description('generate the bill and the measurements of a made-up organisation and load them')
    .addOption(lakeOption())
    .option('--config <dir>', 'where to write its configuration (default: DIR/../config beside the lake)')
    .option('--exports <dir>', 'where to write its Data Export (default: DIR/../exports beside the lake)')
    .option('--lines <n>', 'about so many charge lines in all', parseCount)
    .option('--seed <n>', 'the same seed and day give the same bill', parseSeed, DEMO_SEED)
    .option('--as-of <date>', 'the day up to which the bill is known', parseDate, today())
    .addHelpText(
      'after',
      '\nThirteen full months and the running one, as AWS delivers FOCUS 1.2. Everything in it is generated.',
    )
    .action(async (options: Options) => {
      const exports = options.exports ?? join(options.lake, '..', 'exports');
      const config = options.config ?? join(options.lake, '..', 'config');
      const progress = createProgress();
      const store = await openLake(options.lake);
      await requireSameOrganisation(store, exports, options.seed);
      try {
        const demo = await generateDemo({
          folder: exports,
          configFolder: config,
          seed: options.seed,
          asOf: options.asOf,
          ...(options.lines === undefined ? {} : { lines: options.lines }),
          onProgress: progress.update,
        });
        const report = await importPath({ store, path: demo.exportFolder, onProgress: progress.update });
        await loadDemoCollected(store, demo.collectedFolder);
        progress.stop();
        printImport(report);
        process.stdout.write(
          `\nexport: ${exports}\nconfiguration: ${config}\nnext: headroom run --lake ${options.lake} --config ${config}\n`,
        );
      } finally {
        progress.stop();
      }
    });
}

/** Two seeds are two organisations, whose bills must not replace each other month by month. */
async function requireSameOrganisation(store: ObjectStore, exports: string, seed: number): Promise<void> {
  if ((await listCurrentDeliveries(store)).length === 0) return;
  const truth = await readFile(join(exports, 'truth.json'), 'utf8').catch(() => undefined);
  if (truth !== undefined && (JSON.parse(truth) as { seed: number }).seed === seed) return;
  throw new InputError('the lake holds another bill already', {
    where: store.name,
    remedy: 'name a new folder with --lake, or use the seed of the demo that is in it',
  });
}
