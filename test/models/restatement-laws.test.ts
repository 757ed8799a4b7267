import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { formatScaled, parseScaled } from '../../analytics/decimal-text.ts';
import { type Engine, openDuckdb } from '../../analytics/engine/duckdb.ts';
import { loadModels, type Model } from '../../analytics/engine/model.ts';
import { createRelation, type RelationRow } from '../../analytics/engine/relation.ts';
import { prepareEngine, runModel } from '../../analytics/engine/run-model.ts';
import { STEPS } from '../../analytics/jobs/steps/index.ts';
import { BRIDGE_PARTS, TABLES } from '../../analytics/results/tables.ts';

/** Laws of the bridge from a month, a budget and a forecast, before and after what it is made of changes. */
const BASE = '2026-08';
const MONTH = '2026-09';
const BASIS = 'effective';
const COMPARISONS = ['prior_month', 'budget', 'forecast'];
const EXPLAINED = BRIDGE_PARTS.map(({ name }) => `${name}_cost`).filter(
  (name) => name !== 'restatement_cost',
);
/** By what a restatement is told. */
const GROUP = ['team', 'sub_account_id', 'service_name', 'billing_currency'];
const MEASURES = TABLES.variance_bridge.measures.map(({ name }) => name);
const models = new Map((await loadModels()).map((model) => [model.name, model]));

let folder: string;
let engine: Engine;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-restated-'));
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
const place = { team: fc.constantFrom('a', 'b'), billing_currency: fc.constantFrom('USD', 'EUR') };
const charge = fc.record({
  ...place,
  billing_period: fc.constantFrom(BASE, MONTH),
  service_name: fc.constantFrom('compute', 'storage'),
  charge_kind: fc.constantFrom('usage', 'usage', 'tax', 'credits', 'refunds', 'one_off_purchases', 'fees'),
  sku_meter: fc.constantFrom('small', 'large'),
  resource_id: fc.constantFrom('', 'r1', 'r2'),
  consumed_quantity: fc.integer({ min: 0, max: 1000 }).map(String),
  effective_cost: amount,
  list_cost: amount,
  contracted_cost: amount,
});
const plan = fc.record({ ...place, amount });
const bill = fc.record({
  charges: fc.array(charge, { maxLength: 14 }),
  budgets: fc.array(plan, { maxLength: 3 }),
  forecasts: fc.array(plan, { maxLength: 3 }),
});
type Bill = typeof bill extends fc.Arbitrary<infer T> ? T : never;
type Row = Record<string, unknown>;

/** A relation with the columns that a model or a step declares; what a row leaves out is 'x', or 0 where it is a number. */
async function fill(name: string, rows: readonly RelationRow[]) {
  const step = STEPS.find(({ outputs }) => name in outputs)?.outputs[name];
  const columns = Object.entries((models.get(name) as Model | undefined)?.contract.columns ?? {});
  const types = step ? Object.entries(step) : columns.map(([column, { type }]) => [column, type] as const);
  const usual = types.map(([column, type]) => [column, usualOf(type)]);
  const filled = rows.map((row) => ({ ...Object.fromEntries(usual), ...row }));
  await createRelation(engine, folder, name, Object.fromEntries(types), filled);
}

function usualOf(type: string): string {
  if (type === 'DATE') return '2026-09-01';
  return type === 'VARCHAR' ? 'x' : '0';
}

/** The published bridge of a bill; `closed` is what the month was closed with, `comparisons` what there is today. */
async function compute(
  { charges, budgets, forecasts }: Bill,
  closed: readonly Row[] = [],
  comparisons = COMPARISONS,
): Promise<Row[]> {
  const pairs = comparisons.map((comparison) => ({
    billing_period: MONTH,
    comparison,
    base_period: BASE,
  }));
  await fill('bridge_pairs', pairs);
  await createRelation(engine, folder, 'run', { cost_basis: 'VARCHAR' }, [{ cost_basis: BASIS }]);
  const unsummed = Object.entries((models.get('bridge_charges') as Model).contract.columns);
  const usual = unsummed.map(([column, { type }]) => [column, usualOf(type)]);
  await createRelation(
    engine,
    folder,
    'raw_charges',
    Object.fromEntries(unsummed.map(([column, { type }]) => [column, type])),
    charges.map((row) => ({ ...Object.fromEntries(usual), ...row })),
  );
  const sums = ['consumed_quantity', 'billed_cost', 'effective_cost', 'list_cost', 'contracted_cost'];
  const keys = unsummed.map(([column]) => column).filter((column) => !sums.includes(column));
  await engine.run(
    `create or replace table bridge_charges as select ${keys}, ${sums.map((name) => `cast(sum(${name}) as decimal(38,12)) as ${name}`)} from raw_charges group by ${keys}`,
  );
  await fill('allocated_cost', charges as RelationRow[] as never);
  await fill(
    'variance',
    budgets.map(({ amount: budget, ...at }) => ({
      ...at,
      billing_period: MONTH,
      budget_cost: budget,
      flexed_budget_cost: budget,
    })),
  );
  await fill(
    'month_forecasts',
    forecasts.map(({ amount: cost, ...at }) => ({
      ...at,
      billing_period: MONTH,
      forecast_kind: 'forecast',
      effective_cost: cost,
    })),
  );
  await fill('bridge_shared_parts', []);
  await fill('closed_bridges', closed as RelationRow[]);
  for (const name of [
    'bridge_leaves',
    'bridge_leaf_parts',
    'bridge_totals',
    'bridge_known',
    'variance_bridge',
  ]) {
    // Held to its contract: the bridge conserves what bridge_totals counts from the costs and plans themselves.
    await runModel(engine, models.get(name) as Model);
  }
  return engine.query(`select * from variance_bridge where cost_basis = '${BASIS}' order by all`);
}

const scaled = (row: Row, name: string) => parseScaled(String(row[name]));
const add = (rows: readonly Row[], name: string) => rows.reduce((sum, row) => sum + scaled(row, name), 0n);
const sumBy = (rows: readonly Row[], by: readonly string[]) => {
  const sums = new Map<string, bigint[]>();
  for (const row of rows) {
    const key = JSON.stringify(by.map((name) => row[name]));
    const before = sums.get(key) ?? MEASURES.map(() => 0n);
    sums.set(
      key,
      before.map((sum, index) => sum + scaled(row, MEASURES[index] as string)),
    );
  }
  return sums;
};

function expectToAddUp(rows: readonly Row[]) {
  for (const row of rows) {
    const parts = [...EXPLAINED, 'restatement_cost'].reduce((sum, name) => sum + scaled(row, name), 0n);
    expect(scaled(row, 'base_cost') + parts).toBe(scaled(row, 'actual_cost'));
  }
}

function expectRestated(restated: readonly Row[], known: readonly Row[], closed: readonly Row[]) {
  // Where nothing was there when the month was closed, there is nothing to keep.
  if (closed.length === 0) return expect(restated).toEqual(known);
  // In each group of either side: of the close too, where nothing is left of it today.
  const keyOf = (row: Row) => JSON.stringify(GROUP.map((name) => row[name]));
  const groups = new Set([...closed, ...known, ...restated].map(keyOf));
  for (const group of groups) {
    const of = (rows: readonly Row[]) => rows.filter((row) => keyOf(row) === group);
    for (const name of EXPLAINED) expect(add(of(restated), name)).toBe(add(of(closed), name));
    for (const name of ['base_cost', 'actual_cost'])
      expect(add(of(restated), name)).toBe(add(of(known), name));
    const change = (rows: readonly Row[]) => add(of(rows), 'actual_cost') - add(of(rows), 'base_cost');
    expect(add(of(restated), 'restatement_cost')).toBe(change(known) - change(closed));
  }
}

it('a closed month keeps its parts whatever changes, and the restatement is the rest, exactly', async () => {
  await fc.assert(
    fc.asyncProperty(bill, bill, bill, async (then, now, later) => {
      const closed = await compute(then);
      expectToAddUp(closed);
      expect(closed.every((row) => scaled(row, 'restatement_cost') === 0n)).toBe(true);
      // The close is read again for each version of the bill, in whatever order they come.
      for (const given of [now, later, now]) {
        const known = await compute(given);
        const restated = await compute(given, closed);
        expectToAddUp(restated);
        for (const comparison of COMPARISONS) {
          const of = (rows: readonly Row[]) => rows.filter((row) => row.comparison === comparison);
          expectRestated(of(restated), of(known), of(closed));
        }
      }
      expect(await compute(then, closed)).toEqual(closed);
    }),
    { numRuns: 12 },
  );
}, 120_000);

it('a comparison that the close had and that is none today, as without a budget, is not in the bridge as known now; the others are', async () => {
  await fc.assert(
    fc.asyncProperty(bill, bill, fc.subarray(['budget', 'forecast']), async (then, now, planned) => {
      const left = ['prior_month', ...planned];
      const closed = await compute(then);
      const all = await compute(now, closed);
      const isLeft = ({ comparison }: Row) => left.includes(String(comparison));
      expect(await compute(now, closed, left)).toEqual(all.filter(isLeft));
    }),
    { numRuns: 8 },
  );
}, 60_000);

it('what is charged once counts whole against a forecast, the rest is change beyond what was foreseen', async () => {
  await fc.assert(
    fc.asyncProperty(bill, async (given) => {
      const rows = (await compute(given)).filter(({ comparison }) => comparison === 'forecast');
      const charged = (kinds: readonly string[], period: string) =>
        given.charges
          .filter(
            ({ charge_kind, billing_period }) => kinds.includes(charge_kind) && billing_period === period,
          )
          .reduce((sum, { effective_cost }) => sum + parseScaled(effective_cost), 0n);
      for (const kind of ['credits', 'refunds', 'one_off_purchases'])
        expect(add(rows, `${kind}_cost`)).toBe(charged([kind], MONTH));
      const foreseen = given.forecasts.reduce((sum, { amount: cost }) => sum + parseScaled(cost), 0n);
      expect(add(rows, 'base_cost')).toBe(foreseen);
      expect(add(rows, 'plan_gap_cost')).toBe(charged(['usage', 'tax', 'fees'], BASE) - foreseen);
    }),
    { numRuns: 20 },
  );
}, 60_000);

it('neither order nor another currency changes a row, and what is drilled into adds up to its parent', async () => {
  const dimensions = ['team', 'service_name', 'sku_meter', 'resource_id'];
  await fc.assert(
    fc.asyncProperty(bill, bill, fc.subarray(dimensions), async (then, now, by) => {
      const closed = await compute(then);
      const rows = await compute(now, closed);
      const reversed = {
        charges: [...now.charges].reverse(),
        budgets: [...now.budgets].reverse(),
        forecasts: [...now.forecasts].reverse(),
      };
      expect(await compute(reversed, [...closed].reverse())).toEqual(rows);
      const isUsd = ({ billing_currency }: { billing_currency?: unknown }) => billing_currency === 'USD';
      const usd = await compute(
        {
          charges: now.charges.filter(isUsd),
          budgets: now.budgets.filter(isUsd),
          forecasts: now.forecasts.filter(isUsd),
        },
        closed.filter(isUsd),
      );
      // A month closed with nothing in a currency and one that was not closed differ; otherwise currencies are apart.
      const isSame = (comparison: string) =>
        closed.some((row) => row.comparison === comparison) ===
        closed.some((row) => row.comparison === comparison && isUsd(row));
      const comparable = (row: Row) => isUsd(row) && isSame(String(row.comparison));
      expect(usd.filter(comparable)).toEqual(rows.filter(comparable));

      const parents = sumBy(rows, ['comparison', 'billing_currency']);
      const children = [...sumBy(rows, ['comparison', 'billing_currency', ...by])];
      for (const [key, sums] of parents) {
        const own = children.filter(([child]) => child.startsWith(key.slice(0, -1)));
        for (const [index, sum] of sums.entries())
          expect(own.reduce((all, [, each]) => all + (each[index] as bigint), 0n)).toBe(sum);
      }
    }),
    { numRuns: 12 },
  );
}, 120_000);

it('names what moved a small allocation, whatever moved more elsewhere; the rest of a product stands together', async () => {
  const one = (team: string, resource_id: string, effective_cost: string) => ({
    team,
    resource_id,
    effective_cost,
    billing_currency: 'USD',
    billing_period: MONTH,
    service_name: 'compute',
    charge_kind: 'usage',
    sku_meter: 'small',
    consumed_quantity: '1',
    list_cost: '1',
    contracted_cost: '1',
  });
  const large = Array.from({ length: 300 }, (_, index) => one('a', `r${index}`, String(1000 + index)));
  const small = Array.from({ length: 7 }, (_, index) => one('b', `s${index}`, String(index + 1)));
  const charges = [...large, ...small] as Bill['charges'];
  const rows = await compute({ charges, budgets: [], forecasts: [] });
  const named = (comparison: string, team: string) =>
    rows
      .filter((row) => row.comparison === comparison && row.team === team)
      .map(({ resource_id, actual_cost }) => `${resource_id} ${Number(actual_cost)}`);
  expect(named('prior_month', 'b').sort()).toEqual(['(other) 3', 's2 3', 's3 4', 's4 5', 's5 6', 's6 7']);
  expect(named('prior_month', 'a')).toHaveLength(251);
  expect(named('forecast', 'a')).toHaveLength(51);
});
