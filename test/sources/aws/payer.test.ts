import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeCloudwatch } from '../../aws/cloudwatch-world.ts';
import { takePage } from '../../aws/pages.ts';
import { AwsFault } from '../../aws/wire-protocol.ts';
import { startWireServer, type WireServer, type World } from '../../aws/wire-server.ts';
import { CALLER_ACCOUNT, openCollectBench } from '../../support/collect.ts';

const NOW = '2026-11-05T12:00:00Z';
const seconds = (day: string) => String(Date.parse(day) / 1000);

const EC2_QUOTAS = Array.from({ length: 5 }, (_, index) => ({
  ServiceCode: 'ec2',
  ServiceName: 'Amazon EC2',
  QuotaCode: `L-${index}`,
  QuotaName: `Quota ${index}`,
  Value: 5,
  Unit: 'None',
  Adjustable: true,
  GlobalQuota: false,
  ...(index < 3 ? { UsageMetric: usageMetric(`q${index}`, index === 1 ? 'Sum' : 'Maximum') } : {}),
  ...(index === 1 ? { Period: { PeriodValue: 1, PeriodUnit: 'SECOND' } } : {}),
}));

function usageMetric(type: string, statistic: string) {
  return {
    MetricNamespace: 'AWS/Usage',
    MetricName: 'ResourceCount',
    MetricDimensions: { Type: type },
    MetricStatisticRecommendation: statistic,
  };
}

const gauge = (type: string, value: number) => ({
  namespace: 'AWS/Usage',
  metric: 'ResourceCount',
  dimensions: { Type: type },
  from: '2026-11-01',
  to: '2026-11-06',
  value: (at: Date) => (at.getUTCHours() === 3 ? value : value / 2),
});

const WORLD: World = {
  servicequotas: {
    ListAWSDefaultServiceQuotas({ ServiceCode, NextToken }: { ServiceCode: string; NextToken?: string }) {
      if (ServiceCode !== 'ec2') throw new AwsFault('NoSuchResourceException', `no ${ServiceCode} here`);
      const page = takePage(EC2_QUOTAS, 2, NextToken, 'InvalidPaginationTokenException');
      return { NextToken: page.next, Quotas: page.items };
    },
    ListServiceQuotas: () => ({ Quotas: [{ ...EC2_QUOTAS[0], Value: 64 }] }),
  },
  ...makeCloudwatch([gauge('q0', 48), gauge('q1', 1200)]),
  budgets: {
    DescribeBudgets({ NextToken }: { NextToken?: string }) {
      const page = takePage(BUDGETS, 1, NextToken, 'InvalidNextTokenException');
      return { NextToken: page.next, Budgets: page.items };
    },
  },
  organizations: {
    ListAccounts({ NextToken }: { NextToken?: string }) {
      const accounts = [CALLER_ACCOUNT, '000000000021', '000000000022'].map((Id, index) => ({
        Id,
        Name: `account ${index}`,
        Email: 'someone@example.com',
        Status: index === 2 ? 'SUSPENDED' : 'ACTIVE',
        JoinedTimestamp: new Date('2020-05-06T00:00:00Z'),
      }));
      const page = takePage(accounts, 2, NextToken, 'InvalidInputException');
      return { NextToken: page.next, Accounts: page.items };
    },
  },
};

const BUDGETS = [
  {
    BudgetName: 'monthly',
    BudgetType: 'COST',
    TimeUnit: 'MONTHLY',
    BudgetLimit: { Amount: '1000.10', Unit: 'USD' },
    CostFilters: { Service: ['AWS Lambda'] },
    CalculatedSpend: {
      ActualSpend: { Amount: '250.123456789', Unit: 'USD' },
      ForecastedSpend: { Amount: '1200', Unit: 'USD' },
    },
  },
  {
    BudgetName: 'planned',
    BudgetType: 'COST',
    TimeUnit: 'MONTHLY',
    PlannedBudgetLimits: {
      [seconds('2026-11-01')]: { Amount: '10', Unit: 'USD' },
      [seconds('2026-12-01')]: { Amount: '20', Unit: 'USD' },
    },
  },
  {
    BudgetName: 'quarter',
    BudgetType: 'USAGE',
    TimeUnit: 'QUARTERLY',
    BudgetLimit: { Amount: '7', Unit: 'GB' },
  },
];

let wire: WireServer;
beforeEach(async () => {
  wire = await startWireServer(WORLD);
});
afterEach(() => wire.close());

describe('Service Quotas', () => {
  it('keeps limits, and usage where there is a metric with datapoints; unknown is null', async () => {
    const bench = await openCollectBench(wire, NOW);
    const report = await bench.run(['quotas'], { collect: { quotas: { services: ['ec2', 'dax'] } } });
    expect(report.units).toMatchObject([
      { outcome: 'collected', rowCount: 5, warnings: ['quotas of dax: no dax here'] },
    ]);
    const rows = await bench.rows('quotas', 'select * from rows order by quota_code');
    expect(rows[0]).toMatchObject({ quota_limit: 64, is_applied: true, usage: 48, unit: null });
    // 1,200 a minute are 20 a second.
    expect(rows[1]).toMatchObject({ quota_limit: 5, is_applied: false, usage: 20, period_seconds: 1 });
    expect(rows[2]).toMatchObject({ usage: null, usage_metric: 'AWS/Usage/ResourceCount' });
    expect(rows[3]).toMatchObject({ usage: null, usage_metric: null });
  });

  it('begins a listing again whose page token has expired', async () => {
    const bench = await openCollectBench(wire, NOW);
    wire.trouble = ({ operation, count }) =>
      operation === 'ListAWSDefaultServiceQuotas' && count === 3
        ? new AwsFault('InvalidPaginationTokenException')
        : undefined;
    const report = await bench.run(['quotas'], { collect: { quotas: { services: ['ec2'] } } });
    expect(report.units).toMatchObject([{ outcome: 'collected', rowCount: 5 }]);
  });
});

describe('AWS Budgets', () => {
  it('keeps each period of each budget, with amounts to the last decimal', async () => {
    const bench = await openCollectBench(wire, NOW);
    await bench.run(['budgets']);
    await bench.run(['budgets']);
    const rows = await bench.rows('budgets', 'select * from rows order by budget_name, period_start');
    expect(rows).toMatchObject([
      {
        version: 'aws-budgets-2026-11-05',
        budget_name: 'monthly',
        period_start: '2026-11-01',
        period_end: '2026-12-01',
        amount: '1000.100000000000',
        unit: 'USD',
        actual_amount: '250.123456789000',
        forecast_amount: '1200.000000000000',
        scope: '{"Service":["AWS Lambda"]}',
        is_planned: false,
      },
      { budget_name: 'planned', period_start: '2026-11-01', amount: '10.000000000000', is_planned: true },
      { budget_name: 'planned', period_start: '2026-12-01', amount: '20.000000000000', is_planned: true },
      {
        budget_name: 'quarter',
        period_start: '2026-10-01',
        period_end: '2027-01-01',
        unit: 'GB',
        actual_amount: null,
      },
    ]);
  });
});

describe('the organization', () => {
  it('is listed without e-mail addresses', async () => {
    const bench = await openCollectBench(wire, NOW);
    await bench.run(['accounts']);
    const rows = await bench.rows('accounts', 'select * from rows order by account_id');
    expect(rows).toHaveLength(3);
    expect(rows[0]).toMatchObject({
      account_id: '000000000021',
      status: 'ACTIVE',
      joined_at: '2020-05-06T00:00:00Z',
    });
    expect(JSON.stringify(rows)).not.toContain('@');
  });

  it('gives the accounts to ask: the active ones', async () => {
    const bench = await openCollectBench(wire, NOW);
    const report = await bench.run(['quotas'], {
      collect: { organization: true, quotas: { services: ['ec2'] } },
    });
    expect(report.units.map(({ accountId, outcome }) => [accountId, outcome])).toEqual([
      [CALLER_ACCOUNT, 'collected'],
      ['000000000021', 'failed'],
    ]);
    expect(report.units[1]?.error).toContain('Make the role in that account');
  });
});

describe('credentials', () => {
  it('that are unknown to AWS are a mistake of the caller, with a remedy', async () => {
    const bench = await openCollectBench(wire, NOW);
    wire.credentials.clear();
    await expect(bench.run(['budgets'])).rejects.toMatchObject({
      name: 'InputError',
      remedy: expect.stringContaining('Sign in again'),
    });
  });

  it('of a role that end during the work are asked for again', async () => {
    const bench = await openCollectBench(wire, NOW);
    const member = '000000000021';
    wire.roles.set(`arn:aws:iam::${member}:role/headroom-read`, { accountId: member });
    wire.trouble = ({ operation, count }) => {
      if (operation === 'ListServiceQuotas' && count === 1) {
        for (const token of wire.credentials.keys())
          if (token.startsWith('session-')) wire.credentials.delete(token);
      }
      return undefined;
    };
    const report = await bench.run(['quotas'], {
      collect: { accounts: [{ id: member }], quotas: { services: ['ec2'] } },
    });
    expect(report.units).toMatchObject([{ accountId: member, outcome: 'collected', rowCount: 5 }]);
    expect(wire.calls.filter(({ operation }) => operation === 'AssumeRole')).toHaveLength(2);
  });
});
