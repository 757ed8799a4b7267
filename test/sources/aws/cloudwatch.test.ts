import { afterEach, describe, expect, it } from 'vitest';
import { DRIVERS } from '../../../analytics/lake/collected-tables.ts';
import { openTable } from '../../../analytics/lake/delta-table.ts';
import { type MetricSeries, makeBatches } from '../../../analytics/sources/cloudwatch/metric-data.ts';
import { type Gauge, makeCloudwatch } from '../../aws/cloudwatch-world.ts';
import { AwsFault } from '../../aws/wire-protocol.ts';
import { startWireServer, type Trouble, type WireServer, type World } from '../../aws/wire-server.ts';
import { CALLER_ACCOUNT, openCollectBench } from '../../support/collect.ts';

const NOW = '2026-11-05T12:00:00Z';
const cpu = (instance: string, from: string, to: string): Gauge => ({
  namespace: 'AWS/EC2',
  metric: 'CPUUtilization',
  dimensions: { InstanceId: instance },
  from,
  to,
  value: (at, statistic) => at.getUTCHours() + (statistic === 'Maximum' ? 0.5 : 0),
});
const GAUGES: Gauge[] = [
  cpu('i-always', '2026-11-01', '2026-11-06'),
  cpu('i-night', '2026-11-04T00:00:00Z', '2026-11-04T06:00:00Z'),
  cpu('i-never', '2025-01-01', '2025-01-02'),
  {
    namespace: 'AWS/EC2',
    metric: 'CPUUtilization',
    dimensions: { AutoScalingGroupName: 'group' },
    from: '2026-11-01',
    to: '2026-11-06',
    value: () => 1,
  },
  {
    namespace: 'AWS/S3',
    metric: 'BucketSizeBytes',
    dimensions: { BucketName: 'logs', StorageType: 'StandardStorage' },
    from: '2026-11-01',
    to: '2026-11-06',
    value: () => 4096,
  },
  {
    namespace: 'Shop',
    metric: 'Orders',
    dimensions: { Stage: 'prod' },
    from: '2026-11-03',
    to: '2026-11-05',
    value: (at) => at.getUTCDate() * 1000.25,
  },
];
const OPTIONS = { from: '2026-11-03', to: '2026-11-05' };

let wire: WireServer;
afterEach(() => wire.close());

async function start(world: World) {
  wire = await startWireServer(world);
  return openCollectBench(wire, NOW);
}

describe('CloudWatch', () => {
  it('keeps datapoints and makes no zeros where there are none', async () => {
    const bench = await start(makeCloudwatch(GAUGES, 20, 2));
    const report = await bench.run(['cloudwatch'], OPTIONS);
    expect(report.units).toMatchObject([{ outcome: 'collected', rowCount: 48 + 6 + 2 }]);
    const counts = await bench.rows(
      'utilization',
      'select resource_id, count(*) as n, count(average) as averages from rows group by all order by all',
    );
    expect(counts).toEqual([
      { resource_id: 'i-always', n: 48, averages: 48 },
      { resource_id: 'i-night', n: 6, averages: 6 },
      { resource_id: 'logs', n: 2, averages: 2 },
    ]);
    const [row] = await bench.rows(
      'utilization',
      `select * from rows where resource_id = 'i-night' order by measured_at`,
    );
    expect(row).toMatchObject({
      account_id: CALLER_ACCOUNT,
      region_id: 'eu-west-1',
      measured_at: '2026-11-04T00:00:00Z',
      period_seconds: 3600,
      average: 0,
      maximum: 0.5,
      minimum: null,
      sum: null,
      date: '2026-11-04',
    });
  });

  it('collects each settled day once, and an unsettled one again', async () => {
    const bench = await start(makeCloudwatch(GAUGES));
    bench.now = new Date('2026-11-05T02:00:00Z');
    await bench.run(['cloudwatch'], OPTIONS);
    bench.now = new Date(NOW);
    const second = await bench.run(['cloudwatch'], OPTIONS);
    expect(second.units).toMatchObject([{ from: '2026-11-04', to: '2026-11-05' }]);
    expect((await bench.run(['cloudwatch'], OPTIONS)).units).toEqual([]);
    expect(await bench.rows('utilization', 'select count(*) as n from rows')).toEqual([{ n: 56 }]);
  });

  it('catches up on days that no run has collected', async () => {
    const bench = await start(makeCloudwatch(GAUGES));
    const report = await bench.run(['cloudwatch']);
    expect(report.units).toMatchObject([{ from: '2026-10-22', to: '2026-11-05' }]);
  });

  it('collects the drivers that the configuration names', async () => {
    const bench = await start(makeCloudwatch(GAUGES));
    const driver = {
      driver: 'orders',
      unit: 'order',
      account_id: CALLER_ACCOUNT,
      region: 'eu-west-1',
      namespace: 'Shop',
      metric: 'Orders',
      metric_dimensions: { Stage: 'prod' },
      set: { service: 'checkout' },
    };
    await bench.run(['cloudwatch'], {
      from: '2026-11-01',
      to: '2026-11-05',
      collect: { cloudwatch: { services: [], drivers: [driver] } },
    });
    expect(await bench.rows('drivers')).toMatchObject([
      {
        driver: 'orders',
        date: '2026-11-03',
        volume: '3000.750000',
        unit: 'order',
        dimensions: { service: 'checkout' },
      },
      { driver: 'orders', date: '2026-11-04', volume: '4001.000000' },
    ]);
  });

  it('keeps what was measured with a driver, whatever scope it is given to', async () => {
    const bench = await start(makeCloudwatch(GAUGES));
    const collectAs = async (metric: string, service: string) => {
      const driver = {
        driver: 'orders',
        unit: 'order',
        account_id: CALLER_ACCOUNT,
        region: 'eu-west-1',
        namespace: 'Shop',
        metric,
        set: { service },
      };
      const collect = { cloudwatch: { services: [], drivers: [driver] } };
      await bench.run(['cloudwatch'], { from: '2026-11-03', to: '2026-11-04', collect });
    };
    await collectAs('Orders', 'checkout');
    await collectAs('Orders', 'shop');
    await collectAs('Sales', 'shop');
    const { files } = await openTable(bench.store, DRIVERS).snapshot();
    expect(files).toHaveLength(3);
    expect(new Set(files.map(({ tags }) => tags?.measure)).size).toBe(2);
    expect(files.every(({ tags }) => tags?.measure)).toBe(true);
  });

  it('refuses days whose datapoints CloudWatch no longer has', async () => {
    const bench = await start(makeCloudwatch(GAUGES));
    const collect = { cloudwatch: { period_seconds: 60 } };
    await expect(bench.run(['cloudwatch'], { from: '2026-10-01', collect })).rejects.toThrow(
      /no datapoints of 60 s before 2026-10-22/,
    );
  });

  it('stays under both limits of a request', async () => {
    const many = Array.from({ length: 300 }, (_, index) => cpu(`i-${index}`, '2026-10-01', '2026-11-06'));
    const bench = await start(makeCloudwatch(many));
    const report = await bench.run(['cloudwatch'], { from: '2026-10-29', to: '2026-11-05' });
    expect(report.units).toMatchObject([{ outcome: 'collected', rowCount: 300 * 7 * 24 }]);
    const requests = wire.calls.filter(({ operation }) => operation === 'GetMetricData');
    expect(requests).toHaveLength(2);
    const time = { from: new Date('2026-10-29'), to: new Date('2026-11-12') };
    const series = (count: number): MetricSeries[] =>
      Array.from({ length: count }, (_, index) => ({
        key: String(index),
        namespace: 'n',
        metric: 'm',
        dimensions: {},
        statistics: ['Average', 'Maximum'],
        periodSeconds: 60,
      }));
    expect(makeBatches(series(5), time).map((batch) => batch.length)).toEqual([2, 2, 1]);
  });

  const troubles: [string, (Trouble | undefined)[]][] = [
    ['throttling', [new AwsFault('ThrottlingException', 'Rate exceeded')]],
    ['errors of the server', [new AwsFault('InternalFailure', 'x', 500)]],
    ['an answer cut in the middle', ['cut', undefined, 'cut']],
    ['an answer without its second half', [undefined, 'half', 'half']],
    ['a page token that expires', [undefined, undefined, new AwsFault('InvalidNextToken')]],
    ['a token that ends before its time', [undefined, new AwsFault('ExpiredToken', 'expired', 403)]],
  ];
  it.each(troubles)('loses nothing and counts nothing twice: %s', async (_, list) => {
    const bench = await start(makeCloudwatch(GAUGES, 20));
    wire.trouble = ({ operation, count }) => (operation === 'GetMetricData' ? list[count - 1] : undefined);
    const report = await bench.run(['cloudwatch'], OPTIONS);
    expect(report.units).toMatchObject([{ outcome: 'collected', error: undefined }]);
    expect(await bench.rows('utilization', 'select count(*) as n from rows')).toEqual([{ n: 56 }]);
  });

  it('writes nothing of a series that CloudWatch does not complete', async () => {
    const world = makeCloudwatch(GAUGES);
    const answer = world.monitoring?.GetMetricData as (request: unknown) => {
      MetricDataResults: { StatusCode: string }[];
    };
    const bench = await start({
      monitoring: {
        ...world.monitoring,
        GetMetricData(request: unknown) {
          const page = answer(request);
          for (const result of page.MetricDataResults.slice(0, 1)) result.StatusCode = 'InternalError';
          return page;
        },
      },
    });
    const report = await bench.run(['cloudwatch'], OPTIONS);
    expect(report.units).toMatchObject([{ outcome: 'failed', isRetryable: true }]);
    expect(await bench.rows('utilization')).toEqual([]);
  });
});
