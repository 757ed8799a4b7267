import { join } from 'node:path';
import type { Command } from 'commander';
import { loadConfiguration } from '../../analytics/configuration/load-configuration.ts';
import { importPath } from '../../analytics/jobs/import.ts';
import { runModels } from '../../analytics/jobs/run.ts';
import { loadDemoCollected } from '../../demo/collected/load-collected.ts';
import { generateDemo } from '../../demo/generate.ts';
import { openLake, parsePort } from '../options.ts';
import { formatOverview } from '../overview.ts';
import { createProgress } from '../progress.ts';
import { serveUntilStopped } from '../serve-until-stopped.ts';
import { DEMO_SEED } from './demo.ts';
import { DEFAULT_PORT } from './serve.ts';

const FOLDER = '.headroom';

/** `headroom start`, which is `npm start`. */
export function addStart(program: Command): void {
  program
    .command('start')
    .description(`the whole of it on generated data: demo, run, serve (everything under ./${FOLDER})`)
    .option('--port <n>', 'port; 0 takes any free one', parsePort, DEFAULT_PORT)
    .option('--exit', 'stop after printing, without serving')
    .action(async ({ port, exit }: { port: number; exit?: boolean }) => {
      const lake = join(FOLDER, 'lake');
      const config = join(FOLDER, 'config');
      const exports = join(FOLDER, 'exports');
      const store = await openLake(lake);
      const progress = createProgress();
      try {
        const demo = await generateDemo({
          folder: exports,
          configFolder: config,
          seed: DEMO_SEED,
          asOf: today(),
          onProgress: progress.update,
        });
        await importPath({ store, path: demo.exportFolder, onProgress: progress.update });
        await loadDemoCollected(store, demo.collectedFolder);
        await runModels({
          store,
          configuration: await loadConfiguration(config),
          onProgress: progress.update,
        });
      } finally {
        progress.stop();
      }
      process.stdout.write(await formatOverview(store));
      if (exit) return;
      await serveUntilStopped(store, port, (url) => {
        process.stdout.write(
          `\nThe API is at ${url} (Ctrl-C stops it)\n  curl '${url}/v1/variance?by=team'\n  curl '${url}/v1/unit-costs'\n` +
            `  curl -H 'accept: text/csv' '${url}/v1/tagging?by=team'\n  ${url}/openapi.json\n` +
            `Ask for more: npx headroom show variance --by team --lake ${lake}\nSet-up:       ${config}/headroom.yml\n`,
        );
      });
    });
}

export function today(): string {
  return new Date().toISOString().slice(0, 10);
}
