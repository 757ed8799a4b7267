import type { Command } from 'commander';
import { lakeOption, openExistingLake, parsePort } from '../options.ts';
import { serveUntilStopped } from '../serve-until-stopped.ts';

export const DEFAULT_PORT = 8787;

/** `headroom serve`. */
export function addServe(program: Command): void {
  program
    .command('serve')
    .description('serve the API on 127.0.0.1, by the very handler that runs in Lambda')
    .addOption(lakeOption())
    .option('--port <n>', 'port; 0 takes any free one', parsePort, DEFAULT_PORT)
    .action(async ({ lake, port }: { lake: string; port: number }) => {
      await serveUntilStopped(await openExistingLake(lake), port, (url) => {
        process.stdout.write(
          `listening on ${url}\n  ${url}/v1/variance\n  ${url}/openapi.json\nCtrl-C stops it.\n`,
        );
      });
    });
}
