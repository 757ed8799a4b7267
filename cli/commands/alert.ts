import type { Command } from 'commander';
import type { ThresholdChange } from '../../analytics/alerts/adapt-thresholds.ts';
import type { Alert, Notification } from '../../analytics/alerts/alert.ts';
import type { Suppression } from '../../analytics/alerts/alert-state.ts';
import type { DeliveryReport } from '../../analytics/alerts/deliver.ts';
import { sumAmounts } from '../../analytics/alerts/rank.ts';
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

type Options = {
  lake: string;
  config?: string;
  dryRun?: boolean;
  retryDead?: boolean;
  wait: number;
  json?: boolean;
};

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
    .option('--retry-dead', 'also try again what could not be delivered before, as if it were new')
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
      const { openOutbox } = await import('../../analytics/alerts/outbox.ts');
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
        const { send, suppressed, thresholds } = await previewAlerts(run);
        const dead = await openOutbox(store).listDead();
        if (options.json)
          print({ send, suppressed: suppressed.map(toReason), thresholds, dead: dead.map(named) });
        else {
          printDecision({ send, suppressed }, 'would be told');
          printThresholds(thresholds, 'would move');
          for (const letter of dead)
            process.stdout.write(`dead letter: ${letter.message.key}: ${letter.reason}\n`);
        }
        return;
      }
      const { decision, delivery, thresholds } = await runAlerts({
        ...run,
        ports: { readSecret: createSecretReader({ variables: readVariables() }) },
        deadline: new Date(Date.now() + options.wait * 1000),
        retriesDead: options.retryDead ?? false,
      });
      if (options.json)
        print({
          ...decision,
          suppressed: decision.suppressed.map(toReason),
          thresholds,
          delivery: summarise(delivery),
        });
      else {
        printDecision(decision, 'told');
        printThresholds(thresholds, 'moved');
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
          type === 'digest'
            ? ''
            : formatPerDay({
                ...alert,
                amountPerDay: sumAmounts([alert, ...members].map((each) => each.amountPerDay)),
              }),
          `${alert.title.slice(0, TITLE_CHARACTERS)}${members.length > 0 && type !== 'digest' ? ` (+${members.length})` : ''}`,
          channels.join(', '),
        ]),
      ),
    );
  }
  const isOld = ({ reason }: Suppression) => reason === 'told' || reason === 'over_untold';
  const kept = suppressed.filter((each) => !isOld(each));
  if (kept.length > 0) {
    process.stdout.write(`\n${verb.replace(/(be )?told$/, 'not $&')}:\n`);
    process.stdout.write(
      formatTable(
        ['why', 'team', 'amount a day', 'what', 'detail'].map((title) => ({
          title,
          isNumber: title === 'amount a day',
        })),
        kept.map(({ alert, reason, detail }) => [
          reason,
          alert.team,
          formatPerDay(alert),
          alert.title.slice(0, TITLE_CHARACTERS),
          detail,
        ]),
      ),
    );
  }
  const count = (reason: Suppression['reason']) => suppressed.filter((each) => each.reason === reason).length;
  process.stdout.write(
    `\n${count('told')} told before, ${count('over_untold')} over before they were told; --json names them\n`,
  );
}

function formatPerDay({ kind, amountPerDay, stakePerDay, currency }: Alert): string {
  return kind === 'capacity' ? '' : `${formatAmount(stakePerDay ?? amountPerDay)} ${currency}`;
}

function printThresholds(changes: readonly ThresholdChange[], verb: string): void {
  for (const { key, from, to, from_confidence_shift, to_confidence_shift, reason } of changes) {
    const moves = `amount x ${from} to x ${to}, confidence ${from_confidence_shift} to ${to_confidence_shift}`;
    process.stdout.write(`minimums of ${key} ${verb}: ${moves}: ${reason}\n`);
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

function named({ message, reason }: { message: { key: string }; reason: string }) {
  return { key: message.key, reason };
}

function summarise({ delivered, pending, dead }: DeliveryReport) {
  return { delivered: delivered.map(({ key }) => key), pending: pending.map(named), dead: dead.map(named) };
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
