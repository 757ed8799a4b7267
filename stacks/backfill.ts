import type { Collect } from './collect.ts';
import type { Queue } from './queue.ts';

/** The SDK's words for "not now": the reader is busy with its queue, or Lambda itself stumbled. */
const BUSY = [
  'Lambda.TooManyRequestsException',
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
];
const RETRY_FIRST_SECONDS = 30;
const RETRY_LIMIT_SECONDS = 900;
const BUSY_RETRIES = 50;
const FAILURE_RETRIES = 3;

/**
 * Thirteen months of Cost Explorer, month by month, through its one reader. A unit that the day's spend limit stops is
 * tried again when the limit allows; one that runs out of time goes on where it was; an execution that failed is
 * resumed by redriving it. A second execution finds what the first one wrote and asks for the rest alone.
 */
export function createBackfill({ plan, costReader }: Collect, refresh: Queue): aws.sfn.StateMachine {
  const role = new aws.iam.Role('BackfillRole', {
    assumeRolePolicy: $jsonStringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: { Service: 'states.amazonaws.com' },
          Condition: { StringEquals: { 'aws:SourceAccount': aws.getCallerIdentityOutput().accountId } },
        },
      ],
    }),
    inlinePolicies: [
      {
        name: 'inline',
        policy: $jsonStringify({
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Action: ['lambda:InvokeFunction'], Resource: [plan.arn, costReader.arn] },
            { Effect: 'Allow', Action: ['sqs:SendMessage'], Resource: [refresh.arn] },
          ],
        }),
      },
    ],
  });
  return new aws.sfn.StateMachine('Backfill', {
    roleArn: role.arn,
    definition: $jsonStringify(defineBackfill(plan.arn, costReader.arn, refresh.url)),
  });
}

function defineBackfill(
  plan: $util.Input<string>,
  reader: $util.Input<string>,
  refreshUrl: $util.Input<string>,
) {
  const invoke = (name: $util.Input<string>, payload: unknown) => ({
    Type: 'Task',
    Resource: 'arn:aws:states:::lambda:invoke',
    Arguments: { FunctionName: name, Payload: payload },
    Retry: [
      {
        ErrorEquals: BUSY,
        IntervalSeconds: RETRY_FIRST_SECONDS,
        BackoffRate: 2,
        MaxDelaySeconds: RETRY_LIMIT_SECONDS,
        MaxAttempts: BUSY_RETRIES,
        JitterStrategy: 'FULL',
      },
      {
        ErrorEquals: ['States.ALL'],
        IntervalSeconds: RETRY_FIRST_SECONDS,
        BackoffRate: 4,
        MaxAttempts: FAILURE_RETRIES,
        JitterStrategy: 'FULL',
      },
    ],
  });
  return {
    Comment: 'Input: {} or { "months": 13 }',
    QueryLanguage: 'JSONata',
    StartAt: 'Plan',
    States: {
      Plan: {
        ...invoke(plan, {
          schedule: 'backfill',
          months: '{% $exists($states.input.months) ? $states.input.months : 13 %}',
        }),
        Output: '{% $states.result.Payload %}',
        Next: 'Units',
      },
      Units: {
        Type: 'Map',
        Items: '{% $states.input.units %}',
        MaxConcurrency: 1,
        ItemProcessor: {
          ProcessorConfig: { Mode: 'INLINE' },
          StartAt: 'Collect',
          States: {
            Collect: {
              ...invoke(reader, { unit: '{% $states.input %}' }),
              Assign: { outcome: '{% $states.result.Payload %}' },
              Output: '{% $states.input %}',
              Next: 'Judge',
            },
            Judge: {
              Type: 'Choice',
              Choices: [
                { Condition: "{% $outcome.state = 'done' %}", Next: 'Done' },
                { Condition: "{% $outcome.state = 'postponed' %}", Next: 'Wait' },
              ],
              Default: 'Collect',
            },
            Wait: { Type: 'Wait', Timestamp: '{% $outcome.resume_at %}', Next: 'Collect' },
            Done: { Type: 'Succeed' },
          },
        },
        Next: 'Refresh',
      },
      Refresh: {
        Type: 'Task',
        Resource: 'arn:aws:states:::sqs:sendMessage',
        Arguments: { QueueUrl: refreshUrl, MessageBody: { reason: 'backfill' } },
        End: true,
      },
    },
  };
}
