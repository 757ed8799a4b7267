import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CAPACITY_FORECASTS } from '../../analytics/jobs/capacity-forecast/forecast-store.ts';
import { CAPACITY_FORECASTS_STEP } from '../../analytics/jobs/steps/capacity-forecasts.ts';
import { openTable } from '../../analytics/lake/delta-table.ts';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import type { ObjectStore } from '../../analytics/lake/object-store.ts';
import { FORECASTS_CAPACITY } from '../../analytics/results/records/forecasts-capacity.ts';
import { runCapacity } from '../support/capacity-run.ts';
import { AS_OF, createWorld, dayBack } from '../support/capacity-world.ts';

type Row = Record<string, unknown>;

const CPU = { namespace: 'AWS/EC2', metric: 'CPUUtilization', noise: 1 };

function createEstate() {
  const estate = createWorld();
  const instance = (id: string, more = {}) =>
    estate.addResource({ id, type: 'ec2:instance', size: () => ({ size_class: 'm5.large' }), ...more });
  instance('i-calm');
  estate.addMetric('i-calm', { ...CPU, level: () => 30 });
  instance('i-grows', { tags: { Service: 'Shop' } });
  estate.addMetric('i-grows', { ...CPU, level: (age) => 70 - 0.35 * age });
  instance('i-full');
  estate.addMetric('i-full', { ...CPU, noise: 0, level: (age) => Math.min(100, 120 - 0.6 * age) });
  instance('i-new', { days: 8 });
  estate.addMetric('i-new', { ...CPU, level: (age) => (age <= 7 ? 50 : null) });
  instance('i-silent');
  instance('i-gone-quiet');
  estate.addMetric('i-gone-quiet', { ...CPU, level: (age) => (age > 40 ? 50 : null) });
  instance('i-resized', { size: (age: number) => ({ size_class: age > 30 ? 'm5.large' : 'm5.xlarge' }) });
  estate.addMetric('i-resized', { ...CPU, level: (age) => (age > 30 ? 60 : 30) });
  instance('i-stopped', { state: 'stopped' });
  estate.addCharge('i-grows', {
    consumed_unit: 'Hrs',
    consumed_quantity: '720',
    effective_cost: '50',
    list_cost: '69.12',
    pricing_category: 'Committed',
  });
  estate.addResource({
    id: 'db-1',
    type: 'rds:db',
    size: () => ({ size_class: 'db.r6g.large', size_gib: 200 }),
  });
  estate.addFreeStorage('db-1', (age) => 60 + 0.7 * age);
  estate.addCharge('db-1', { consumed_unit: 'GB-Mo', consumed_quantity: '200', effective_cost: '23' });
  for (const id of ['i-a', 'i-b', 'i-c']) {
    instance(id, { attributes: { autoscaling_group: 'web' } });
    estate.addMetric(id, { ...CPU, level: () => 50 });
  }
  estate.addResource({ id: 'web', type: 'autoscaling:group', attributes: { max_size: '10' } });
  estate.addQuota('L-GROWS', (age) => Math.round(72 - 0.3 * age));
  estate.addQuota('L-UNSEEN', () => null);
  estate.addQuota('L-NO-METRIC', () => null, { usage_metric: null });
  return estate.world;
}

let root: string;
let store: ObjectStore;
let rows: Map<string, Row>;
let result: Awaited<ReturnType<typeof runCapacity>>;
const find = (id: string, metric: string): Row => {
  const row = rows.get(`${id} ${metric}`);
  if (!row) throw new Error(`no row for ${id} ${metric} among ${[...rows.keys()]}`);
  return row;
};

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'headroom-capacity-'));
  store = await openFolderStore(path.join(root, 'lake'));
  result = await runCapacity(createEstate(), { store, folder: root });
  rows = new Map(result.forecasts.map((row) => [`${row.resource_id} ${row.metric}`, row]));
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('capacity forecasts', () => {
  it('leaves the relations that it declares, and the record names no other column', async () => {
    const declared = CAPACITY_FORECASTS_STEP.outputs;
    expect(Object.keys(result.forecasts[0] ?? {})).toEqual(Object.keys(declared.capacity_forecasts ?? {}));
    expect(Object.keys(result.accuracy[0] ?? {})).toEqual(Object.keys(declared.capacity_accuracy ?? {}));
    for (const { name, isNullable } of FORECASTS_CAPACITY.columns)
      for (const row of result.forecasts)
        expect(isNullable || (row[name] !== null && row[name] !== undefined), name).toBe(true);
  });

  it('says when growth meets the threshold, and how it grows, in words', () => {
    const row = find('i-grows', 'cpu');
    expect(row).toMatchObject({ status: 'will exhaust', limit_value: 100, threshold_load: 80 });
    // 70 % on the day of the run, 0.35 a day: 80 % is 29 days ahead.
    expect(String(row.exhaustion_median_date) >= '2026-11-18').toBe(true);
    expect(String(row.exhaustion_median_date) <= '2026-12-06').toBe(true);
    expect(row.reason).toMatch(
      /^grows 3\.\d % a week since at least \d+ \w+; reaches 80 % of its capacity between .+ (November|December).*, most likely \d+ (November|December)$/,
    );
    expect(row.headroom_ratio).toBeCloseTo(0.3, 1);
    expect(row.headroom_ahead_ratio as number).toBeLessThan(0.1);
  });

  it('low, median and high are in order, and probabilities do not fall with time', () => {
    for (const row of result.forecasts) {
      const dates = ['low', 'median', 'high'].map((name) => row[`exhaustion_${name}_date`] ?? '9999-12-31');
      expect(dates).toEqual([...dates].sort());
      const chances = [30, 60, 90].map((days) => Number(row[`probability_${days}d`] ?? 0));
      expect(chances).toEqual([...chances].sort((a, b) => a - b));
      for (const days of [30, 60, 90])
        if (row[`p50_${days}d`] !== null)
          expect(row[`p95_${days}d`] as number).toBeGreaterThanOrEqual(row[`p50_${days}d`] as number);
    }
  });

  it('a level far below stays there', () => {
    expect(find('i-calm', 'cpu')).toMatchObject({ status: 'ok', exhaustion_median_date: null });
    expect(find('i-calm', 'cpu').probability_90d as number).toBeLessThan(0.1);
    expect(find('i-calm', 'cpu').p50_90d as number).toBeCloseTo(31, -1);
  });

  it('a metric at its ceiling is saturated, and no load ahead is made up', () => {
    const row = find('i-full', 'cpu');
    expect(row).toMatchObject({ status: 'saturated', p50_30d: null, probability_30d: 1 });
    expect(row.censored_days as number).toBeGreaterThan(20);
    expect(row.reason).toMatch(
      /^at the ceiling on 7 of the last 7 days with data: the load is at least 100 %/,
    );
  });

  it('what is reached has no date ahead but the day since when, and whether it was so before there was data', () => {
    expect(find('i-full', 'cpu')).toMatchObject({ exhaustion_low_date: null, exhaustion_high_date: null });
    expect(find('i-full', 'cpu').reached_since_date).toMatch(/^2026-/);
    expect(find('i-grows', 'cpu')).toMatchObject({ reached_since_date: null, is_reached_before: false });
  });

  it('ranks what needs an answer first: full, then by the day on which it will be; what is unknown comes last', () => {
    const ranked = result.forecasts.toSorted((a, b) => Number(a.urgency_rank) - Number(b.urgency_rank));
    expect(ranked.map((row) => Number(row.urgency_rank))).toEqual(ranked.map((_, i) => i + 1));
    expect(ranked[0]).toMatchObject({ resource_id: 'i-full', metric: 'cpu' });
    const dates = ranked
      .filter(({ status }) => status === 'will exhaust')
      .map((row) => String(row.exhaustion_median_date));
    expect(dates.length).toBeGreaterThan(1);
    expect(dates).toEqual([...dates].sort());
    expect(ranked.at(-1)?.status).toBe('unknown');
  });

  it('says which data is missing where it does not know', () => {
    expect(find('i-new', 'cpu')).toMatchObject({ status: 'unknown', reason: 'unknown: only 5 days of data' });
    expect(find('i-silent', 'cpu')).toMatchObject({
      status: 'unknown',
      reason: 'unknown: no data: CPUUtilization',
      p50_30d: null,
    });
    expect(find('i-gone-quiet', 'cpu').reason).toBe('unknown: no data since 21 September');
    expect(find('L-UNSEEN', 'usage')).toMatchObject({
      status: 'unknown',
      current_load: null,
      reason: 'unknown: no data: use of the quota, ResourceCount',
    });
    expect(rows.has('L-NO-METRIC usage')).toBe(false);
    expect(rows.has('i-stopped cpu')).toBe(false);
  });

  it('a resize is no change of the load', () => {
    const row = find('i-resized', 'cpu');
    expect(row.status).toBe('ok');
    expect(row.reason).toMatch(/^shows no clear trend/);
    const { load } = JSON.parse(String(row.history)) as { load: (number | null)[] };
    for (const value of load) if (value !== null) expect(value).toBeCloseTo(30, -1);
  });

  it('what is free is turned into used, in the unit of the limit', () => {
    const row = find('db-1', 'storage');
    expect(row).toMatchObject({ unit: 'GiB', limit_value: 200, threshold_load: 160 });
    expect(row.current_load as number).toBeCloseTo(138, -1);
    expect(String(row.exhaustion_median_date)).toMatch(/^2026-1[12]-/);
  });

  it('a group carries what its members carry, up to its maximum size', () => {
    const row = find('web', 'cpu');
    expect(row).toMatchObject({ scope: 'group', unit: 'instances', limit_value: 10, status: 'ok' });
    expect(row.current_load as number).toBeGreaterThan(1.4);
    expect(row.current_load as number).toBeLessThan(1.7);
  });

  it('a quota is exhausted in its own unit, and raising it costs nothing', () => {
    const row = find('L-GROWS', 'usage');
    expect(row).toMatchObject({ scope: 'quota', status: 'will exhaust', limit_name: 'the quota' });
    expect(row.next_unit).toBe('a higher quota, on request');
    expect(Number(row.next_unit_cost)).toBe(0);
  });

  it('the next unit costs what the bill says, at list where a commitment covers the present one', () => {
    expect(find('i-grows', 'cpu')).toMatchObject({
      next_unit: '1 more m5.large',
      owner: 'ann',
      billing_currency: 'USD',
    });
    expect(Number(find('i-grows', 'cpu').next_unit_cost)).toBeCloseTo(69.12, 6);
    expect(Number(find('db-1', 'storage').next_unit_cost)).toBeCloseTo(0.115, 6);
    expect(find('i-calm', 'cpu').next_unit_cost).toBeNull();
  });

  it('each forecast has its own past beside it, and that of its kind', () => {
    const row = find('i-grows', 'cpu');
    expect(row.own_wape as number).toBeLessThan(0.15);
    expect(row.own_days).toBe(30);
    expect(row.kind_forecast_count as number).toBeGreaterThan(3);
    expect(row.kind_wape as number).toBeLessThan(0.2);
  });

  it('is the same whatever the order of what was collected', async () => {
    const world = createEstate();
    const turned = Object.fromEntries(
      Object.entries(world).map(([name, list]) => [name, list.toReversed()]),
    ) as typeof world;
    const again = await runCapacity(turned, { store, folder: root });
    expect(again.forecasts).toEqual(result.forecasts);
    const { files } = await openTable(store, CAPACITY_FORECASTS).snapshot();
    expect(files.map(({ partition }) => partition.as_of_date)).toEqual([AS_OF]);
  });

  it('targets of the configuration decide', async () => {
    const { forecasts } = await runCapacity(createEstate(), {
      store: await openFolderStore(path.join(root, 'other')),
      folder: root,
      capacity: {
        groups: [{ name: 'shop', tags: { service: 'shop' } }],
        targets: [
          { resource_id: 'i-grows', threshold_ratio: 0.5 },
          { resource_id: 'i-calm', metric: 'cpu', next_unit: 'another node', next_unit_cost: 12.5 },
          { resource_type: 'ec2:instance', threshold_ratio: 0.95, statistic: 'peak' },
          { service_code: 'ec2', quota_code: 'L-NO-METRIC' },
        ],
      },
    });
    const by = new Map(forecasts.map((row) => [`${row.resource_id} ${row.metric}`, row]));
    expect(by.get('i-grows cpu')).toMatchObject({
      threshold_ratio: 0.5,
      statistic: 'peak',
      status: 'over threshold',
      exhaustion_median_date: null,
      is_reached_before: false,
    });
    expect(by.get('i-grows cpu')?.reason).toMatch(/beyond the threshold of 50 % since \d+ \w+$/);
    expect(by.get('i-grows cpu')?.reached_since_date).toMatch(/^2026-0[89]-/);
    expect(by.get('i-calm cpu')).toMatchObject({ threshold_ratio: 0.95, next_unit: 'another node' });
    expect(Number(by.get('i-calm cpu')?.next_unit_cost)).toBe(12.5);
    expect(by.get('db-1 storage')).toMatchObject({ threshold_ratio: 0.8, statistic: 'peak' });
    expect(by.get('shop cpu')).toMatchObject({ scope: 'group', kind: 'capacity:group', limit_value: 1 });
    expect(by.get('L-NO-METRIC usage')).toMatchObject({
      status: 'unknown',
      reason: 'unknown: no data: AWS publishes no use of this quota',
    });
  });

  it('earlier forecasts are judged by what came', async () => {
    const lake = await openFolderStore(path.join(root, 'scored'));
    const world = createEstate();
    await runCapacity(world, { store: lake, folder: root, asOf: dayBack(34) });
    const { forecasts, accuracy } = await runCapacity(world, { store: lake, folder: root });
    const published = accuracy.filter(({ source }) => source === 'published');
    expect(published.length).toBeGreaterThan(2);
    expect(published.every(({ horizon_days }) => horizon_days === 30)).toBe(true);
    const cpu = published.find(({ kind, metric }) => kind === 'ec2:instance' && metric === 'cpu');
    expect(cpu?.forecast_count as number).toBeGreaterThan(3);
    expect(cpu?.wape as number).toBeLessThan(0.2);
    expect(forecasts.find(({ resource_id }) => resource_id === 'i-calm')?.published_wape).toBe(cpu?.wape);
  });

  it('a lake without measurements gives no rows', async () => {
    const lake = await openFolderStore(path.join(root, 'empty'));
    const { forecasts, accuracy } = await runCapacity(createWorld().world, { store: lake, folder: root });
    expect([...forecasts, ...accuracy]).toEqual([]);
  });
});
