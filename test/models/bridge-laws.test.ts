import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { formatScaled, parseScaled } from '../../analytics/decimal-text.ts';
import { type Engine, openDuckdb } from '../../analytics/engine/duckdb.ts';
import { loadModels, type Model } from '../../analytics/engine/model.ts';
import { createRelation } from '../../analytics/engine/relation.ts';
import { prepareEngine, runModel } from '../../analytics/engine/run-model.ts';

/** Laws of the variance bridge that hold whatever the charges are. */
const BASE = '2026-08';
const ACTUAL = '2026-09';
const models = new Map((await loadModels()).map((model) => [model.name, model]));
const charges = models.get('bridge_charges') as Model;
const columns = Object.fromEntries(
  Object.entries(charges.contract.columns).map(([name, { type }]) => [name, type]),
);

let folder: string;
let engine: Engine;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-bridge-'));
  engine = await openDuckdb({ tempFolder: folder, threads: 1 });
  await prepareEngine(engine);
});
afterAll(async () => {
  engine.close();
  await rm(folder, { recursive: true, force: true });
});

// From a billionth to millions, with refunds and free usage.
const amount = fc
  .tuple(fc.bigInt({ min: -(10n ** 9n), max: 10n ** 9n }), fc.integer({ min: 0, max: 9 }))
  .map(([units, power]) => formatScaled(units * 10n ** BigInt(power)));
const quantity = fc.oneof(fc.constant('0'), fc.integer({ min: 1, max: 1_000_000 }).map(String), amount);
const charge = fc.record({
  billing_period: fc.constantFrom(BASE, ACTUAL),
  team: fc.constantFrom('a', 'b'),
  service_name: fc.constantFrom('compute', 'storage'),
  charge_kind: fc.constantFrom('usage', 'usage', 'usage', 'tax', 'credits', 'unused_commitment'),
  sku_meter: fc.constantFrom('small', 'large'),
  resource_id: fc.constantFrom('', 'r1', 'r2', 'r3'),
  billing_currency: fc.constantFrom('USD', 'EUR'),
  consumed_quantity: quantity,
  billed_cost: amount,
  effective_cost: amount,
  list_cost: amount,
  contracted_cost: amount,
});
type Charge = typeof charge extends fc.Arbitrary<infer T> ? T : never;

const PARTS = [
  'volume_cost',
  'mix_cost',
  'price_cost',
  'negotiated_discount_cost',
  'commitment_discount_cost',
  'new_resources_cost',
  'ended_resources_cost',
  'other_cost',
];

async function bridge(rows: readonly Charge[], basis: string) {
  const filled = rows.map((row) => ({
    ...Object.fromEntries(Object.keys(columns).map((name) => [name, 'x'])),
    ...row,
  }));
  const pair = { billing_period: ACTUAL, comparison: 'prior_month', base_period: BASE };
  const texts = { billing_period: 'VARCHAR', comparison: 'VARCHAR', base_period: 'VARCHAR' };
  await createRelation(engine, folder, 'raw_charges', columns, filled);
  // bridge_charges has one row a key.
  const sums = ['consumed_quantity', 'billed_cost', 'effective_cost', 'list_cost', 'contracted_cost'];
  const keys = Object.keys(columns).filter((name) => !sums.includes(name));
  await engine.run(
    `create or replace table bridge_charges as select ${keys}, ${sums.map((name) => `cast(sum(${name}) as decimal(38,12)) as ${name}`)} from raw_charges group by ${keys}`,
  );
  await createRelation(engine, folder, 'bridge_pairs', texts, [pair]);
  await createRelation(engine, folder, 'run', { cost_basis: 'VARCHAR' }, [{ cost_basis: basis }]);
  for (const name of ['bridge_leaves', 'bridge_leaf_parts'])
    await runModel(engine, models.get(name) as Model);
  return engine.query(`select * from bridge_leaf_parts where cost_basis = '${basis}' order by all`);
}

it('the parts add up to the change in every row, and the rows to the months, on any basis', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(charge, { minLength: 1, maxLength: 25 }),
      fc.constantFrom('billed', 'effective', 'list', 'contracted'),
      async (rows, basis) => {
        const parts = await bridge(rows, basis);
        for (const part of parts) {
          const steps = PARTS.reduce((sum, name) => sum + parseScaled(String(part[name])), 0n);
          expect(parseScaled(String(part.base_cost)) + steps).toBe(parseScaled(String(part.actual_cost)));
        }
        for (const [period, measure] of [
          [BASE, 'base_cost'],
          [ACTUAL, 'actual_cost'],
        ] as const) {
          for (const currency of ['USD', 'EUR']) {
            const charged = rows
              .filter((row) => row.billing_period === period && row.billing_currency === currency)
              .reduce((sum, row) => sum + parseScaled(row[`${basis}_cost` as keyof Charge]), 0n);
            const bridged = parts
              .filter((part) => part.billing_currency === currency)
              .reduce((sum, part) => sum + parseScaled(String(part[measure])), 0n);
            expect(bridged).toBe(charged);
          }
        }
      },
    ),
    { numRuns: 40 },
  );
});

it('does not depend on the order of the charges', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(charge, { minLength: 2, maxLength: 12 }), async (rows) => {
      expect(await bridge([...rows].reverse(), 'effective')).toEqual(await bridge(rows, 'effective'));
    }),
    { numRuns: 15 },
  );
});

it('where only quantities change everything is volume or mix; where only prices change, price', async () => {
  const steady = fc.record({
    sku_meter: fc.constantFrom('small', 'large'),
    resource_id: fc.constantFrom('r1', 'r2'),
    hours: fc.tuple(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 1, max: 1000 })),
  });
  const price = { small: 2, large: 5 } as const;
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(steady, { minLength: 1, selector: (each) => `${each.sku_meter} ${each.resource_id}` }),
      async (all) => {
        const rows = all.flatMap(({ sku_meter, resource_id, hours }) =>
          [BASE, ACTUAL].map((billing_period, index) => {
            const cost = String((hours[index] as number) * price[sku_meter as keyof typeof price]);
            const costs = { billed_cost: cost, effective_cost: cost, list_cost: cost, contracted_cost: cost };
            const common = {
              team: 'a',
              service_name: 'compute',
              charge_kind: 'usage',
              billing_currency: 'USD',
            };
            return {
              ...common,
              billing_period,
              sku_meter,
              resource_id,
              consumed_quantity: String(hours[index]),
              ...costs,
            };
          }),
        );
        for (const part of await bridge(rows as Charge[], 'effective')) {
          const others = PARTS.filter(
            (name) => name !== 'volume_cost' && name !== 'mix_cost' && name !== 'price_cost',
          );
          for (const name of others) expect(Number(part[name])).toBe(0);
          // What levels of six decimals leave over.
          expect(Math.abs(Number(part.price_cost))).toBeLessThanOrEqual(0.000001);
        }
      },
    ),
    { numRuns: 20 },
  );
});
