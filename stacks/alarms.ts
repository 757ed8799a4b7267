import type { Alerts } from './alerts.ts';
import type { Analyze } from './analyze.ts';
import type { Collect } from './collect.ts';
import { SCHEDULE_NAMES } from './schedule-times.ts';
import type { Settings } from './settings.ts';

const FIVE_MINUTES = 300;
const HOUR = 3600;
/** A day, and as much as a change of clocks and a late start take. */
const MISSED_HOURS = 26;

/** A mail, or whatever listens to the topic, when something needs a person. */
export function createAlarms(
  settings: Settings,
  parts: {
    collect: Collect;
    analyze: Analyze;
    alerts: Alerts;
    backfill: aws.sfn.StateMachine;
  },
): { topicArn: $util.Output<string> } {
  const { collect, analyze, alerts, backfill } = parts;
  const topic = new aws.sns.Topic('Alarms');
  new aws.sns.TopicPolicy('AlarmsPolicy', {
    arn: topic.arn,
    policy: $jsonStringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'cloudwatch.amazonaws.com' },
          Action: 'sns:Publish',
          Resource: topic.arn,
          Condition: { StringEquals: { 'aws:SourceAccount': aws.getCallerIdentityOutput().accountId } },
        },
      ],
    }),
  });
  if (settings.alarm_email) {
    new aws.sns.TopicSubscription('AlarmsMail', {
      topic: topic.arn,
      protocol: 'email',
      endpoint: settings.alarm_email,
    });
  }
  const service = `headroom-${$app.stage}`;
  const raise = (
    name: string,
    args: Partial<aws.cloudwatch.MetricAlarmArgs> &
      Pick<aws.cloudwatch.MetricAlarmArgs, 'comparisonOperator'>,
  ) => {
    new aws.cloudwatch.MetricAlarm(`${name}Alarm`, {
      name: `${service}-${name}`,
      evaluationPeriods: 1,
      alarmActions: [topic.arn],
      okActions: [topic.arn],
      ...args,
    });
  };

  const deadLetters = [
    ...[collect.work, collect.cost, analyze.arrivals, analyze.refresh].map((queue) => queue.deadLetters),
    collect.planDeadLetters,
    analyze.sweepDeadLetters,
    alerts.deadLetters,
  ];
  for (const { name, queue } of deadLetters) {
    raise(name, {
      alarmDescription: `${name} holds messages that could not be handled. See docs/operations.md.`,
      namespace: 'AWS/SQS',
      metricName: 'ApproximateNumberOfMessagesVisible',
      dimensions: { QueueName: queue.nodes.queue.name },
      statistic: 'Maximum',
      period: FIVE_MINUTES,
      comparisonOperator: 'GreaterThanThreshold',
      threshold: 0,
      treatMissingData: 'notBreaching',
    });
  }
  for (const schedule of SCHEDULE_NAMES) {
    raise(`${schedule}Missed`, {
      alarmDescription: `The schedule ${schedule} has not run to its end for a day.`,
      namespace: 'Headroom',
      metricName: 'ScheduleRan',
      dimensions: { service, schedule },
      statistic: 'Sum',
      period: HOUR,
      evaluationPeriods: MISSED_HOURS,
      datapointsToAlarm: MISSED_HOURS,
      comparisonOperator: 'LessThanThreshold',
      threshold: 1,
      treatMissingData: 'breaching',
    });
  }
  raise('ControlTotals', {
    alarmDescription: 'Totals of two steps differ: nothing was published. The log has the rows.',
    namespace: 'Headroom',
    metricName: 'ControlTotalsFailed',
    dimensions: { service },
    statistic: 'Sum',
    period: FIVE_MINUTES,
    comparisonOperator: 'GreaterThanThreshold',
    threshold: 0,
    treatMissingData: 'notBreaching',
  });
  raise('AlertsUndelivered', {
    alarmDescription: 'Alerts could not be delivered for good. The log and the outbox in the lake say why.',
    namespace: 'Headroom',
    metricName: 'AlertsUndelivered',
    dimensions: { service },
    statistic: 'Sum',
    period: FIVE_MINUTES,
    comparisonOperator: 'GreaterThanThreshold',
    threshold: 0,
    treatMissingData: 'notBreaching',
  });
  raise('Backfill', {
    alarmDescription: 'A backfill failed. Redrive the execution once its cause is gone.',
    namespace: 'AWS/States',
    metricName: 'ExecutionsFailed',
    dimensions: { StateMachineArn: backfill.arn },
    statistic: 'Sum',
    period: FIVE_MINUTES,
    comparisonOperator: 'GreaterThanThreshold',
    threshold: 0,
    treatMissingData: 'notBreaching',
  });
  return { topicArn: topic.arn };
}
