import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COLLECTED_TABLES, RESOURCES, UTILIZATION } from '../../analytics/lake/collected-tables.ts';
import { openTable } from '../../analytics/lake/delta-table.ts';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import { UTILIZATION_METRICS } from '../../analytics/sources/cloudwatch/metric-catalog.ts';
import { loadDemoCollected } from '../../demo/collected/load-collected.ts';
import { createDemo, type DemoFixture, openConnection, query } from './demo-fixture.ts';

const HOOK_TIMEOUT_MS = 300_000;
let demo: DemoFixture;
let connection: DuckDBConnection;

beforeAll(async () => {
  connection = await openConnection();
  await connection.run("set TimeZone = 'UTC'");
  demo = await createDemo({ months: 4, lines: 122_000 });
  for (const name of ['resources', 'utilization', 'quotas']) {
    const files = join(demo.report.collectedFolder, name, '**/*.parquet');
    await connection.run(
      `create view ${name} as select * from read_parquet('${files}', hive_partitioning = true)`,
    );
  }
  await connection.run(`create table line as select * from ${demo.lines()}`);
}, HOOK_TIMEOUT_MS);

afterAll(async () => {
  connection.closeSync();
  await demo.remove();
});

async function count(sql: string): Promise<number> {
  const [row] = await query(connection, `select count(*) as n from (${sql})`);
  return Number(row?.n);
}

describe('what was collected', () => {
  it('comes into the tables of the lake once, and another demo replaces it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'headroom-collected-'));
    const store = await openFolderStore(folder);
    const rows = await loadDemoCollected(store, demo.report.collectedFolder);
    expect(rows).toBe(
      (await count('from resources')) + (await count('from utilization')) + (await count('from quotas')),
    );
    expect(await loadDemoCollected(store, demo.report.collectedFolder)).toBe(0);
    const other = await createDemo({ seed: 2 });
    const again = await loadDemoCollected(store, other.report.collectedFolder);
    const files = await Promise.all(
      COLLECTED_TABLES.map(async (schema) => (await openTable(store, schema).snapshot()).files),
    );
    expect(files.flat().reduce((sum, { rowCount }) => sum + rowCount, 0)).toBe(again);
    await other.remove();
    await rm(folder, { recursive: true, force: true });
  });

  it('has the columns and types of those tables', async () => {
    for (const { name, columns } of [RESOURCES, UTILIZATION]) {
      const rows = await query(connection, `describe ${name}`);
      expect(rows.map((row) => row.column_name)).toEqual(columns.map((column) => column.name));
    }
    expect(
      await count(
        'from utilization where sample_count is null and sum is null and average is null and maximum is null',
      ),
    ).toBe(0);
  });

  it('is of metrics that a collection asks for, by the dimensions that name the resource', async () => {
    const rows = await query(connection, 'select distinct namespace, metric from utilization');
    const unknown = rows.filter(
      ({ namespace, metric }) =>
        !UTILIZATION_METRICS.some((group) => group.namespace === namespace && `${metric}` in group.metrics),
    );
    expect(unknown).toEqual([]);
  });

  it('names resources as the bill does', async () => {
    const billed = `select distinct ResourceId from line where ResourceId is not null`;
    const kinds = `('ec2:instance', 'ec2:volume', 'rds:db', 'dynamodb:table', 'elasticloadbalancing:loadbalancer', 'ec2:natgateway')`;
    const all = await count(`select distinct resource_id from resources where resource_type in ${kinds}`);
    const known = await count(
      `select distinct resource_id from resources where resource_type in ${kinds} and resource_id in (${billed})`,
    );
    expect(known / all).toBeGreaterThan(0.95);
  });

  it('measures only what an inventory names, in an hour of the past, within what can be', async () => {
    expect(
      await count(`select distinct account_id, resource_id from utilization
        where (account_id, resource_id) not in (select account_id, utilization_id from resources where utilization_id is not null)
          and date >= (select max(date) - 59 from resources)`),
    ).toBe(0);
    expect(
      await count(
        `from utilization where metric like '%CPUUtilization' and (average > 100 or maximum > 100 or average < 0)`,
      ),
    ).toBe(0);
    expect(await count(`from utilization where maximum < average * 0.9 and average > 0.01`)).toBe(0);
    expect(await count(`from utilization where measured_at::date <> date`)).toBe(0);
    expect(
      await count(
        `select 1 from utilization where date >= (select max(date) - 2 from utilization) group by account_id, region_id, namespace, resource_id, metric, dimensions, measured_at having count(*) > 1`,
      ),
    ).toBe(0);
  });

  it('has quotas whose use is not known, and some that grow towards the limit', async () => {
    expect(await count('from quotas where usage is null')).toBeGreaterThan(0);
    const growing = await count(`
      select account_id, quota_code from quotas where usage is not null group by all
      having regr_slope(usage, date_diff('day', date '2026-01-01', date)) * 90 + max(usage) > any_value(quota_limit) and max(usage) < any_value(quota_limit)`);
    expect(growing).toBeGreaterThan(1);
  });
});

describe('planted waste', () => {
  it('is of every kind, twice or more, and beside it is what only looks like it', async () => {
    const kinds = new Map<string, number>();
    for (const { detector } of demo.truth.waste) kinds.set(detector, (kinds.get(detector) ?? 0) + 1);
    expect(kinds.size).toBeGreaterThan(38);
    const looks = new Set(demo.truth.look_alikes.map(({ kind }) => kind));
    for (const kind of [
      'batch_at_night',
      'standby_replica',
      'warm_disaster_recovery',
      'fresh',
      'missing_metrics',
      'low_traffic',
      'weekly_peak',
    ])
      expect(looks, kind).toContain(kind);
    const waste = new Set(demo.truth.waste.map(({ resource_id }) => resource_id));
    expect(demo.truth.look_alikes.filter(({ resource_id }) => waste.has(resource_id))).toEqual([]);
  });

  it('saves no more than it costs', async () => {
    const costs = await query(
      connection,
      `select ResourceId as id, sum(EffectiveCost) as cost from line
       where ChargeCategory = 'Usage' and ChargePeriodStart >= date '2026-11-20' - 32 and ChargePeriodStart < date '2026-11-20' - 2
       group by 1`,
    );
    const byId = new Map(costs.map(({ id, cost }) => [id, Number(cost)]));
    for (const { resource_id, expected_saving_cost } of demo.truth.waste) {
      if (expected_saving_cost === null || !byId.has(resource_id)) continue;
      expect(Number(expected_saving_cost), resource_id).toBeLessThanOrEqual(
        (byId.get(resource_id) ?? 0) + 1e-6,
      );
    }
    const [idle] = demo.truth.waste.filter(({ detector }) => detector === 'elastic_ip_idle');
    expect(Number(idle?.expected_saving_cost)).toBeCloseTo(30 * 24 * 0.005, 6);
  });

  it('has the traces that it would have', async () => {
    const ids = (names: string[]) => names.map((name) => `'${name}'`).join(', ');
    const planted = (detector: string) =>
      ids(demo.truth.waste.filter((one) => one.detector === detector).map(({ resource_id }) => resource_id));
    const looks = (kind: string) =>
      ids(demo.truth.look_alikes.filter((one) => one.kind === kind).map(({ resource_id }) => resource_id));
    // A stopped machine is neither measured nor charged.
    expect(
      await count(`select 1 from utilization u join resources r on r.utilization_id = u.resource_id and r.date = u.date
        where r.resource_id in (${planted('ec2_stopped')}) and r.state = 'stopped'`),
    ).toBe(0);
    expect(
      await count(
        `select 1 from line where ResourceId in (${planted('ec2_stopped')}) and ChargePeriodStart >= date '2026-11-01'`,
      ),
    ).toBe(0);
    expect(
      await count(`select 1 from utilization u join resources r on r.utilization_id = u.resource_id where r.resource_id in (${looks('missing_metrics')})
        and r.resource_type <> 'ec2:volume'`),
    ).toBe(0);
    // A fresh one was not there a month ago.
    expect(
      await count(
        `select 1 from resources where resource_id in (${looks('fresh')}) and date < date '2026-10-20'`,
      ),
    ).toBe(0);
    // Nothing but upkeep goes through what is idle; a batch at night is idle on average and busy at its peak.
    const [batch] = await query(
      connection,
      `select avg(u.average) as mean, quantile_cont(u.maximum, 0.99) as peak from utilization u join resources r on r.utilization_id = u.resource_id and r.date = u.date
       where u.metric = 'CPUUtilization' and r.resource_type = 'ec2:instance' and r.resource_id in (${looks('batch_at_night')})`,
    );
    expect(Number(batch?.mean)).toBeLessThan(20);
    expect(Number(batch?.peak)).toBeGreaterThan(70);
  });
});

describe('a small organisation', () => {
  it('has an inventory too', async () => {
    const small = await createDemo({ months: 2, lines: 8000 });
    expect((await readdir(small.report.collectedFolder)).sort()).toEqual([
      'manifest.json',
      'quotas',
      'resources',
      'utilization',
    ]);
    expect(small.truth.waste.filter(({ detector }) => !detector.startsWith('commitment'))).toEqual([]);
    await small.remove();
  });
});
