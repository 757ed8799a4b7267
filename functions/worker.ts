import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { ContractError } from '../analytics/errors.ts';

/** Before the time limit a function stops by itself, hands over what is left and closes what it has open. */
const MARGIN_MS = 30_000;
/** Rows of evidence that a log entry takes. */
const EVIDENCE_ROWS = 10;

const logger = new Logger();
const metrics = new Metrics();

/** What a function's work gets from the chain around it. */
export type Run = {
  logger: Logger;
  metrics: Metrics;
  /** When to stop. */
  deadline: Date;
  hasTime(): boolean;
  /** Throws OutOfTimeError once there is no time left: to be called between steps. */
  checkTime(): void;
};

/** The work was stopped because the time limit is near; what was committed stays. */
export class OutOfTimeError extends Error {
  override readonly name = 'OutOfTimeError';
}

/**
 * The chain around every function but the API's: structured logs with the request's id, metrics sent whatever happens,
 * and a deadline ahead of Lambda's.
 */
export function createWorker<Event, Result>(work: (event: Event, run: Run) => Promise<Result>) {
  return middy<Event, Result>()
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .use(logMetrics(metrics))
    .handler<Event, Result>(async (event, context) => work(event, createRun(context)));
}

function createRun(context: Context): Run {
  const deadline = new Date(Date.now() + context.getRemainingTimeInMillis() - MARGIN_MS);
  const hasTime = () => Date.now() < deadline.getTime();
  return {
    logger,
    metrics,
    deadline,
    hasTime,
    checkTime() {
      if (!hasTime()) throw new OutOfTimeError('the time limit is near');
    },
  };
}

/** Counts what the alarm on control totals watches: data that breaks what a model, a delivery or a table promises. */
export async function noteContract<T>(run: Run, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ContractError) {
      run.metrics.addMetric('ControlTotalsFailed', MetricUnit.Count, 1);
      run.logger.error(error.message, { rows: error.rows.slice(0, EVIDENCE_ROWS) });
    }
    throw error;
  }
}

/** Says that a schedule ran to its end; the alarm on missed schedules waits for it. */
export function noteSchedule(run: Run, schedule: string): void {
  run.metrics.singleMetric().addDimension('schedule', schedule).addMetric('ScheduleRan', MetricUnit.Count, 1);
}

/** Counts and names messages that could not be delivered; an alarm watches the count. */
export function noteAlerts(run: Run, dead: readonly { message: { key: string }; reason: string }[]): void {
  if (dead.length > 0) run.metrics.addMetric('AlertsUndelivered', MetricUnit.Count, dead.length);
  for (const { message, reason } of dead)
    run.logger.error('an alert was not delivered', { key: message.key, reason });
}
