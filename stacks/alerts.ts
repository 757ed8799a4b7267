import { createFunction, type Permission } from './function.ts';
import type { Lake } from './lake.ts';
import { createDeadLetters } from './queue.ts';
import type { Settings } from './settings.ts';

const LIMIT_SECONDS = 300;
const MEMORY_MB = 1024;
const STORAGE_MB = 512;

export type Alerts = ReturnType<typeof createAlerts>;

/**
 * Tells teams what the published results call for. It reads results, configuration and what people said, keeps its
 * outbox in the lake, adds to the journal of thresholds, and may reach the topics, buses, mail identities and secrets of the settings, and no others.
 */
export function createAlerts(settings: Settings, lake: Lake) {
  const deadLetters = createDeadLetters('AlertDeadLetters');
  const fn = createFunction('Alert', settings, {
    handler: 'functions/schedule/alert.handler',
    description: 'Tells teams what the published results call for',
    timeoutSeconds: LIMIT_SECONDS,
    memoryMb: MEMORY_MB,
    storageMb: STORAGE_MB,
    environment: { HEADROOM_LAKE: lake.location, HEADROOM_CONFIG: lake.configurationLocation },
    permissions: [
      ...lake.reading(['config', 'results', 'journal', 'alerts']),
      ...lake.writing(['alerts']),
      ...lake.adding(['journal/alert-thresholds']),
      ...allowChannels(settings),
    ],
    deadLetters,
  });
  return { fn, deadLetters };
}

function allowChannels({ alerts }: Settings): Permission[] {
  const { topics, event_buses, mail_identities, secrets_path } = alerts;
  const allow = (actions: string[], resources: $util.Input<string>[]): Permission[] =>
    resources.length === 0 ? [] : [{ actions, resources }];
  return [
    ...allow(['sns:Publish'], topics),
    ...allow(['events:PutEvents'], event_buses),
    ...allow(['ses:SendEmail', 'ses:SendRawEmail'], mail_identities),
    ...allow(['ssm:GetParameter'], [parameterArn(`${secrets_path}/*`)]),
  ];
}

/** The ARN of a parameter, or of all below a path, of this account and region. */
export function parameterArn(path: string): $util.Output<string> {
  const { accountId } = aws.getCallerIdentityOutput();
  return $interpolate`arn:aws:ssm:${aws.getRegionOutput().region}:${accountId}:parameter${path}`;
}
