import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadConfiguration } from '../../analytics/configuration/load-configuration.ts';
import { formatScaled, parseScaled } from '../../analytics/decimal-text.ts';
import { type Driver, describeDriver } from '../../analytics/jobs/describe-driver.ts';
import { importPath } from '../../analytics/jobs/import.ts';
import { runModels } from '../../analytics/jobs/run.ts';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import { answerRecords } from '../../analytics/results/records/query.ts';
import { parseRecordRequest } from '../../analytics/results/records/request.ts';
import { VARIANCE_DRIVERS } from '../../analytics/results/records/variance-drivers.ts';
import { openResults } from '../../analytics/results/snapshot.ts';
import { focusRow, toCsv } from '../support/cost-files.ts';
import { ask } from '../support/results.ts';

const driver: Driver = {
  billing_period: '2026-10',
  comparison: 'prior_month',
  service_name: 'EC2',
  service: 'checkout',
  team: 'payments',
  cost_center: 'CC-1',
  sub_account_id: '111',
  billing_currency: 'USD',
  base_cost: '70000',
  change_cost: '8120',
  actual_cost: '78120',
  parts: { volume: '9160', commitment_discount: '-1040.5', tax: '0.5' },
  group_count: 1,
  is_remainder: false,
  consumed_unit: 'Hrs',
  base_quantity: '1000',
  actual_quantity: '1120',
  base_coverage_ratio: 0.61,
  actual_coverage_ratio: 0.68,
  changed_on: '2026-10-10',
  changed_until: null,
  changed_ratio: 0.25,
  forecast_as_of_date: null,
  forecast_kind: null,
};

it('says who, by how much, why and after which day', () => {
  expect(describeDriver(driver)).toBe(
    'EC2 in checkout: +8,120.00 USD because of volume +9,160.00 (Hrs rose 12.0 %; 25.0 % more a day after 9 October); commitment discount -1,040.50 (commitment coverage 61.0 % to 68.0 %)',
  );
});

it('does not give a growth that the amount contradicts, nor a coverage that stayed', () => {
  const sentence = describeDriver({
    ...driver,
    actual_quantity: '900',
    actual_coverage_ratio: 0.612,
    changed_ratio: -0.1,
  });
  expect(sentence).toBe(
    'EC2 in checkout: +8,120.00 USD because of volume +9,160.00; commitment discount -1,040.50',
  );
});

it('dates the resources that came or went where the volume stayed', () => {
  const say = (more: Partial<Driver>) => describeDriver({ ...driver, base_quantity: '0', ...more });
  expect(say({ parts: { new_resources: '80' } })).toMatch(
    /new resources \+80\.00 \(25\.0 % more Hrs a day after 9 October\)$/,
  );
  expect(say({ parts: { new_resources: '80' }, changed_ratio: null })).toMatch(/\(no Hrs until 9 October\)$/);
  expect(say({ parts: { new_resources: '80' }, changed_ratio: 19.2 })).toMatch(
    /\(20 times the Hrs a day after 9 October\)$/,
  );
  expect(say({ parts: { ended_resources: '-80' }, changed_ratio: -1 })).toMatch(
    /\(no Hrs after 9 October\)$/,
  );
  expect(say({ parts: { ended_resources: '-80' } })).toMatch(/ended resources -80\.00$/);
});

it('calls a product new where its owner had nothing of it before, and ended where nothing is left', () => {
  const nothing = { base_quantity: '0', actual_quantity: '0' };
  const say = (more: Partial<Driver>) => describeDriver({ ...driver, ...nothing, ...more });
  const came = {
    ...{ base_cost: '0', change_cost: '755.6', actual_cost: '755.6', changed_ratio: null },
    parts: { new_resources: '755.6' },
  };
  expect(say(came)).toBe('EC2, new in checkout since 10 October: +755.60 USD');
  expect(say({ ...came, changed_on: null })).toBe('EC2, new in checkout: +755.60 USD');
  expect(say({ ...came, parts: { new_resources: '700', tax: '55.6' } })).toBe(
    'EC2, new in checkout since 10 October: +755.60 USD because of new resources +700.00; tax +55.60',
  );
  const went = {
    ...{ base_cost: '80', change_cost: '-80', actual_cost: '0', changed_ratio: -1 },
    parts: { ended_resources: '-80' },
  };
  expect(say(went)).toBe('EC2, ended in checkout after 9 October: -80.00 USD');
  // What was free before is not new.
  expect(say({ ...came, base_quantity: '9', parts: { price: '700', new_resources: '55.6' } })).toMatch(
    /^EC2 in checkout: /,
  );
});

it('tells an episode from a level: a spike in the month itself is a growth, one in the month before a fall', () => {
  const say = (more: Partial<Driver>) => describeDriver({ ...driver, parts: { volume: '80' }, ...more });
  const spike = { changed_on: '2026-10-08', changed_until: '2026-10-08', changed_ratio: 11.2 };
  expect(say(spike)).toMatch(/\(Hrs rose 12\.0 %; 12 times the Hrs a day on 8 October\)$/);
  expect(say({ ...spike, changed_ratio: null })).toMatch(/; Hrs only on 8 October\)$/);
  const before = { changed_on: '2026-09-06', changed_until: '2026-09-07', changed_ratio: 2 };
  expect(say(before)).toMatch(/\(Hrs rose 12\.0 %\)$/);
  expect(say({ ...before, parts: { volume: '-80' }, actual_quantity: '500' })).toMatch(
    /\(Hrs fell 50\.0 %; 200\.0 % more a day from 6 to 7 September\)$/,
  );
  expect(
    say({ ...before, changed_on: '2026-09-30', changed_until: '2026-10-01', parts: { volume: '-80' } }),
  ).toMatch(/200\.0 % more Hrs a day from 30 September to 1 October\)$/);
});

it('says of which forecast it speaks, what was foreseen and what was restated', () => {
  const sentence = describeDriver({
    ...driver,
    comparison: 'forecast',
    forecast_as_of_date: '2026-10-08',
    forecast_kind: 'backtest',
    changed_on: null,
    parts: { plan_gap: '-500', restatement: '9000' },
  });
  expect(sentence).toBe(
    'CC-1 against its backtest of 8 October: +8,120.00 USD because of restated since the close +9,000.00; already foreseen -500.00',
  );
});

it('names the account where nobody is known, the cost centre against a budget, and the rest as such', () => {
  const nobody = { ...driver, service: '(unallocated)', team: '(unallocated)', parts: {} };
  expect(describeDriver(nobody)).toBe('EC2 in account 111: +8,120.00 USD');
  expect(describeDriver({ ...driver, comparison: 'budget', parts: {} })).toMatch(
    /^CC-1 against its budget: /,
  );
  expect(describeDriver({ ...driver, is_remainder: true, group_count: 7 })).toMatch(/^7 smaller changes: /);
});

it('adds up to the change of each comparison, with what is not among the largest in one row', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'headroom-drivers-'));
  try {
    const store = await openFolderStore(join(folder, 'lake'));
    for (const [month, factor] of [
      [8, 3n],
      [9, 7n],
    ] as const) {
      const at = (number: number, day: number) => new Date(Date.UTC(2026, number - 1, day)).toISOString();
      const rows = Array.from({ length: 70 }, (_, index) => {
        const sign = index === 68 && month === 8 ? -1n : 1n;
        const cost = formatScaled(sign * (BigInt(index) ** 3n * factor * 1_234_567n + 10n ** 12n));
        return focusRow({
          ServiceName: `service ${index}`,
          BillingPeriodStart: at(month, 1),
          BillingPeriodEnd: at(month + 1, 1),
          ChargePeriodStart: at(month, 5),
          ChargePeriodEnd: at(month, 6),
          BilledCost: cost,
          EffectiveCost: cost,
          ListCost: cost,
          ContractedCost: cost,
          ConsumedQuantity: String(index * Number(factor) + 1),
          ConsumedUnit: 'Hrs',
        });
      });
      const path = join(folder, `bill-${month}`);
      await mkdir(path);
      await writeFile(join(path, 'bill.csv'), toCsv(rows));
      await importPath({ store, path, sourceName: 'bill' });
    }
    const config = join(folder, 'config');
    await mkdir(config);
    await writeFile(join(config, 'headroom.yml'), 'version: 1\n');
    await writeFile(join(config, 'budgets.csv'), 'month,amount\n2026-09,55.5\n');
    await runModels({ store, configuration: await loadConfiguration(config), asOf: '2026-11-10' });

    const snapshot = await openResults({ store }).current();
    const request = parseRecordRequest(VARIANCE_DRIVERS, [
      ['comparison', 'all'],
      ['month', '2026-09'],
    ]);
    const { rows, control } = await answerRecords(snapshot, request);
    // Of several months and comparisons together they would say nothing.
    expect(control.totals).toEqual([]);
    const bridge = await ask(store, { result: 'variance/bridge', month: '2026-09' });
    expect(bridge.control.totals.map(({ comparison }) => comparison).sort()).toEqual([
      'budget',
      'forecast',
      'prior_month',
    ]);
    for (const total of bridge.control.totals) {
      const own = rows.filter(({ comparison }) => comparison === total.comparison);
      for (const name of ['base_cost', 'change_cost', 'actual_cost']) {
        const sum = own.reduce((amount, row) => amount + parseScaled(String(row[name])), 0n);
        expect(formatScaled(sum), `${total.comparison} ${name}`).toBe(total[name]);
      }
    }
    const prior = rows.filter(({ comparison }) => comparison === 'prior_month');
    expect(prior).toHaveLength(51);
    // From less than nothing no ratio leads anywhere.
    expect(prior[0]).toMatchObject({ driver_rank: 1, service_name: 'service 68', change_ratio: null });
    expect(prior[1]).toMatchObject({ service_name: 'service 69', change_ratio: expect.any(Number) });
    expect(prior[1]?.sentence).toContain('Hrs rose');
    expect(prior[50]).toMatchObject({ driver_rank: 51, service_name: '(other)', group_count: 20 });
    const sizes = prior.slice(0, 50).map((row) => Number(row.change_cost));
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
