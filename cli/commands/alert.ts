import type { Command } from 'commander';
import type { Notification } from '../../analytics/alerts/alert.ts';
import type { Suppression } from '../../analytics/alerts/alert-state.ts';
import type { DeliveryReport } from '../../analytics/alerts/deliver.ts';
import { openResults } from '../../analytics/results/snapshot.ts';
import { readVariables } from '../environment.ts';
import {
  configOption,
  jsonOption,
  lakeOption,
  openExistingLake,
  parsePositive,
  readConfiguration,
} from '../options.ts';
import { formatAmount, formatTable } from '../print-table.ts';

type Options = { lake: string; config?: string; dryRun?: boolean; wait: number; json?: boolean };

const DEFAULT_WAIT_SECONDS = 60;
const TITLE_CHARACTERS = 70;

/** `headroom alert`. */
export function addAlert(program: Command): void {
  program
    .command('alert')
    .description('tell teams what the published results call for, by the routes of the configuration')
    .addOption(lakeOption())
    .addOption(configOption())
    .option('--dry-run', 'show what would go where, and what not and why; send and write nothing')
    .option(
      '--wait <seconds>',
      'how long to wait for retries; the rest is left to the next time',
      parsePositive,
      DEFAULT_WAIT_SECONDS,
    )
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Repeat it as often as you like: nothing is told twice. Exit code 1 where a message could not be delivered for good.
docs/alerts.md says what is told, to whom and why, and how channels and secrets are configured.`,
    )
    .action(async (options: Options) => {
      // Users of other commands do not wait for the AWS SDK.
      const { previewAlerts, runAlerts } = await import('../../analytics/alerts/run-alerts.ts');
      const { createSecretReader } = await import('../../analytics/alerts/secrets.ts');
      const configuration = await readConfiguration(options.config);
      const store = await openExistingLake(options.lake);
      const run = {
        store,
        snapshot: await openResults({ store }).current(),
        settings: configuration.alerts,
        events: configuration.calendar.events,
      };
      if (options.dryRun) {
        const { send, suppressed } = await previewAlerts(run);
        if (options.json) print({ send, suppressed: suppressed.map(toReason) });
        else printDecision({ send, suppressed }, 'would be told');
        return;
      }
      const { decision, delivery } = await runAlerts({
        ...run,
        ports: { readSecret: createSecretReader({ variables: readVariables() }) },
        deadline: new Date(Date.now() + options.wait * 1000),
      });
      if (options.json)
        print({ ...decision, suppressed: decision.suppressed.map(toReason), delivery: summarise(delivery) });
      else {
        printDecision(decision, 'told');
        printDelivery(delivery);
      }
      if (delivery.dead.length > 0) process.exitCode = 1;
    });
}

function printDecision(
  { send, suppressed }: { send: readonly Notification[]; suppressed: readonly Suppression[] },
  verb: string,
): void {
  if (send.length === 0) process.stdout.write(`nothing ${verb}\n`);
  else {
    process.stdout.write(
      formatTable(
        ['type', 'severity', 'team', 'amount a day', 'what', 'channels'].map((title) => ({
          title,
          isNumber: title === 'amount a day',
        })),
        send.map(({ type, severity, alert, members, channels }) => [
          type,
          severity,
          alert.team,
          alert.kind === 'capacity' || type === 'digest'
            ? ''
            : `${formatAmount(alert.amountPerDay)} ${alert.currency}`,
          `${alert.title.slice(0, TITLE_CHARACTERS)}${members.length > 0 && type !== 'digest' ? ` (+${members.length})` : ''}`,
          channels.join(', '),
        ]),
      ),
    );
  }
  for (const { alert, reason, detail } of suppressed) {
    process.stdout.write(`not ${verb}: ${alert.id}: ${reason} (${detail})\n`);
  }
}

function printDelivery({ delivered, pending, dead }: DeliveryReport): void {
  process.stdout.write(`delivered ${delivered.length}, pending ${pending.length}, dead ${dead.length}\n`);
  for (const { message, reason } of pending) process.stdout.write(`pending: ${message.key}: ${reason}\n`);
  for (const { message, reason } of dead) process.stdout.write(`dead: ${message.key}: ${reason}\n`);
}

function toReason({ alert, reason, detail }: Suppression) {
  return { id: alert.id, team: alert.team, title: alert.title, reason, detail };
}

function summarise({ delivered, pending, dead }: DeliveryReport) {
  const named = ({ message, reason }: { message: { key: string }; reason: string }) => ({
    key: message.key,
    reason,
  });
  return { delivered: delivered.map(({ key }) => key), pending: pending.map(named), dead: dead.map(named) };
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
