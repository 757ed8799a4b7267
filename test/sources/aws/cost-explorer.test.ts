import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatScaled, parseScaled } from '../../../analytics/decimal-text.ts';
import { type Charge, makeCostExplorer } from '../../aws/cost-explorer-world.ts';
import { AwsFault } from '../../aws/wire-protocol.ts';
import { startWireServer, type Trouble, type WireServer } from '../../aws/wire-server.ts';
import { CALLER_ACCOUNT, openCollectBench } from '../../support/collect.ts';

const NOW = '2026-11-05T12:00:00Z';
const FROM = '2026-10-28';
const SETTINGS = { cost_explorer: { tags: ['team'], refresh_days: 2, commitments: false } };
const TOTAL =
  'select view, cast(sum(unblended_cost) as varchar) as total, count(*) as n from rows group by all order by all';

let charges: Charge[];
let wire: WireServer;

beforeEach(async () => {
  charges = makeCharges();
  wire = await startWireServer(makeCostExplorer({ charges, estimatedFrom: '2026-11-01', groupsAPage: 7 }));
});
afterEach(() => wire.close());

/** Nine days, three accounts, awkward decimals. */
function makeCharges(): Charge[] {
  const days = [
    '2026-10-28',
    '2026-10-29',
    '2026-10-30',
    '2026-10-31',
    '2026-11-01',
    '2026-11-02',
    '2026-11-04',
  ];
  const services = ['AWS Lambda', 'Amazon Simple Storage Service', 'EC2 - Other'];
  return days.flatMap((day, d) =>
    ['000000000001', '000000000002', '111111111111'].flatMap((accountId, a) =>
      services.map((service, s) => ({
        day,
        accountId,
        service,
        usageType: `EU-${service.length}`,
        team: s === 0 ? '' : `team-${s}`,
        unblended: `${d + 1}.${a}${s}00000001`,
        amortized: `-0.00000000${a + 1}${s}`,
      })),
    ),
  );
}

function totalOf(list: readonly Charge[]): string {
  return formatScaled(list.reduce((sum, { unblended }) => sum + parseScaled(unblended), 0n));
}

const trim = (text: unknown) => String(text).replace(/\.?0+$/, '');

/** Makes the first calls of an operation fail in turn. */
function failing(...troubles: (Trouble | undefined)[]) {
  wire.trouble = ({ count }) => troubles[count - 1];
}

describe('Cost Explorer', () => {
  it('keeps every view whole, to the last decimal, with pages', async () => {
    const bench = await openCollectBench(wire, NOW);
    const report = await bench.run(['cost-explorer'], { from: FROM, collect: SETTINGS });
    expect(report.units.map(({ outcome }) => outcome)).not.toContain('failed');
    const views = await bench.rows('cost_explorer_costs', TOTAL);
    expect(views.map(({ view }) => view)).toEqual([
      'account_service',
      'account_tag:team',
      'account_usage_type',
    ]);
    for (const { total } of views) expect(trim(total)).toBe(totalOf(charges));
    const [row] = await bench.rows(
      'cost_explorer_costs',
      `select * from rows where view = 'account_service' and date = '2026-11-04' order by account_id, service_name`,
    );
    expect(row).toMatchObject({
      payer_account_id: CALLER_ACCOUNT,
      account_id: '000000000001',
      service_name: 'AWS Lambda',
      unblended_cost: '7.000000000100',
      amortized_cost: '-0.000000001000',
      is_estimated: true,
      billing_currency: 'USD',
    });
    const untagged = await bench.rows(
      'cost_explorer_costs',
      `select distinct tag_key, tag_value from rows where view = 'account_tag:team' order by all`,
    );
    expect(untagged).toContainEqual({ tag_key: 'team', tag_value: null });
    const requests = wire.calls.filter(({ operation }) => operation === 'GetCostAndUsage').length;
    expect(report.costExplorerRequestsToday).toBe(requests);
  });

  it('asks nothing twice, and the young days again once they are old enough', async () => {
    const bench = await openCollectBench(wire, NOW);
    await bench.run(['cost-explorer'], { from: FROM, collect: SETTINGS });
    const before = wire.calls.length;
    const idle = await bench.run(['cost-explorer'], { from: FROM, collect: SETTINGS });
    expect(idle.units).toEqual([]);
    expect(wire.calls.filter(({ service }) => service === 'ce')).toHaveLength(
      wire.calls.slice(0, before).filter(({ service }) => service === 'ce').length,
    );

    for (const charge of charges) if (charge.day === '2026-11-04') charge.unblended = '100.123456789012';
    bench.now = new Date('2026-11-05T23:00:00Z');
    const again = await bench.run(['cost-explorer'], { from: FROM, collect: SETTINGS });
    expect(again.units[0]).toMatchObject({ from: '2026-11-03', outcome: 'collected' });
    const views = await bench.rows('cost_explorer_costs', TOTAL);
    for (const { total } of views) expect(trim(total)).toBe(totalOf(charges));
  });

  it('asks a month that is over until AWS calls it final', async () => {
    const bench = await openCollectBench(wire, '2026-11-01T06:00:00Z');
    const options = { from: FROM, to: '2026-11-01', collect: SETTINGS };
    await wire.close();
    wire = await startWireServer(makeCostExplorer({ charges, estimatedFrom: '2026-01-01', groupsAPage: 50 }));
    wire.credentials.set('caller', CALLER_ACCOUNT);
    const access = {
      endpoint: wire.endpoint,
      credentials: async () => ({ accessKeyId: 'caller', secretAccessKey: 'secret' }),
    };
    await bench.run(['cost-explorer'], { ...options, access });
    bench.now = new Date('2026-11-12T06:00:00Z');
    expect((await bench.run(['cost-explorer'], { ...options, access })).units[0]).toMatchObject({
      from: FROM,
    });
    bench.now = new Date('2026-11-12T07:00:00Z');
    expect((await bench.run(['cost-explorer'], { ...options, access })).units).toEqual([]);
  });

  it('stops at the spend limit and goes on the next day, from where it was', async () => {
    const bench = await openCollectBench(wire, NOW);
    const collect = { cost_explorer: { ...SETTINGS.cost_explorer, daily_spend_limit_usd: 0.2 } };
    const first = await bench.run(['cost-explorer'], { from: FROM, collect });
    expect(first.units.map(({ outcome }) => outcome)).toContain('deferred');
    expect(first.units.map(({ outcome }) => outcome)).toContain('collected');
    expect(wire.calls.filter(({ service }) => service === 'ce')).toHaveLength(20);
    const sameDay = await bench.run(['cost-explorer'], { from: FROM, collect });
    expect(sameDay.units.every(({ outcome }) => outcome === 'deferred')).toBe(true);
    expect(wire.calls.filter(({ service }) => service === 'ce')).toHaveLength(20);
    for (const day of ['2026-11-06', '2026-11-07', '2026-11-08']) {
      bench.now = new Date(`${day}T12:00:00Z`);
      await bench.run(['cost-explorer'], { from: FROM, to: '2026-11-05', collect });
    }
    const views = await bench.rows('cost_explorer_costs', TOTAL);
    for (const { total } of views) expect(trim(total)).toBe(totalOf(charges));
    expect(views).toHaveLength(3);
  });

  it('leaves a day that AWS does not answer for to a later run, and does not ask before there was an account', async () => {
    await wire.close();
    const world = makeCostExplorer({ charges, estimatedFrom: '2026-11-01', groupsAPage: 100 });
    const answer = world.ce?.GetCostAndUsage as (request: object) => {
      ResultsByTime: { TimePeriod: { Start: string } }[];
    };
    wire = await startWireServer({
      ce: {
        GetCostAndUsage(request: { TimePeriod: { Start: string } }) {
          if (request.TimePeriod.Start < '2026-09-01') throw new AwsFault('DataUnavailableException');
          const page = answer(request);
          return {
            ...page,
            ResultsByTime: page.ResultsByTime.filter(({ TimePeriod }) => TimePeriod.Start !== '2026-10-30'),
          };
        },
      },
    });
    const bench = await openCollectBench(wire, NOW);
    const collect = { cost_explorer: { commitments: false, usage_types: false } };
    const first = await bench.run(['cost-explorer'], { from: '2026-08-01', collect });
    expect(first.units.flatMap(({ warnings }) => warnings)).toEqual(['no data for 2026-10-30']);
    const again = await bench.run(['cost-explorer'], { from: '2026-08-01', collect });
    expect(again.units).toMatchObject([{ from: '2026-10-30', to: '2026-10-31', outcome: 'collected' }]);
  });

  it('counts retries against the limit', async () => {
    const bench = await openCollectBench(wire, NOW);
    failing(new AwsFault('ThrottlingException'), new AwsFault('InternalFailure', 'x', 500));
    const report = await bench.run(['cost-explorer'], {
      from: '2026-11-04',
      collect: { cost_explorer: { commitments: false, usage_types: false } },
    });
    expect(report.costExplorerRequestsToday).toBe(
      wire.calls.filter(({ service }) => service === 'ce').length,
    );
  });

  it('keeps coverage and utilisation, and no rows where there never was a reservation', async () => {
    const bench = await openCollectBench(wire, NOW);
    const report = await bench.run(['cost-explorer'], {
      from: '2026-11-03',
      collect: { cost_explorer: { usage_types: false } },
    });
    expect(report.units.every(({ outcome }) => outcome === 'collected')).toBe(true);
    const rows = await bench.rows(
      'commitment_use',
      `select kind, service_name, measure, cast(value as varchar) as value from rows where date = '2026-11-03' order by all`,
    );
    expect(rows).toContainEqual({
      kind: 'savings_plans_coverage',
      service_name: 'AWS Lambda',
      measure: 'spend_covered_by_savings_plans',
      value: '10.500000000000',
    });
    expect(rows).toContainEqual(
      expect.objectContaining({ measure: 'net_savings', value: '-0.000000150000' }),
    );
    expect(rows.some(({ kind }) => String(kind).startsWith('reservation'))).toBe(false);
  });
});

describe('when AWS or the way to it fails', () => {
  const cases: [string, (Trouble | undefined)[]][] = [
    [
      'throttling',
      [new AwsFault('ThrottlingException', 'Rate exceeded'), new AwsFault('LimitExceededException')],
    ],
    [
      'errors of the server',
      [new AwsFault('InternalFailure', 'x', 500), new AwsFault('ServiceUnavailable', 'x', 503)],
    ],
    ['an answer cut in the middle', [undefined, 'cut', 'cut']],
    ['an answer without its second half', ['half', undefined, 'half']],
    ['a page of HTML in between', [undefined, 'html']],
    ['a page token that expires', [undefined, undefined, new AwsFault('InvalidNextTokenException')]],
    ['a token that ends before its time', [undefined, new AwsFault('ExpiredTokenException', 'expired')]],
  ];
  it.each(cases)('loses nothing and counts nothing twice: %s', async (_, troubles) => {
    const bench = await openCollectBench(wire, NOW);
    failing(...troubles);
    const report = await bench.run(['cost-explorer'], {
      from: FROM,
      collect: { cost_explorer: { commitments: false, usage_types: false, daily_spend_limit_usd: 5 } },
    });
    expect(report.units.map(({ error }) => error)).toEqual(report.units.map(() => undefined));
    const [view] = await bench.rows('cost_explorer_costs', TOTAL);
    expect(trim(view?.total)).toBe(totalOf(charges));
    expect(view?.n).toBe(charges.length);
  });

  it('loses nothing when the clock is an hour off', async () => {
    const bench = await openCollectBench(wire, NOW);
    wire.clockOffsetMs = 3_600_000;
    await bench.run(['cost-explorer'], { from: FROM, collect: SETTINGS });
    const views = await bench.rows('cost_explorer_costs', TOTAL);
    expect(views).toHaveLength(3);
    for (const { total } of views) expect(trim(total)).toBe(totalOf(charges));
  });

  it('takes a page that comes twice once', async () => {
    await wire.close();
    const world = makeCostExplorer({ charges, estimatedFrom: '2026-11-01', groupsAPage: 7 });
    const answer = world.ce?.GetCostAndUsage as (request: { NextPageToken?: string }) => {
      NextPageToken?: string;
    };
    wire = await startWireServer({
      ce: {
        GetCostAndUsage(request: { NextPageToken?: string }) {
          // page-7 leads to again:7, which answers as page-7 did.
          const page = answer({ ...request, ...tokenOf(request.NextPageToken) });
          return page.NextPageToken === 'page-14' && request.NextPageToken === 'page-7'
            ? { ...page, NextPageToken: 'again-page-7' }
            : page;
        },
      },
    });
    const bench = await openCollectBench(wire, NOW);
    await bench.run(['cost-explorer'], { from: FROM, collect: SETTINGS });
    const views = await bench.rows('cost_explorer_costs', TOTAL);
    expect(wire.calls.some(({ input }) => input.NextPageToken === 'again-page-7')).toBe(true);
    for (const { total } of views) expect(trim(total)).toBe(totalOf(charges));
  });

  it('says so when a listing never ends, and writes nothing of it', async () => {
    await wire.close();
    const world = makeCostExplorer({ charges, estimatedFrom: '2026-11-01', groupsAPage: 7 });
    const answer = world.ce?.GetCostAndUsage as (request: object) => object;
    wire = await startWireServer({
      ce: {
        GetCostAndUsage: (request: object) => ({
          ...answer({ ...request, NextPageToken: undefined }),
          NextPageToken: 'same',
        }),
      },
    });
    const bench = await openCollectBench(wire, NOW);
    const report = await bench.run(['cost-explorer'], {
      from: '2026-11-04',
      collect: { cost_explorer: { usage_types: false, commitments: false } },
    });
    expect(report.units[0]).toMatchObject({ outcome: 'failed', isRetryable: true });
    expect(await bench.rows('cost_explorer_costs')).toEqual([]);
  });
});

function tokenOf(token: string | undefined): { NextPageToken?: string } {
  return token === undefined ? {} : { NextPageToken: token.replace('again-', '') };
}
