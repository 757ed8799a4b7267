import type { DeadLetters } from './queue.ts';
import { SCHEDULE_NAMES, SCHEDULE_TIMES } from './schedule-times.ts';
import type { Settings } from './settings.ts';

const TRIES = 5;
const MAX_AGE_SECONDS = 3 * 60 * 60;
const WINDOW_MINUTES = 5;

/** One schedule each, with retries; what could not be delivered to the function becomes a dead letter. */
export function createSchedules(
  settings: Settings,
  functions: { plan: sst.aws.Function; sweep: sst.aws.Function; alert: sst.aws.Function },
  deadLetters: DeadLetters,
): void {
  for (const name of SCHEDULE_NAMES) {
    new sst.aws.CronV2(toTitle(name), {
      function: name === 'sweep' || name === 'alert' ? functions[name] : functions.plan,
      event: { schedule: name },
      schedule: SCHEDULE_TIMES[name],
      timezone: settings.time_zone,
      retries: TRIES,
      dlq: deadLetters.queue.arn,
      transform: {
        schedule: (args) => {
          args.flexibleTimeWindow = { mode: 'FLEXIBLE', maximumWindowInMinutes: WINDOW_MINUTES };
          args.target = $util.output(args.target).apply((target) => ({
            ...target,
            retryPolicy: { maximumRetryAttempts: TRIES, maximumEventAgeInSeconds: MAX_AGE_SECONDS },
          }));
        },
        role: (args) => {
          args.assumeRolePolicy = $jsonStringify({
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Action: 'sts:AssumeRole',
                Principal: { Service: 'scheduler.amazonaws.com' },
                Condition: { StringEquals: { 'aws:SourceAccount': aws.getCallerIdentityOutput().accountId } },
              },
            ],
          });
        },
      },
    });
  }
}

function toTitle(name: string): string {
  const words = name.split('-').map((word) => word[0]?.toUpperCase() + word.slice(1));
  return `${words.join('')}Schedule`;
}
