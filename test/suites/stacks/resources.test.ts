import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { SCHEDULE_NAMES } from '../../../stacks/schedule-times.ts';
import { LAMBDAS } from '../../support/lambda-bundle.ts';
import { missing, ofType, parsePolicy, synthesise } from './synthesis.ts';
import type { Resource, Synthesis } from './synthesise.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Seconds, MB, and what takes the messages or events that a function failed at. */
const FUNCTIONS = [
  {
    name: 'ApiHandler',
    timeout: 29,
    memory: 1769,
    storage: 512,
    deadLetters: 'none: callers wait for the answer',
  },
  { name: 'Sweep', timeout: 120, memory: 512, storage: 512, deadLetters: 'SweepDeadLetters' },
  { name: 'Alert', timeout: 300, memory: 1024, storage: 512, deadLetters: 'AlertDeadLetters' },
  { name: 'Plan', timeout: 300, memory: 1769, storage: 1024, deadLetters: 'PlanDeadLetters' },
  { name: 'Collect', timeout: 900, memory: 1769, storage: 1024, deadLetters: 'WorkDeadLetters' },
  {
    name: 'CollectCost',
    timeout: 900,
    memory: 1769,
    storage: 1024,
    deadLetters: 'CostDeadLetters',
    reserved: 1,
  },
  { name: 'Import', timeout: 900, memory: 3072, storage: 4096, deadLetters: 'ArrivalsDeadLetters' },
  {
    name: 'Analyze',
    timeout: 900,
    memory: 4096,
    storage: 4096,
    deadLetters: 'RefreshDeadLetters',
    reserved: 1,
  },
];
const QUEUES = { Work: 5, Cost: 8, Arrivals: 4, Refresh: 4 };

describe.skipIf(missing !== undefined)('resources', () => {
  let synthesis: Synthesis;
  beforeAll(async () => {
    synthesis = await synthesise();
  });
  const find = (type: string, name: string): Record<string, unknown> => {
    const found = ofType(synthesis, type).filter((resource) => resource.name === name);
    expect(found.map((resource) => resource.name)).toEqual([name]);
    return (found[0] as Resource).inputs;
  };
  const physical = (name: string) => String(find('sqs/queue:Queue', `${name}Queue`).name);
  /** Queues that take what this function failed at, by its subscription or its own setting. */
  const deadLettersOf = (name: string): string[] => {
    const fn = find('lambda/function:Function', `${name}Function`);
    const own = fn.deadLetterConfig as { targetArn: string } | undefined;
    const subscribed = ofType(synthesis, 'lambda/eventSourceMapping:EventSourceMapping')
      .filter(({ inputs }) => String(inputs.functionName).endsWith(`:${fn.name}`))
      .map(({ inputs }) => {
        const queue = ofType(synthesis, 'sqs/queue:Queue').find((each) =>
          String(inputs.eventSourceArn).endsWith(`:${each.inputs.name}`),
        );
        return JSON.parse(String(queue?.inputs.redrivePolicy)).deadLetterTargetArn as string;
      });
    return [...(own ? [own.targetArn] : []), ...subscribed];
  };

  it.each(FUNCTIONS)('$name', ({ name, timeout, memory, storage, deadLetters, reserved }) => {
    const fn = find('lambda/function:Function', `${name}Function`);
    expect(fn).toMatchObject({
      architectures: ['arm64'],
      runtime: 'nodejs24.x',
      timeout,
      memorySize: memory,
      ephemeralStorage: { size: storage },
      loggingConfig: { logFormat: 'JSON', logGroup: `/headroom/test/${name}` },
    });
    expect(fn.reservedConcurrentExecutions).toBe(reserved);
    expect(find('cloudwatch/logGroup:LogGroup', `${name}Logs`)).toMatchObject({
      name: `/headroom/test/${name}`,
      retentionInDays: 90,
    });
    const role = find('iam/role:Role', `${name}Role`);
    expect(fn.role).toBe(`arn:aws:iam::123456789012:role/${role.name}`);
    const isAsked = deadLetters.startsWith('none');
    expect(deadLettersOf(name)).toEqual(
      isAsked ? [] : [expect.stringContaining(`:${physical(deadLetters)}`)],
    );
  });

  it('every function is asserted here, and built as test/suites/lambda builds it', () => {
    const functions = ofType(synthesis, 'lambda/function:Function').map(({ name }) => name);
    expect(functions.toSorted()).toEqual(FUNCTIONS.map(({ name }) => `${name}Function`).toSorted());
    const builds = synthesis.builds.map(({ name, handler, nodejs, copied }) => ({
      name,
      handler,
      hasDuckdb: nodejs.install !== undefined,
      copied,
    }));
    const expected = LAMBDAS.map((each) => ({ ...each, copied: each.hasDuckdb ? ['analytics/models'] : [] }));
    const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
    expect(builds.toSorted(byName)).toEqual(expected.toSorted(byName));
  });

  it("DuckDB's native half has the version of the package that it belongs to", () => {
    const { dependencies } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
    const installs = synthesis.builds.flatMap(({ nodejs }) => (nodejs.install ? [nodejs.install] : []));
    expect(installs.length).toBeGreaterThan(0);
    for (const install of installs) {
      expect(install).toEqual({ '@duckdb/node-bindings': dependencies['@duckdb/node-api'] });
    }
  });

  it.each(['Lake', 'Exports'])(
    'the bucket %s is versioned, encrypted, TLS only, closed and tidied',
    (name) => {
      expect(find('s3/bucket:Bucket', `${name}Bucket`)).toMatchObject({ forceDestroy: false });
      expect(find('s3/bucketVersioning:BucketVersioning', `${name}Versioning`)).toMatchObject({
        versioningConfiguration: { status: 'Enabled' },
      });
      expect(
        find('s3/bucketPublicAccessBlock:BucketPublicAccessBlock', `${name}PublicAccessBlock`),
      ).toMatchObject({
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      });
      const encryption = find(
        's3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration',
        `${name}Encryption`,
      );
      const algorithm = name === 'Lake' ? 'aws:kms' : 'AES256';
      expect(encryption.rules).toMatchObject([
        { applyServerSideEncryptionByDefault: { sseAlgorithm: algorithm }, bucketKeyEnabled: true },
      ]);
      const policy = parsePolicy(find('s3/bucketPolicy:BucketPolicy', `${name}Policy`).policy);
      expect(policy).toContainEqual(
        expect.objectContaining({
          Effect: 'Deny',
          Action: ['s3:*'],
          Condition: [{ test: 'Bool', variable: 'aws:SecureTransport', values: ['false'] }],
        }),
      );
      for (const { Effect, Principal, Condition } of policy.filter((each) => each.Effect === 'Allow')) {
        expect(Effect).toBe('Allow');
        expect(Object.keys(Principal as object)).toEqual(['Service']);
        expect(JSON.stringify(Condition)).toContain('aws:SourceAccount');
      }
      const lifecycle = find(
        's3/bucketLifecycleConfiguration:BucketLifecycleConfiguration',
        `${name}Lifecycle`,
      );
      expect(lifecycle.rules).toMatchObject([
        { status: 'Enabled', abortIncompleteMultipartUpload: {}, noncurrentVersionExpiration: {} },
      ]);
    },
  );

  it.each(Object.entries(QUEUES))(
    'the queue %s is encrypted, TLS only, and gives up after %i tries',
    (name, tries) => {
      const queue = find('sqs/queue:Queue', `${name}Queue`);
      expect(queue.sqsManagedSseEnabled).toBe(true);
      const redrive = JSON.parse(String(queue.redrivePolicy));
      expect(redrive).toMatchObject({ maxReceiveCount: tries });
      expect(redrive.deadLetterTargetArn).toContain(physical(`${name}DeadLetters`));
      const statements = parsePolicy(find('sqs/queuePolicy:QueuePolicy', `${name}Policy`).policy);
      expect(statements[0]).toMatchObject({
        Effect: 'Deny',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      });
      const [mapping] = ofType(synthesis, 'lambda/eventSourceMapping:EventSourceMapping').filter(
        (each) => each.name === `${name}Subscription`,
      );
      expect(mapping?.inputs.functionResponseTypes).toEqual(['ReportBatchItemFailures']);
      const fn = ofType(synthesis, 'lambda/function:Function').find(({ inputs }) =>
        String(mapping?.inputs.functionName).endsWith(`:${inputs.name}`),
      );
      expect(Number(queue.visibilityTimeoutSeconds)).toBeGreaterThan(Number(fn?.inputs.timeout));
    },
  );

  it('one consumer asks Cost Explorer, in order', () => {
    expect(find('sqs/queue:Queue', 'CostQueue')).toMatchObject({ fifoQueue: true });
    expect(find('sqs/queue:Queue', 'CostDeadLettersQueue')).toMatchObject({ fifoQueue: true });
    expect(find('lambda/eventSourceMapping:EventSourceMapping', 'CostSubscription')).toMatchObject({
      batchSize: 1,
    });
  });

  it('only the bucket of exports may announce manifests', () => {
    const [, allow] = parsePolicy(find('sqs/queuePolicy:QueuePolicy', 'ArrivalsPolicy').policy);
    expect(allow).toMatchObject({
      Principal: { Service: 's3.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Condition: { ArnEquals: { 'aws:SourceArn': expect.stringMatching(/exports/i) } },
    });
    expect(find('s3/bucketNotification:BucketNotification', 'ManifestArrivals').queues).toMatchObject([
      { filterSuffix: 'Manifest.json' },
    ]);
  });

  it('every schedule has a time zone, retries, dead letters and an alarm when it is missed', async () => {
    const zoned = await synthesise({ settings: 'time_zone: Europe/Berlin' });
    const schedules = ofType(zoned, 'scheduler/schedule:Schedule');
    expect(schedules).toHaveLength(SCHEDULE_NAMES.length);
    for (const { inputs } of schedules) {
      expect(inputs).toMatchObject({
        scheduleExpressionTimezone: 'Europe/Berlin',
        state: 'ENABLED',
        target: {
          retryPolicy: { maximumRetryAttempts: 5, maximumEventAgeInSeconds: 10_800 },
          deadLetterConfig: { arn: expect.stringContaining('PlanDeadLetters') },
        },
      });
    }
    const names = schedules.map(
      ({ inputs }) => JSON.parse((inputs.target as { input: string }).input).schedule,
    );
    expect(names.toSorted()).toEqual([...SCHEDULE_NAMES].toSorted());
    for (const name of SCHEDULE_NAMES) {
      expect(find('cloudwatch/metricAlarm:MetricAlarm', `${name}MissedAlarm`)).toMatchObject({
        metricName: 'ScheduleRan',
        dimensions: { service: 'headroom-test', schedule: name },
        treatMissingData: 'breaching',
      });
    }
  });

  it('every queue of dead letters has an alarm, and so have control totals and the backfill', () => {
    const alarms = ofType(synthesis, 'cloudwatch/metricAlarm:MetricAlarm').map(({ inputs }) => inputs);
    const watched = alarms.flatMap(
      ({ dimensions }) => (dimensions as { QueueName?: string }).QueueName ?? [],
    );
    const deadLetters = ofType(synthesis, 'sqs/queue:Queue').filter(({ name }) =>
      name.includes('DeadLetters'),
    );
    expect(watched.toSorted()).toEqual(deadLetters.map(({ inputs }) => inputs.name).toSorted());
    expect(alarms.map(({ metricName }) => metricName)).toEqual(
      expect.arrayContaining(['ControlTotalsFailed', 'AlertsUndelivered', 'ExecutionsFailed']),
    );
    for (const { alarmActions } of alarms) expect(alarmActions).toHaveLength(1);
  });

  it('no route of the API is open: IAM, or a JWT where the settings name an issuer', async () => {
    const routes = (each: Synthesis) => ofType(each, 'apigatewayv2/route:Route').map(({ inputs }) => inputs);
    expect(routes(synthesis).map(({ authorizationType }) => authorizationType)).toEqual([
      'AWS_IAM',
      'AWS_IAM',
    ]);
    const settings =
      'api: { jwt: { issuer: "https://issuer.example/", audiences: [headroom], scopes: [costs.read] } }';
    const withTokens = await synthesise({ settings });
    expect(routes(withTokens)).toMatchObject([
      { authorizationType: 'JWT', authorizationScopes: ['costs.read'] },
      { authorizationType: 'JWT', authorizationScopes: ['costs.read'] },
    ]);
    expect(ofType(withTokens, 'apigatewayv2/authorizer:Authorizer')).toMatchObject([
      { inputs: { jwtConfiguration: { audiences: ['headroom'], issuer: 'https://issuer.example/' } } },
    ]);
    expect(ofType(synthesis, 'lambda/functionUrl:FunctionUrl')).toEqual([]);
    const [stage] = ofType(synthesis, 'apigatewayv2/stage:Stage');
    expect(stage?.inputs.defaultRouteSettings).toEqual({ throttlingRateLimit: 25, throttlingBurstLimit: 50 });
    expect(ofType(synthesis, 'apigatewayv2/api:Api')[0]?.inputs.corsConfiguration ?? {}).toEqual({});
  });

  it('sizes follow the settings', async () => {
    const large = await synthesise({
      settings: 'analytics: { memory_mb: 10240, storage_mb: 10240 }\nlog_retention_days: 30\nencryption: s3',
    });
    const fn = ofType(large, 'lambda/function:Function').find(({ name }) => name === 'AnalyzeFunction');
    expect(fn?.inputs).toMatchObject({
      memorySize: 10_240,
      ephemeralStorage: { size: 10_240 },
      environment: { variables: { HEADROOM_MEMORY_GIB: '7.00', HEADROOM_CACHE_GIB: '5.00' } },
    });
    expect(ofType(large, 'kms/key:Key')).toEqual([]);
    const retentions = ofType(large, 'cloudwatch/logGroup:LogGroup').map(
      ({ inputs }) => inputs.retentionInDays,
    );
    expect(new Set(retentions)).toEqual(new Set([30]));
    await expect(synthesise({ settings: 'analytics: { memory_mb: 99999 }' })).rejects.toThrow(/memory_mb/);
  });

  it('a teardown leaves the data, its guards and its key, unless it is told to remove them', async () => {
    const guards = ['Bucket', 'Versioning', 'PublicAccessBlock', 'Lifecycle', 'Encryption', 'Policy'];
    const kept = ['LakeKey', ...guards.flatMap((guard) => [`Lake${guard}`, `Exports${guard}`])];
    expect(synthesis.retained.toSorted()).toEqual(kept.toSorted());
    const removing = await synthesise({ removesData: true });
    expect(removing.retained).toEqual([]);
    expect(ofType(removing, 's3/bucket:Bucket').map(({ inputs }) => inputs.forceDestroy)).toEqual([
      true,
      true,
    ]);
    const production = await synthesise({ stage: 'production', removesData: true });
    expect(production.app).toMatchObject({ removal: 'retain', protect: true });
    expect(production.retained.toSorted()).toEqual(kept.toSorted());
  });

  it('the backfill goes month by month through the one reader', () => {
    const definition = JSON.parse(String(find('sfn/stateMachine:StateMachine', 'Backfill').definition));
    expect(definition.States.Units).toMatchObject({ Type: 'Map', MaxConcurrency: 1 });
    const { States: steps } = definition.States.Units.ItemProcessor;
    const reader = String(find('lambda/function:Function', 'CollectCostFunction').name);
    expect(steps.Collect.Arguments.FunctionName).toContain(reader);
    // Every state that is named exists, inside its own machine.
    for (const states of [definition.States, steps]) {
      const named = Object.values(
        states as Record<string, { Next?: string; Default?: string; Choices?: { Next: string }[] }>,
      )
        .flatMap(({ Next, Default, Choices = [] }) => [
          Next,
          Default,
          ...Choices.map((choice) => choice.Next),
        ])
        .filter((name) => name !== undefined);
      expect(named.filter((name) => !(name in states))).toEqual([]);
    }
  });
});
