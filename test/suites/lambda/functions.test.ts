import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../../analytics/configuration/load-configuration.ts';
import { importPath } from '../../../analytics/jobs/import.ts';
import { runModels } from '../../../analytics/jobs/run.ts';
import { openFolderStore } from '../../../analytics/lake/folder-store.ts';
import { makeEvent } from '../../functions/published.ts';
import { buildLambda, LAMBDAS, type LambdaBundle } from '../../support/lambda-bundle.ts';
import {
  type Account,
  deliverConfiguration,
  deliverExport,
  GOLDEN,
  makeArrival,
  makeSqsEvent,
  missing,
  runLambda,
  startAccount,
} from './setup.ts';

const MIB = 2 ** 20;
/** Lambda's own limit is 250 MiB unpacked. A bundle that grows beyond these has taken in what it should not. */
const LIMITS_MIB = { withDuckdb: 120, withoutDuckdb: 6 };
/** Less than the margin that functions keep. */
const NO_TIME_MS = 20_000;
const BUILD_LIMIT_MS = 300_000;

if (missing !== undefined) console.warn(`Lambda functions: skipped, ${missing}.`);

describe.skipIf(missing !== undefined)('functions as Lambda runs them', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'headroom-lambda-'));
  const bundles = new Map<string, LambdaBundle>();
  let account: Account;
  const taskRoot = (name: string) => (bundles.get(name) as LambdaBundle).taskRoot;

  beforeAll(async () => {
    account = await startAccount(path.join(folder, 'cache'));
    const byHandler = new Map<string, LambdaBundle>();
    for (const kind of LAMBDAS) {
      const bundle = byHandler.get(kind.handler) ?? (await buildLambda(kind, folder));
      byHandler.set(kind.handler, bundle);
      bundles.set(kind.name, bundle);
    }
  }, BUILD_LIMIT_MS);
  afterAll(async () => {
    await account?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A lake and its surroundings, as the stacks make them. */
  const makeDeployment = async () => {
    const [lake, exports, arrivals, refresh, work, cost] = await Promise.all([
      account.makeBucket(),
      account.makeBucket(),
      account.makeQueue(),
      account.makeQueue(),
      account.makeQueue(),
      account.makeQueue({ isFifo: true }),
    ]);
    await deliverConfiguration(account.s3, lake);
    const environment = {
      ...account.environment,
      HEADROOM_LAKE: `s3://${lake}`,
      HEADROOM_CONFIG: `s3://${lake}/config`,
      HEADROOM_EXPORTS: `s3://${exports}`,
      HEADROOM_SWEEP_DAYS: '45',
      HEADROOM_ARRIVALS_QUEUE: arrivals,
      HEADROOM_REFRESH_QUEUE: refresh,
      HEADROOM_WORK_QUEUE: work,
      HEADROOM_COST_QUEUE: cost,
      HEADROOM_MEMORY_GIB: '1',
    };
    return { lake, exports, arrivals, refresh, work, cost, environment };
  };

  it.each(LAMBDAS)('$name is within its limits', ({ name, hasDuckdb }) => {
    const { unzippedBytes } = bundles.get(name) as LambdaBundle;
    expect(unzippedBytes / MIB).toBeLessThan(hasDuckdb ? LIMITS_MIB.withDuckdb : LIMITS_MIB.withoutDuckdb);
  });

  it('from the arrival of an export to the answer of the API, with the very numbers of a laptop', async () => {
    const { exports, refresh, environment } = await makeDeployment();
    const manifest = await deliverExport(account.s3, exports);

    const importer = await runLambda(taskRoot('Import'), environment);
    const arrival = makeSqsEvent([{ body: makeArrival(exports, manifest) }]);
    expect(await importer.invoke(arrival)).toEqual({ batchItemFailures: [] });
    const requests = await account.receive(refresh);
    expect(requests.Records.map(({ body }) => JSON.parse(body))).toEqual([{ reason: manifest }]);
    // SQS delivers a message twice now and then.
    expect(await importer.invoke(arrival)).toEqual({ batchItemFailures: [] });
    expect((await account.receive(refresh)).Records).toEqual([]);

    const analyze = await runLambda(taskRoot('Analyze'), environment);
    expect(await analyze.invoke(requests)).toEqual({ batchItemFailures: [] });

    const api = await runLambda(taskRoot('ApiHandler'), environment);
    const answer = (await api.invoke(makeEvent('/v1/costs'))) as APIGatewayProxyStructuredResultV2;
    expect(answer.statusCode).toBe(200);
    const { version, as_of, control, rows } = JSON.parse(answer.body ?? '');
    expect(rows.length).toBeGreaterThan(0);
    expect(control.is_reconciled).toBe(true);
    const etag = String(answer.headers?.etag);
    expect(await api.invoke(makeEvent('/v1/costs', { headers: { 'if-none-match': etag } }))).toMatchObject({
      statusCode: 304,
    });
    expect(await api.invoke(makeEvent('/v1/costs?by=nothing'))).toMatchObject({ statusCode: 400 });

    const laptop = await openFolderStore(path.join(folder, 'laptop'));
    await importPath({ store: laptop, path: path.join(GOLDEN, 'charges.csv'), sourceName: 'worked' });
    const report = await runModels({
      store: laptop,
      configuration: await loadConfiguration(path.join(GOLDEN, 'config')),
      asOf: as_of,
    });
    expect(version).toBe(report.version);
  });

  it('the API says what to do while nothing is published', async () => {
    const { environment } = await makeDeployment();
    const api = await runLambda(taskRoot('ApiHandler'), environment);
    expect(await api.invoke(makeEvent('/v1/variance'))).toMatchObject({ statusCode: 404 });
    expect(await api.invoke(makeEvent('/health'))).toMatchObject({ statusCode: 200 });
    expect(await api.invoke(makeEvent('/v1/variance', { method: 'DELETE' }))).toMatchObject({
      statusCode: 405,
    });
  });

  it('messages fail one by one', async () => {
    const { exports, refresh, environment } = await makeDeployment();
    const manifest = await deliverExport(account.s3, exports);
    const importer = await runLambda(taskRoot('Import'), environment);
    const event = makeSqsEvent([
      { body: '{"Event":"s3:TestEvent"}' },
      { body: '{"nonsense":1}' },
      { body: makeArrival(exports, manifest) },
      { body: makeArrival(exports, 'exports/gone/metadata/gone-Manifest.json') },
    ]);
    expect(await importer.invoke(event)).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-1' }] });
    expect((await account.receive(refresh)).Records).toHaveLength(1);
  });

  it('the sweep queues every manifest, and what is known changes nothing', async () => {
    const { exports, arrivals, refresh, environment } = await makeDeployment();
    const manifest = await deliverExport(account.s3, exports);
    await account.s3.send(new PutObjectCommand({ Bucket: exports, Key: 'other.txt', Body: '-' }));
    const sweep = await runLambda(taskRoot('Sweep'), environment);
    expect(await sweep.invoke({ schedule: 'sweep' })).toEqual({ manifests: 1 });
    const messages = await account.receive(arrivals);
    expect(messages.Records.map(({ body }) => JSON.parse(body))).toEqual([
      { bucket: exports, key: manifest },
    ]);
    // What the alarm on missed schedules asks for.
    const alarmed = expect.objectContaining({
      CloudWatchMetrics: [
        expect.objectContaining({ Namespace: 'Headroom', Dimensions: [['service', 'schedule']] }),
      ],
    });
    expect(readMetrics(sweep.log())).toContainEqual(
      expect.objectContaining({ ScheduleRan: 1, schedule: 'sweep', service: 'headroom-test', _aws: alarmed }),
    );

    const importer = await runLambda(taskRoot('Import'), environment);
    for (const changes of [1, 0]) {
      expect(await importer.invoke(messages)).toEqual({ batchItemFailures: [] });
      expect((await account.receive(refresh)).Records).toHaveLength(changes);
    }
  });

  it('hands over what there is no time for, up to a limit', async () => {
    const { refresh, environment } = await makeDeployment();
    const analyze = await runLambda(taskRoot('Analyze'), environment);
    const first = makeSqsEvent([{ body: '{"reason":"a"}', continuation: '3' }, { body: '{"reason":"b"}' }]);
    expect(await analyze.invoke(first, { limitMs: NO_TIME_MS })).toEqual({ batchItemFailures: [] });
    const [continued] = (await account.receive(refresh)).Records;
    expect(continued?.messageAttributes.continuation?.stringValue).toBe('4');
    const last = makeSqsEvent([{ body: '{"reason":"a"}', continuation: '10' }, { body: '{"reason":"b"}' }]);
    expect(await analyze.invoke(last, { limitMs: NO_TIME_MS })).toEqual({
      batchItemFailures: [{ itemIdentifier: 'message-0' }, { itemIdentifier: 'message-1' }],
    });
  });

  it('a lake without charges is no failure', async () => {
    const { environment } = await makeDeployment();
    const analyze = await runLambda(taskRoot('Analyze'), environment);
    expect(await analyze.invoke(makeSqsEvent([{ body: '{}' }]))).toEqual({ batchItemFailures: [] });
  });

  it('plans what is missing, and workers collect it', async () => {
    const { refresh, work, cost, environment } = await makeDeployment();
    const plan = await runLambda(taskRoot('Plan'), environment);
    await plan.invoke({ schedule: 'models' });
    expect((await account.receive(refresh)).Records).toHaveLength(1);
    await plan.invoke({ schedule: 'inventory' });
    const units = await account.receive(work);
    expect(units.Records.map(({ body }) => JSON.parse(body).source)).toEqual(['inventory']);
    expect(readMetrics(plan.log()).map(({ schedule }) => schedule)).toEqual(['models', 'inventory']);

    const worker = await runLambda(taskRoot('Collect'), environment);
    expect(await worker.invoke(units, { limitMs: NO_TIME_MS })).toEqual({ batchItemFailures: [] });
    const again = await account.receive(work);
    expect(again.Records.map(({ body }) => body)).toEqual(units.Records.map(({ body }) => body));
    expect(await worker.invoke(again)).toEqual({ batchItemFailures: [] });
    expect(worker.log()).toContain('"message":"collected"');

    await plan.invoke({ schedule: 'cost-explorer' });
    const paid = await account.receive(cost);
    expect(paid.Records.length).toBeGreaterThan(0);
    const { units: backfill } = (await plan.invoke({ schedule: 'backfill', months: 2 })) as {
      units: unknown[];
    };
    expect(backfill.length).toBeGreaterThan(0);
    await expect(plan.invoke({ schedule: 'nothing' })).rejects.toThrow();
  });

  it('the backfill waits for the next day when the allowance is spent', async () => {
    const { lake, environment } = await makeDeployment();
    const worked = readFileSync(path.join(GOLDEN, 'config/headroom.yml'), 'utf8');
    const Body = `${worked}\ncollect: { cost_explorer: { daily_spend_limit_usd: 0.001 } }\n`;
    await account.s3.send(new PutObjectCommand({ Bucket: lake, Key: 'config/headroom.yml', Body }));
    const plan = await runLambda(taskRoot('Plan'), environment);
    const { units } = (await plan.invoke({ schedule: 'backfill', months: 1 })) as { units: object[] };
    const reader = await runLambda(taskRoot('CollectCost'), environment);
    const outcome = await reader.invoke({ unit: units[0] });
    expect(outcome).toEqual({ state: 'postponed', resume_at: expect.stringMatching(/T00:10:00.000Z$/) });
    expect(Date.parse((outcome as { resume_at: string }).resume_at)).toBeGreaterThan(Date.now());
    expect(await reader.invoke({ unit: units[0] }, { limitMs: NO_TIME_MS })).toEqual({ state: 'continued' });
    await expect(reader.invoke({ unit: { source: 'nothing' } })).rejects.toThrow();
  });
});

/** Metrics that CloudWatch takes from the log. */
function readMetrics(log: string): Record<string, unknown>[] {
  return log
    .split('\n')
    .filter((line) => line.includes('"_aws"'))
    .map((line) => JSON.parse(line));
}
