import type { Command } from 'commander';
import { createSecretReader } from '../../analytics/alerts/secrets.ts';
import { readVariables } from '../environment.ts';
import { configOption, lakeOption, openExistingLake, parsePort, readConfiguration } from '../options.ts';
import { serveUntilStopped } from '../serve-until-stopped.ts';

export const DEFAULT_PORT = 8787;

/** `headroom serve`. */
export function addServe(program: Command): void {
  program
    .command('serve')
    .description('serve the API on 127.0.0.1, by the very handler that runs in Lambda')
    .addOption(lakeOption())
    .addOption(configOption())
    .option('--port <n>', 'port; 0 takes any free one', parsePort, DEFAULT_PORT)
    .addHelpText('after', '\nWith --config, links in alerts are answered: alerts.feedback.secret signs them.')
    .action(async ({ lake, config, port }: { lake: string; config?: string; port: number }) => {
      const { alerts } = await readConfiguration(config);
      const reference = alerts.feedback?.secret;
      const readSecret = createSecretReader({ variables: readVariables() });
      await serveUntilStopped(
        await openExistingLake(lake),
        port,
        (url) => {
          process.stdout.write(
            `listening on ${url}\n  ${url}/v1/variance\n  ${url}/openapi.json\nCtrl-C stops it.\n`,
          );
        },
        reference === undefined ? undefined : () => readSecret(reference),
      );
    });
}
