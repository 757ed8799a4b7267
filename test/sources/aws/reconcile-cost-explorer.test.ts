import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { importPath } from '../../../analytics/jobs/import.ts';
import { reconcileCostExplorer } from '../../../analytics/jobs/reconcile-cost-explorer.ts';
import { openFolderStore } from '../../../analytics/lake/folder-store.ts';
import type { ObjectStore } from '../../../analytics/lake/object-store.ts';
import { type Charge, makeCostExplorer } from '../../aws/cost-explorer-world.ts';
import { startWireServer, type WireServer } from '../../aws/wire-server.ts';
import { openCollectBench } from '../../support/collect.ts';
import { makeTestFolder } from '../../support/lake-folder.ts';

const HEADER =
  'BillingAccountId,BillingAccountName,SubAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ChargeClass,ChargeFrequency,ChargeDescription,ProviderName,PublisherName,InvoiceIssuerName,ServiceCategory,ServiceName,RegionId,ResourceId,PricingQuantity,PricingUnit,ConsumedQuantity,ConsumedUnit,ListUnitPrice,ContractedUnitPrice,ListCost,ContractedCost,BilledCost,EffectiveCost,SkuId,SkuPriceId,Tags';
const PERIOD = { from: '2026-10-01', to: '2026-11-01' };
const FIRST = '000000000011';
const SECOND = '000000000012';

let wire: WireServer;
let charges: Charge[];
beforeEach(async () => {
  charges = [];
  wire = await startWireServer(makeCostExplorer({ charges, estimatedFrom: '2026-10-20', groupsAPage: 5 }));
});
afterEach(() => wire.close());

type Line = { day: string; account: string; service: string; billed: string; effective: string };

const told = (day: string, accountId: string, service: string, unblended: string, amortized = unblended) => {
  charges.push({ day, accountId, service, usageType: 'u', team: '', unblended, amortized });
};

async function makeLake(lines: Line[]): Promise<ObjectStore> {
  const bench = await openCollectBench(wire, '2026-11-03T12:00:00Z');
  await bench.run(['cost-explorer'], {
    ...PERIOD,
    collect: { cost_explorer: { commitments: false, usage_types: false } },
  });
  const rows = lines.map(({ day, account, service, billed, effective }) => {
    const start = `${day}T00:00:00Z`;
    const end = `${day}T23:00:00Z`;
    return `000000000001,Payer,${account},USD,2026-10-01T00:00:00Z,2026-11-01T00:00:00Z,${start},${end},Usage,,Usage-Based,x,AWS,AWS,AWS,Compute,${service},eu-west-1,r,1,Hours,1,Hours,1,1,${billed},${billed},${billed},${effective},S,P,{}`;
  });
  const file = join(await makeTestFolder(), 'focus.csv');
  await writeFile(file, [HEADER, ...rows].join('\n'));
  await importPath({ store: bench.store, path: file, sourceName: 'focus' });
  return bench.store;
}

describe('Cost Explorer and FOCUS of the same period', () => {
  it('refuses a period without days, and to compare with nothing', async () => {
    const store = await makeLake([
      { day: '2026-10-05', account: FIRST, service: 'AWS Lambda', billed: '3', effective: '3' },
    ]);
    const turned = reconcileCostExplorer({ store, from: '2026-11-01', to: '2026-10-01', by: 'month' });
    await expect(turned).rejects.toThrow('the period from 2026-11-01 to 2026-10-01 has no days');
    const empty = await openFolderStore(await makeTestFolder());
    await expect(reconcileCostExplorer({ store: empty, ...PERIOD, by: 'month' })).rejects.toMatchObject({
      message: expect.stringContaining('no cost of Cost Explorer was collected'),
      remedy: expect.stringContaining('headroom collect cost-explorer'),
    });
  });

  it('are equal to the last decimal where they say the same, under either spelling of a service', async () => {
    told('2026-10-05', FIRST, 'EC2 - Other', '0.000000000001');
    told('2026-10-05', FIRST, 'Amazon Elastic Compute Cloud - Compute', '10.1', '7.05');
    const store = await makeLake([
      {
        day: '2026-10-05',
        account: FIRST,
        service: 'Amazon Elastic Compute Cloud',
        billed: '10.100000000001',
        effective: '7.050000000001',
      },
    ]);
    const rows = await reconcileCostExplorer({ store, ...PERIOD, by: 'day', tolerance: '0' });
    expect(rows).toEqual([
      {
        period: '2026-10-05',
        account_id: FIRST,
        service_name: 'Amazon Elastic Compute Cloud',
        billing_currency: 'USD',
        cost_explorer_unblended_cost: '10.100000000001',
        focus_billed_cost: '10.100000000001',
        difference_billed_cost: '0.000000000000',
        cost_explorer_amortized_cost: '7.050000000001',
        focus_effective_cost: '7.050000000001',
        difference_effective_cost: '0.000000000000',
        is_estimated: false,
        status: 'equal',
        probable_cause: null,
      },
    ]);
  });

  it('show what differs and what only one of them has', async () => {
    told('2026-10-05', FIRST, 'AWS Lambda', '3');
    told('2026-10-21', FIRST, 'AWS Lambda', '4');
    told('2026-10-06', SECOND, 'Amazon Simple Storage Service', '5.5');
    const store = await makeLake([
      { day: '2026-10-05', account: FIRST, service: 'AWS Lambda', billed: '3', effective: '3' },
      { day: '2026-10-21', account: FIRST, service: 'AWS Lambda', billed: '4.25', effective: '4' },
      { day: '2026-10-07', account: FIRST, service: 'Amazon Kinesis', billed: '1', effective: '1' },
    ]);
    const byDay = await reconcileCostExplorer({ store, ...PERIOD, by: 'day' });
    expect(
      byDay.map(({ period, account_id, status, is_estimated }) => [period, account_id, status, is_estimated]),
    ).toEqual([
      ['2026-10-05', FIRST, 'equal', false],
      ['2026-10-06', SECOND, 'only in cost explorer', false],
      ['2026-10-07', FIRST, 'only in charges', false],
      ['2026-10-21', FIRST, 'differs', true],
    ]);
    const byMonth = await reconcileCostExplorer({ store, ...PERIOD, by: 'month', byService: false });
    expect(byMonth).toMatchObject([
      {
        period: '2026-10',
        account_id: FIRST,
        service_name: null,
        difference_billed_cost: '-1.250000000000',
        probable_cause: 'missing days: Cost Explorer told 2 of the 3 charged',
      },
      {
        period: '2026-10',
        account_id: SECOND,
        focus_billed_cost: null,
        difference_billed_cost: '5.500000000000',
        probable_cause: 'missing account: no charges of it are imported',
      },
    ]);
  });

  it('of a period that neither has is no row', async () => {
    const store = await makeLake([
      { day: '2026-10-05', account: FIRST, service: 'AWS Lambda', billed: '3', effective: '3' },
    ]);
    expect(await reconcileCostExplorer({ store, from: '2026-09-01', to: '2026-10-01', by: 'month' })).toEqual(
      [],
    );
  });
});
