import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { defaultConfiguration } from '../../../analytics/configuration/load-configuration.ts';
import { formatScaled, parseScaled } from '../../../analytics/decimal-text.ts';
import { importPath } from '../../../analytics/jobs/import.ts';
import { runModels } from '../../../analytics/jobs/run.ts';
import { openFolderStore } from '../../../analytics/lake/folder-store.ts';
import { CHARGES } from '../../../analytics/lake/tables.ts';
import { putFile, type Row, readTable, toCsv } from '../../support/cost-files.ts';
import { makeTestFolder } from '../../support/lake-folder.ts';
import { ask } from '../../support/results.ts';
import { SHARED_DATA, skipReason } from '../../support/shared-data.ts';

if (skipReason) console.warn(skipReason);

const HOURS_OF_THE_YEAR = 8760n;
const FOLDER = path.join(SHARED_DATA, 'focus-spec/spec-examples');
/** What the excerpts leave out and a charge must have. */
const LEFT_OUT = { BillingCurrency: 'USD', BillingAccountId: '1', ProviderName: 'AWS', ServiceName: 'VM' };

/** The lines of examples, as one bill. */
async function readExamples(names: readonly string[]): Promise<Row[]> {
  const texts = await Promise.all(names.map((name) => readFile(path.join(FOLDER, `${name}.csv`), 'utf8')));
  return texts.flatMap((text) =>
    (parse(text, { columns: true, bom: true, skip_empty_lines: true }) as Row[]).map((row) => ({
      ...row,
      ...LEFT_OUT,
    })),
  );
}

/** Imports a bill and publishes it. */
async function publish(rows: readonly Row[]) {
  const file = await putFile(await makeTestFolder(), 'charges.csv', toCsv(rows));
  const store = await openFolderStore(await makeTestFolder());
  const { deliveries } = await importPath({ store, path: file, quarantineLimitRatio: 1 });
  await runModels({ store, configuration: defaultConfiguration(), asOf: '2023-02-10' });
  const { rows: costs } = await ask(store, {
    result: 'costs',
    month: '2023-01',
    by: ['charge_category', 'pricing_category'],
  });
  return { store, deliveries, costs, charges: await readTable(store, CHARGES) };
}

const add = (rows: readonly Record<string, unknown>[], name: string) =>
  formatScaled(rows.reduce((sum, row) => sum + parseScaled(String(row[name])), 0n));
const ofCategory = (rows: readonly Record<string, unknown>[], category: string) =>
  rows.filter((row) => row.charge_category === category);

describe.skipIf(skipReason)('commitments in the examples of the FOCUS specification', () => {
  const scenario = (name: string) => `commitment_discount_scenarios/commitment_discount_${name}`;
  const flexibility = (name: string) => `commitment_discount_flexibility/${name}`;

  // A year paid up front, and an hour of it: used, unused, in part, and beyond.
  it.each([
    ['purchase_scenario_1', 'usage_scenario_1', '8760', '1', '0'],
    ['purchase_scenario_1', 'usage_scenario_2', '8760', '0', '1'],
    ['purchase_scenario_1', 'usage_scenario_3', '8760', '0.75', '0.25'],
    ['purchase_scenario_1', 'usage_scenario_4', '8760', '1', '0'],
  ])('%s with %s counts where it is used', async (purchase, usage, billed, used, unused) => {
    const { costs, charges } = await publish(await readExamples([scenario(purchase), scenario(usage)]));
    const purchased = ofCategory(costs, 'Purchase');
    expect([add(purchased, 'billed_cost'), add(purchased, 'effective_cost')]).toEqual([billed, '0']);
    const committed = costs.filter((row) => row.pricing_category === 'Committed');
    const perHour = formatScaled(parseScaled(billed) / HOURS_OF_THE_YEAR);
    expect([add(committed, 'billed_cost'), add(committed, 'effective_cost')]).toEqual(['0', perHour]);
    const ofStatus = (status: string) =>
      add(
        charges.filter((row) => row.commitment_discount_status === status),
        'effective_cost',
      );
    expect([ofStatus('Used'), ofStatus('Unused')]).toEqual([used, unused]);
    // Beyond the commitment usage is billed where it is used.
    const standard = ofCategory(costs, 'Usage').filter((row) => row.pricing_category === 'Standard');
    expect(add(standard, 'effective_cost')).toBe(usage.endsWith('4') ? '0.5' : '0');
    expect(add(standard, 'billed_cost')).toBe(add(standard, 'effective_cost'));
  });

  it.each([
    ['purchase_scenario_2', '3'],
    ['purchase_scenario_3', '4381.5'],
  ])('%s is billed as it is paid, and costs nothing by itself', async (purchase, billed) => {
    const { costs, deliveries } = await publish(await readExamples([scenario(purchase)]));
    // A line of each ends at hour 30 of a day, which is no reason to set it aside.
    expect(deliveries.map(({ quarantinedCount }) => quarantinedCount)).toEqual([0]);
    expect([add(costs, 'billed_cost'), add(costs, 'effective_cost')]).toEqual([billed, '0']);
  });

  it.each([
    ['one_hundred_percent_utilization_with_commitment_discount_flexibility_with_1_resource', '2.25'],
    ['one_hundred_percent_utilization_with_commitment_discount_flexibility_with_2_resources', '0'],
    ['one_hundred_percent_utilization_without_commitment_discount_flexibility', '0'],
    ['zero_percent_utilization_without_commitment_discount_flexibility', '2'],
  ])('%s: what the hour of the commitment is billed is what its use counts', async (name, onDemand) => {
    const { costs, charges } = await publish(await readExamples([flexibility(name)]));
    const committed = charges.filter((row) => row.commitment_discount_id !== null);
    expect(add(committed, 'effective_cost')).toBe(add(committed, 'billed_cost'));
    expect(add(ofCategory(costs, 'Purchase'), 'effective_cost')).toBe('0');
    expect(add(costs, 'effective_cost')).toBe(add(costs, 'billed_cost'));
    const standard = ofCategory(costs, 'Usage').filter((row) => row.pricing_category === 'Standard');
    expect(add(standard, 'effective_cost')).toBe(onDemand);
    const status = name.startsWith('zero') ? 'Unused' : 'Used';
    const statuses = ofCategory(committed, 'Usage').map((row) => row.commitment_discount_status);
    expect(new Set(statuses)).toEqual(new Set([status]));
  });
});
