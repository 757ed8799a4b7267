import type { DeadLetters, Queue } from './queue.ts';
import type { Settings } from './settings.ts';

const MEMORY_MB = 512;
/** Lambda's least, which costs nothing. */
const STORAGE_MB = 512;
/** Of a function's disk for copies of objects; the rest is for files in the making and what DuckDB spills. */
const CACHE_SHARE = 0.5;
const MB_PER_GIB = 1024;
/** DuckDB's native half, which no bundler can take in. The version is that of @duckdb/node-api, to the letter. */
const DUCKDB = { '@duckdb/node-bindings': '1.5.5-r.5' };

export type Permission = {
  actions: string[];
  resources: $util.Input<string>[];
  conditions?: { test: string; variable: string; values: string[] }[];
};

export type FunctionOptions = {
  /** File and export, as SST builds it. */
  handler: string;
  description: string;
  timeoutSeconds: number;
  memoryMb?: number;
  storageMb?: number;
  environment: Record<string, $util.Input<string>>;
  permissions: Permission[];
  /** How many run at once at most. */
  reserved?: number;
  /** Takes what an asynchronous invocation failed at, after Lambda's two retries. */
  deadLetters?: DeadLetters;
  /** Adds DuckDB and the models' SQL. */
  hasDuckdb?: boolean;
};

/** A function on arm64 with a log group of its own and no permission that is not written here. */
export function createFunction(name: string, settings: Settings, options: FunctionOptions): sst.aws.Function {
  const { deadLetters, hasDuckdb = false, reserved, memoryMb = MEMORY_MB, storageMb = STORAGE_MB } = options;
  const logGroup = new aws.cloudwatch.LogGroup(`${name}Logs`, {
    name: `/headroom/${$app.stage}/${name}`,
    retentionInDays: settings.log_retention_days,
  });
  return new sst.aws.Function(name, {
    handler: options.handler,
    description: options.description,
    runtime: 'nodejs24.x',
    architecture: 'arm64',
    memory: `${memoryMb} MB`,
    timeout: `${options.timeoutSeconds} seconds`,
    storage: `${storageMb} MB`,
    ...(reserved === undefined ? {} : { concurrency: { reserved } }),
    logging: { logGroup: logGroup.name, format: 'json' },
    environment: {
      POWERTOOLS_SERVICE_NAME: `headroom-${$app.stage}`,
      POWERTOOLS_METRICS_NAMESPACE: 'Headroom',
      HEADROOM_CACHE_GIB: ((storageMb * CACHE_SHARE) / MB_PER_GIB).toFixed(2),
      ...options.environment,
    },
    permissions: [
      ...options.permissions,
      {
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [$interpolate`${logGroup.arn}:*`],
      },
      ...(deadLetters ? [{ actions: ['sqs:SendMessage'], resources: [deadLetters.queue.arn] }] : []),
    ],
    nodejs: { minify: true, splitting: true, ...(hasDuckdb ? { install: DUCKDB } : {}) },
    ...(hasDuckdb ? { copyFiles: [{ from: 'analytics/models' }] } : {}),
    transform: {
      function: (args) => {
        if (deadLetters) args.deadLetterConfig = { targetArn: deadLetters.queue.arn };
      },
    },
  });
}

/** Lets a queue invoke a function, which names the messages that it could not handle. */
export function subscribe(
  fn: sst.aws.Function,
  queue: Queue,
  options: { batchSize: number; windowSeconds?: number; concurrency?: number },
): void {
  new aws.lambda.EventSourceMapping(`${queue.name}Subscription`, {
    eventSourceArn: queue.arn,
    functionName: fn.arn,
    batchSize: options.batchSize,
    functionResponseTypes: ['ReportBatchItemFailures'],
    ...(options.windowSeconds ? { maximumBatchingWindowInSeconds: options.windowSeconds } : {}),
    ...(options.concurrency ? { scalingConfig: { maximumConcurrency: options.concurrency } } : {}),
  });
}
