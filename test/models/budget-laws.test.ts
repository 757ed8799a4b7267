import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { defaultConfiguration } from '../../analytics/configuration/load-configuration.ts';
import type { BudgetRow, FxRow } from '../../analytics/configuration/tables.ts';
import { formatScaled, parseScaled } from '../../analytics/decimal-text.ts';
import { type Engine, openDuckdb } from '../../analytics/engine/duckdb.ts';
import { loadModels, type Model } from '../../analytics/engine/model.ts';
import { createRelation, type RelationRow } from '../../analytics/engine/relation.ts';
import { prepareEngine, runModel } from '../../analytics/engine/run-model.ts';
import { planningRelations } from '../../analytics/jobs/configuration-relations.ts';
import { STEPS } from '../../analytics/jobs/steps/index.ts';
import { BRIDGE_PARTS } from '../../analytics/results/tables.ts';
import { ALLOCATION_DIMENSIONS } from '../../analytics/vocabulary.ts';

/** Laws of the budget in variance and bridge that hold whatever budgets, rates, volumes and costs are. */
const BASE = '2026-08';
const MONTH = '2026-09';
const NO_SCOPE = Object.fromEntries(ALLOCATION_DIMENSIONS.map((name) => [name, null]));
const models = new Map((await loadModels()).map((model) => [model.name, model]));
const configuration = defaultConfiguration();

let folder: string;
let engine: Engine;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-budget-'));
  engine = await openDuckdb({ tempFolder: folder, threads: 1 });
  await prepareEngine(engine);
});
afterAll(async () => {
  engine.close();
  await rm(folder, { recursive: true, force: true });
});

const amount = fc
  .tuple(fc.bigInt({ min: -(10n ** 9n), max: 10n ** 9n }), fc.integer({ min: 0, max: 9 }))
  .map(([units, power]) => formatScaled(units * 10n ** BigInt(power)));
const volume = fc.integer({ min: 1, max: 1_000_000 }).map(String);
const rate = fc.bigInt({ min: 1n, max: 10n ** 15n }).map(formatScaled);
const given = fc.record({
  budgets: fc.uniqueArray(
    fc.record({
      team: fc.constantFrom('a', 'b', 'c'),
      currency: fc.constantFrom('USD', 'EUR', 'GBP'),
      amount,
      planned_volume: fc.option(volume),
    }),
    { maxLength: 6, selector: ({ team, currency }) => `${team} ${currency}` },
  ),
  /** GBP has no rate. */
  planned: rate,
  actual: fc.option(rate),
  volume: fc.option(volume),
  costs: fc.array(fc.record({ team: fc.constantFrom('a', 'b'), base: amount, actual: amount }), {
    maxLength: 4,
  }),
});
type Given = typeof given extends fc.Arbitrary<infer T> ? T : never;

/** A relation of a model's columns; what a row leaves out is 'x', or 0 where it is a number. */
async function fill(name: string, rows: readonly RelationRow[]) {
  const step = STEPS.find(({ outputs }) => name in outputs)?.outputs[name];
  const types = step
    ? Object.entries(step)
    : Object.entries((models.get(name) as Model).contract.columns).map(
        ([column, { type }]) => [column, type] as const,
      );
  const usual = types.map(([column, type]) => [column, type === 'VARCHAR' ? 'x' : '0']);
  const filled = rows.map((row) => ({ ...Object.fromEntries(usual), ...row }));
  await createRelation(engine, folder, name, Object.fromEntries(types), filled);
}

async function compute({ budgets, planned, actual, volume, costs }: Given) {
  const eur = { month: MONTH, from_currency: 'EUR', to_currency: 'USD' };
  const fxRates: FxRow[] = [
    { ...eur, rate: planned, kind: 'budget' },
    ...(actual === null ? [] : [{ ...eur, rate: actual, kind: 'actual' as const }]),
  ];
  const lines = budgets.map(
    (line) =>
      ({
        ...NO_SCOPE,
        ...line,
        version: 'original',
        month: MONTH,
        driver: line.planned_volume && 'orders',
      }) as BudgetRow,
  );
  const relation = planningRelations({ ...configuration, budgets: lines, fxRates }).budgets;
  if (!relation) throw new Error('no budgets');
  await createRelation(engine, folder, 'budgets', relation.columns, relation.rows);
  const open = { ...NO_SCOPE, driver: 'orders', billing_period: MONTH };
  await fill('driver_months', volume === null ? [] : [{ ...open, volume, landing_volume: volume }]);
  const usd = { billing_currency: 'USD' };
  await fill(
    'allocated_cost',
    costs.flatMap(({ team, base, actual: cost }) => [
      { ...usd, team, billing_period: BASE, billed_cost: base, landing_billed_cost: base },
      { ...usd, team, billing_period: MONTH, billed_cost: cost, landing_billed_cost: cost },
    ]),
  );
  const pair = { billing_period: MONTH, comparison: 'budget', base_period: BASE };
  await fill('bridge_pairs', [pair]);
  const leaf = {
    ...usd,
    billing_period: MONTH,
    comparison: 'prior_month',
    cost_basis: 'billed',
    charge_kind: 'tax',
  };
  await fill(
    'bridge_leaf_parts',
    costs.map(({ team, base, actual: cost }, index) => ({
      ...leaf,
      team,
      resource_key: String(index),
      base_cost: base,
      actual_cost: cost,
      other_cost: formatScaled(parseScaled(cost) - parseScaled(base)),
    })),
  );
  for (const name of ['bridge_shared_parts', 'month_forecasts', 'closed_bridges']) await fill(name, []);
  await createRelation(engine, folder, 'run', { cost_basis: 'VARCHAR' }, [{ cost_basis: 'billed' }]);
  // Each is held to its contract: the bridge conserves what bridge_totals counts.
  for (const name of ['variance', 'bridge_totals', 'bridge_known', 'variance_bridge']) {
    await runModel(engine, models.get(name) as Model);
  }
  return {
    variance: await engine.query(`select * from variance where billing_period = '${MONTH}' order by all`),
    bridge: await engine.query('select * from variance_bridge order by all'),
  };
}

const scaled = (row: Record<string, unknown>, name: string) => parseScaled(String(row[name]));
const add = (rows: readonly Record<string, unknown>[], name: string) =>
  rows.reduce((sum, row) => sum + scaled(row, name), 0n);

it('the parts lead from the budget at the budget rate to the cost, exactly, and the currency is one of them', async () => {
  await fc.assert(
    fc.asyncProperty(given, async (all) => {
      const { variance, bridge } = await compute(all);
      for (const row of bridge) {
        const parts = BRIDGE_PARTS.reduce((sum, { name }) => sum + scaled(row, `${name}_cost`), 0n);
        expect(scaled(row, 'base_cost') + parts).toBe(scaled(row, 'actual_cost'));
      }
      expect(add(bridge, 'base_cost')).toBe(add(variance, 'budget_cost'));
      expect(add(bridge, 'currency_cost')).toBe(add(variance, 'budget_currency_cost'));
      expect(add(bridge, 'actual_cost')).toBe(add(variance, 'billed_cost'));
      for (const row of variance.filter(({ billing_currency }) => billing_currency !== 'USD')) {
        expect([row.billing_currency, scaled(row, 'budget_currency_cost')]).toEqual(['GBP', 0n]);
      }
      // Without drivers the flexed budget is the budget at the actual rate: no volume.
      if (all.budgets.every(({ planned_volume }) => planned_volume === null) || all.volume === null) {
        expect(add(bridge, 'driver_volume_cost')).toBe(0n);
      }
    }),
    { numRuns: 40 },
  );
});

it('where budget and actual rates are equal there is no currency effect', async () => {
  await fc.assert(
    fc.asyncProperty(given, async (all) => {
      const { variance, bridge } = await compute({ ...all, actual: all.planned });
      expect(variance.every((row) => scaled(row, 'budget_currency_cost') === 0n)).toBe(true);
      expect(bridge.every((row) => scaled(row, 'currency_cost') === 0n)).toBe(true);
    }),
    { numRuns: 15 },
  );
});

it('is as in the worked example of the metrics', async () => {
  const { variance, bridge } = await compute({
    budgets: [{ team: 'a', currency: 'EUR', amount: '1000', planned_volume: '100' }],
    planned: '1.1',
    actual: '1.2',
    volume: '150',
    costs: [{ team: 'a', base: '1500', actual: '1750' }],
  });
  const expected = { budget_cost: 1100n, budget_currency_cost: 100n, flexed_budget_cost: 1800n };
  for (const [name, units] of Object.entries(expected)) {
    expect(add(variance, name)).toBe(units * parseScaled('1'));
  }
  const parts = { base_cost: 1100n, currency_cost: 100n, driver_volume_cost: 600n, plan_gap_cost: -300n };
  for (const [name, units] of Object.entries(parts)) expect(add(bridge, name)).toBe(units * parseScaled('1'));
});
