import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadConfiguration } from '../../analytics/configuration/load-configuration.ts';
import { importPath } from '../../analytics/jobs/import.ts';
import { runModels } from '../../analytics/jobs/run.ts';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import type { ObjectStore } from '../../analytics/lake/object-store.ts';
import { answerRecords } from '../../analytics/results/records/query.ts';
import { parseRecordRequest } from '../../analytics/results/records/request.ts';
import { SCORECARD } from '../../analytics/results/records/scorecard.ts';
import { openResults } from '../../analytics/results/snapshot.ts';
import { eachDay, writeFocusCsv } from '../support/focus-csv.ts';
import { makeGivenFindings } from '../support/given-findings.ts';

const CONFIGURATION = `version: 1
tags: { team: { keys: [team] } }
required_tags: [team]
allocation:
  rules: [{ name: tags, set: { team: { tag: team } } }]
  lookups: [{ from: team, values: { pay: { tier: tier-1 }, web: { tier: tier-2 } } }]
scorecard:
  targets: { idle_share: { target: 0.5, watch: 0.6 } }
`;
const BUDGETS = `version,month,cost_center,team,service,environment,tier,owner,amount,currency,driver,planned_volume
v1,2026-09,,pay,,,,,300,USD,,
v1,2026-09,,web,,,,,250,USD,,
`;

let root: string;
let store: ObjectStore;

/** A day: 10 for team pay, of which a plan covers 7; 8 for team web; 2 that nobody owns and that has no tag. */
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'headroom-scorecard-'));
  const config = path.join(root, 'config');
  await mkdir(config);
  await writeFile(path.join(config, 'headroom.yml'), CONFIGURATION);
  await writeFile(path.join(config, 'budgets.csv'), BUDGETS);
  store = await openFolderStore(path.join(root, 'lake'));
  for (const [month, from, until] of [
    ['2026-08', '2026-08-01', '2026-09-01'],
    ['2026-09', '2026-09-01', '2026-10-01'],
  ] as const) {
    const days = (line: Parameters<typeof eachDay>[2]) => eachDay(from, until, line);
    const plan = {
      pricing: 'Committed',
      commitment: 'arn:aws:savingsplans::1:savingsplan/p',
      commitmentStatus: 'Used',
    };
    const file = path.join(root, `${month}.csv`);
    await writeFocusCsv(file, month, [
      ...days({ resource: 'i-1', cost: '7', list: '10', tags: { team: 'pay' }, ...plan }),
      ...days({ resource: 'i-2', cost: '3', tags: { team: 'pay' } }),
      ...days({ resource: 'q-1', cost: '8', tags: { team: 'web' }, meter: 'Requests-Tier1' }),
      ...days({ resource: 'q-2', cost: month === '2026-08' ? '12' : '2', meter: 'Requests-Tier1' }),
    ]);
    await importPath({ store, path: file, sourceName: 'bill' });
  }
  const { modelsFolder, give } = await makeGivenFindings(root);
  await give([{ resource_id: 'i-2', part_cost: '90', saving_cost: '60' }]);
  await runModels({
    store,
    configuration: await loadConfiguration(config),
    asOf: '2026-10-03',
    modelsFolder,
  });
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function find(kpi: string, scope = 'organisation', scopeValue = '') {
  const request = parseRecordRequest(SCORECARD, [
    ['kpi', kpi],
    ['scope', scope],
  ]);
  const { rows } = await answerRecords(await openResults({ store }).current(), request);
  return rows.find((row) => row.scope_value === scopeValue);
}

it('adds up teams to tiers and to the organisation', async () => {
  // 600 for 550 planned: what nobody planned counts for the organisation.
  expect(await find('budget_variance')).toMatchObject({
    billing_period: '2026-09',
    value: Number((50 / 550).toFixed(6)),
    status: 'watch',
  });
  expect(await find('budget_variance', 'team', 'pay')).toMatchObject({ value: 0, status: 'on target' });
  expect(await find('budget_variance', 'tier', 'tier-2')).toMatchObject({
    value: -0.04,
    status: 'on target',
  });
  expect(await find('commitment_coverage')).toMatchObject({ value: 0.7 });
  expect(await find('commitment_coverage', 'team', 'pay')).toMatchObject({ value: 0.7, status: 'watch' });
  expect(await find('effective_savings_rate')).toMatchObject({ value: Number((1 - 10 / 13).toFixed(6)) });
});

it('shows the months, the trend, and what moves it most', async () => {
  expect(await find('tag_compliance')).toMatchObject({
    value: 0.9,
    previous: 0.6,
    mean_before: 0.6,
    trend: 'improving',
    lever: 'q-2 lacks team',
    lever_cost: '60',
    remedy: 'Tag the largest untagged resource: q-2 lacks team',
    history: [
      { billing_period: '2026-08', value: 0.6 },
      { billing_period: '2026-09', value: 0.9 },
    ],
  });
  expect(await find('allocation_share')).toMatchObject({ value: 0.9, trend: 'improving' });
});

it('judges waste as of now, at the levels of the configuration', async () => {
  expect(await find('cost_optimisation_index')).toMatchObject({
    billing_period: '2026-10',
    value: 0.9,
    lever_cost: '60',
  });
  expect(await find('idle_share')).toMatchObject({ value: 0.1, target: 0.5, status: 'on target' });
  expect(await find('idle_share', 'team', 'pay')).toMatchObject({ value: 0.2 });
});

it('calls unknown what nothing tells, and says what would', async () => {
  expect(await find('alert_quality')).toMatchObject({
    value: null,
    status: 'unknown',
    remedy: 'Say what alerts were worth: headroom feedback',
  });
  expect(await find('unit_cost_trend')).toMatchObject({ value: null, status: 'unknown' });
  // Four weeks teach what is usual.
  expect(await find('anomaly_cost_share')).toMatchObject({
    history: [
      { billing_period: '2026-08', value: null },
      { billing_period: '2026-09', value: 0 },
    ],
  });
});
