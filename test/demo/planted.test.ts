import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../analytics/configuration/load-configuration.ts';
import { createDemo, type DemoFixture, openConnection, query } from './demo-fixture.ts';

const HOOK_TIMEOUT_MS = 300_000;
let demo: DemoFixture;
let connection: DuckDBConnection;

beforeAll(async () => {
  connection = await openConnection();
  demo = await createDemo({ months: 10, lines: 230_000 });
  await connection.run(`create table line as select * from ${demo.lines()}`);
}, HOOK_TIMEOUT_MS);

afterAll(async () => {
  connection.closeSync();
  await demo.remove();
});

type PlantedIncident = {
  id: string;
  start: string;
  end: string | null;
  service_names: string[];
  usage_types: string[];
  sub_account_ids: string[];
  resource_ids: string[];
  excess_list_cost: string;
};

async function sum(where: string, column = 'ListCost'): Promise<number> {
  const [row] = await query(
    connection,
    `select coalesce(sum(${column}), 0) as total from line where ${where}`,
  );
  return Number(row?.total);
}

describe('incidents', () => {
  it('stand in the bill as truth.json says', async () => {
    const incidents = demo.truth.incidents as PlantedIncident[];
    expect(incidents.map(({ id }) => id)).toEqual([
      'log-storm',
      'transfer-spike',
      'lambda-loop',
      'retry-storm',
      'recommendations-doubled',
      'bucket-leak',
      'frontend-outage',
      'foreign-gpus',
      'nat-flood',
      'table-scan',
      'search-grown',
      'trace-leak',
      'training-stopped',
      'spot-price',
      'language-model',
      'pilot-account',
      'savings-plan-lapse',
    ]);
    for (const { start, usage_types, sub_account_ids, resource_ids, id } of incidents.filter(({ id }) =>
      ['log-storm', 'lambda-loop', 'transfer-spike'].includes(id),
    )) {
      const usage = `SkuMeter = '${usage_types[0]}' and SubAccountId = '${sub_account_ids[0]}' and ChargeClass is null
        and ${resource_ids[0] ? `ResourceId = '${resource_ids[0]}'` : 'ResourceId is null'}`;
      const before = await sum(`${usage} and ChargePeriodStart::date = date '${start}' - 7`);
      const during = await sum(`${usage} and ChargePeriodStart::date = date '${start}'`);
      expect(during / before, id).toBeGreaterThan(5);
    }
  });

  it('lie in their hours where usage is charged by the hour, which adds up to the day', async () => {
    const [storm, loop] = ['retry-storm', 'lambda-loop'].map((id) =>
      (demo.truth.incidents as PlantedIncident[]).find((incident) => incident.id === id),
    );
    const hours = (date: string | undefined) =>
      query(
        connection,
        `select hour(ChargePeriodStart) as hour, sum(ContractedCost) as cost,
           max(epoch(ChargePeriodEnd) - epoch(ChargePeriodStart)) as seconds
         from line where SkuMeter = '${storm?.usage_types[0]}' and SubAccountId = '${storm?.sub_account_ids[0]}'
           and ChargePeriodStart::date = date '${date}' and ContractedCost > 0
           and ChargePeriodEnd - ChargePeriodStart = interval 1 hour
         group by hour order by hour`,
      );
    const cost = (rows: Record<string, unknown>[], from: number, to: number) =>
      rows
        .filter(({ hour }) => Number(hour) >= from && Number(hour) < to)
        .reduce((all, row) => all + Number(row.cost), 0);
    const stormy = await hours(storm?.start);
    expect(stormy).toHaveLength(24);
    expect(cost(stormy, 13, 16) / cost(stormy, 16, 19)).toBeGreaterThan(3);
    const looping = await hours(loop?.start);
    expect(cost(looping, 6, 12) / cost(looping, 0, 6)).toBeGreaterThan(20);
  });

  it('of volumes and loads stand in what was counted and measured', async () => {
    expect(demo.truth.signals.map(({ id }) => id)).toEqual(['sign-in-broken', 'index-lost']);
    const [volume] = demo.truth.signals;
    const { driverVolumes } = await loadConfiguration(demo.report.configFolder);
    const users = (from: string, to: string) => {
      const days = driverVolumes.filter(
        ({ driver, date }) => driver === volume?.driver && date >= from && date < to,
      );
      return days.reduce((sum, each) => sum + Number(each.volume), 0) / days.length;
    };
    const week = (start: string, days: number) =>
      new Date(Date.parse(start) + days * 86_400_000).toISOString().slice(0, 10);
    const start = volume?.start ?? '';
    expect(users(start, volume?.end ?? '') / users(week(start, -7), start)).toBeCloseTo(
      volume?.factor ?? 0,
      1,
    );
  });

  it('cost what truth.json says, where the usage has no other reason', async () => {
    const foreign = (demo.truth.incidents as PlantedIncident[]).find(({ id }) => id === 'foreign-gpus');
    const cost = await sum(`RegionId = 'ap-southeast-2' and ChargeCategory = 'Usage'`);
    expect(cost).toBeCloseTo(Number(foreign?.excess_list_cost), 6);
  });

  it('add what they say, each at a place or time of its own, of every kind', async () => {
    const incidents = demo.truth.incidents.filter(({ id }) => id !== 'savings-plan-lapse');
    expect(new Set(incidents.map(({ kind }) => kind)).size).toBe(8);
    const places = incidents.map(
      ({ service, usage_types, start }) => `${service} ${usage_types[0]} ${start}`,
    );
    expect(new Set(places).size).toBe(incidents.length);
    for (const { id, kind, excess_contracted_cost } of incidents) {
      expect(Number(excess_contracted_cost) < 0, id).toBe(kind === 'drop');
    }
    const model = incidents.find(({ kind }) => kind === 'new_service');
    expect(
      await sum(
        `ServiceName = 'Amazon Bedrock' and ChargeCategory = 'Usage' and ChargePeriodStart < date '${model?.start}'`,
      ),
    ).toBe(0);
    expect(await sum(`ServiceName = 'Amazon Bedrock' and ChargeCategory = 'Usage'`)).toBeCloseTo(
      Number(model?.excess_list_cost),
      6,
    );
    const spot = incidents.find(({ kind }) => kind === 'price_change');
    const price = (where: string) =>
      query(
        connection,
        `select distinct ContractedUnitPrice as price from line where SkuMeter like '%SpotUsage%' and ${where}`,
      );
    const [[before], [after]] = await Promise.all([
      price(`ChargePeriodStart < date '${spot?.start}'`),
      price(`ChargePeriodStart >= date '${spot?.start}'`),
    ]);
    expect(Number(after?.price) / Number(before?.price)).toBeCloseTo(0.4974 / 0.359, 3);
  });

  it('stand beside cost that has its reason', async () => {
    const benign = new Map(demo.truth.benign.map((one) => [one.kind, one]));
    expect([...benign.keys()].sort()).toEqual([
      'month_start_fee',
      'one_off_purchase',
      'planned_event',
      'tier_reset',
    ]);
    expect(benign.get('month_start_fee')?.dates.length).toBe(10);
    const fee = await query(
      connection,
      `select distinct extract(day from ChargePeriodStart) as day from line where ChargeDescription like '%platform fee%'`,
    );
    expect(fee).toEqual([{ day: '1' }]);
    // Nothing is paid before the free terabyte is used up, and much after.
    const account = benign.get('tier_reset')?.sub_account_ids[0];
    const paid = `SubAccountId = '${account}' and SkuMeter = 'DataTransfer-Out-OBytes'`;
    expect(await sum(`${paid} and extract(day from ChargePeriodStart) <= 3`)).toBe(0);
    expect(await sum(`${paid} and extract(day from ChargePeriodStart) > 8`)).toBeGreaterThan(100);
    expect(
      await sum(
        `SubAccountId = '${account}' and SkuMeter = 'DataTransfer-Out-Bytes-Free' and BillingPeriodStart = date '2026-09-01'`,
        'PricingQuantity',
      ),
    ).toBeCloseTo(1024, 6);
    const { calendar } = await loadConfiguration(demo.report.configFolder);
    expect(calendar.events.map(({ name }) => name)).toContain('Autumn sale');
  });

  it('include a commitment that ran out before the next began', async () => {
    const lapse = demo.truth.commitment_lapse;
    const covered = `CommitmentDiscountType = 'Savings Plan' and CommitmentDiscountStatus = 'Used'`;
    expect(
      await sum(
        `${covered} and ChargePeriodStart >= date '${lapse?.start}' and ChargePeriodStart < date '${lapse?.end}'`,
      ),
    ).toBe(0);
    expect(await sum(`${covered} and ChargePeriodStart < date '${lapse?.start}'`)).toBeGreaterThan(0);
    expect(await sum(`${covered} and ChargePeriodStart >= date '${lapse?.end}'`)).toBeGreaterThan(0);
    expect(await sum(`CommitmentDiscountStatus = 'Unused'`, 'EffectiveCost')).toBeGreaterThan(0);
  });
});

describe('reservations', () => {
  it('spread an upfront price over the days of their term', async () => {
    const reporting = `CommitmentDiscountId like '%:ri:reporting%'`;
    const price = await sum(`${reporting} and ChargeCategory = 'Purchase'`, 'BilledCost');
    const [row] = await query(
      connection,
      `select median(EffectiveCost) as daily from line where ${reporting} and CommitmentDiscountStatus = 'Used'`,
    );
    expect(price).toBeGreaterThan(0);
    expect(Number(row?.daily)).toBeCloseTo(price / 365, 6);
  });

  it('go unused when their machine is switched off', async () => {
    const unused = `CommitmentDiscountId like '%:ri:monolith%' and CommitmentDiscountStatus = 'Unused'`;
    const [shutdown] = demo.truth.shutdowns as { service: string; date: string }[];
    expect(shutdown?.service).toBe('monolith');
    expect(
      await sum(`${unused} and ChargePeriodStart >= date '${shutdown?.date}'`, 'EffectiveCost'),
    ).toBeGreaterThan(0);
    expect(await sum(`${unused} and ChargePeriodStart < date '${shutdown?.date}'`, 'EffectiveCost')).toBe(0);
  });
});

describe('tags', () => {
  it('have gaps, misspelt keys and misspelt values', async () => {
    const [row] = await query(
      connection,
      `
      select count(*) filter (cardinality(Tags) = 0 and ResourceId is not null and ChargeCategory = 'Usage') as untagged,
        count(*) filter (ResourceId is null and ChargeCategory = 'Usage') as without_resource,
        count(distinct key) filter (lower(trim(replace(key, 'user:', ''))) = 'team') as team_keys,
        count(distinct value) filter (value in ('production', 'prd', 'Prod', 'prod ')) as prod_values
      from (select *, unnest(if(cardinality(Tags) = 0, [null], map_keys(Tags))) as key, Tags[key] as value from line)`,
    );
    expect(Number(row?.untagged)).toBeGreaterThan(0);
    expect(Number(row?.without_resource)).toBeGreaterThan(0);
    expect(Number(row?.team_keys)).toBeGreaterThan(2);
    expect(Number(row?.prod_values)).toBeGreaterThan(1);
  });

  it('give one resource several types', async () => {
    const [row] = await query(
      connection,
      `
      select count(*) as n from (
        select ResourceId from line where ChargeCategory = 'Usage' and ResourceId is not null group by 1
        having count(distinct ResourceType) > 1 and count(*) filter (ResourceType = '') > 0 and count(*) filter (ResourceType is null) > 0
      )`,
    );
    expect(Number(row?.n)).toBeGreaterThan(10);
  });
});

describe('unit costs', () => {
  it('fall for orders, hold for requests and rise for users', async () => {
    const folder = demo.report.configFolder;
    const growth = async (driver: string, services: string, drivers: string) => {
      const rows = await query(
        connection,
        `
        with cost as (
          select strftime(BillingPeriodStart, '%Y-%m') as month, sum(EffectiveCost) as cost from line
          where lower(trim(coalesce(Tags['service'], Tags['Service'], Tags['app'], Tags['application'], Tags[' service']))) in (${services}) group by 1
        ),
        volume as (
          select strftime(date, '%Y-%m') as month, sum(volume) as volume from read_csv('${join(folder, 'drivers.csv')}')
          where driver = '${driver}' and ${drivers} group by 1
        )
        select exp(regr_slope(ln(cost / volume), number)) - 1 as growth
        from (select *, row_number() over (order by month) as number from cost join volume using (month) order by month desc limit 7 offset 1)`,
      );
      return Number(rows[0]?.growth);
    };
    const requests = `'search', 'catalog', 'web-frontend', 'payments-api'`;
    expect(await growth('orders', `'checkout'`, 'true')).toBeLessThan(-0.012);
    expect(Math.abs(await growth('requests', requests, `service in (${requests})`))).toBeLessThan(0.008);
    expect(await growth('active_users', `'login', 'profiles'`, 'true')).toBeGreaterThan(0.015);
  });
});

describe('the configuration', () => {
  it('is one that Headroom reads, with a budget for every month of the fiscal year', async () => {
    const configuration = await loadConfiguration(demo.report.configFolder);
    const months = new Set(configuration.budgets.map(({ month }) => month));
    expect(months.size).toBe(11);
    expect([...months].sort().at(-1)).toBe('2026-12');
    expect(configuration.budgets.some(({ driver }) => driver !== null)).toBe(true);
    expect(new Set(configuration.driverVolumes.map(({ driver }) => driver))).toEqual(
      new Set(['orders', 'requests', 'active_users', 'tenants']),
    );
    expect(await readFile(join(demo.report.configFolder, 'headroom.yml'), 'utf8')).toContain('generated');
  });

  it('has budgets that hold the narrower ones inside them', async () => {
    const { budgets } = await loadConfiguration(demo.report.configFolder);
    const total = (rows: typeof budgets) => rows.reduce((sum, { amount }) => sum + Number(amount), 0);
    for (const month of new Set(budgets.map((row) => row.month))) {
      const own = budgets.filter((row) => row.month === month);
      const teams = own.filter(({ team, service }) => team !== null && service === null);
      expect(teams.length).toBe(8);
      expect(own.filter(({ cost_center }) => cost_center === '(unallocated)').length).toBe(1);
      for (const { team, amount } of teams) {
        expect(total(own.filter((row) => row.team === team && row.service !== null))).toBeLessThan(
          Number(amount),
        );
      }
    }
  });

  it('plans about what was spent', async () => {
    const [row] = await query(
      connection,
      `
      select (select sum(amount) from read_csv('${join(demo.report.configFolder, 'budgets.csv')}') where month < '2026-11' and service is null)
        / sum(EffectiveCost) as ratio from line where BillingPeriodStart < date '2026-11-01'`,
    );
    expect(Number(row?.ratio)).toBeGreaterThan(0.93);
    expect(Number(row?.ratio)).toBeLessThan(1.07);
  });
});
