import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { defaultConfiguration } from '../../analytics/configuration/load-configuration.ts';
import type { BudgetRow, FxRow } from '../../analytics/configuration/tables.ts';
import { formatScaled, parseScaled, SCALE } from '../../analytics/decimal-text.ts';
import { type Engine, openDuckdb } from '../../analytics/engine/duckdb.ts';
import { loadModels, type Model } from '../../analytics/engine/model.ts';
import { createRelation, type RelationRow } from '../../analytics/engine/relation.ts';
import { prepareEngine, runModel } from '../../analytics/engine/run-model.ts';
import { currencyRelations } from '../../analytics/jobs/currency-relations.ts';
import { ALLOCATION_DIMENSIONS } from '../../analytics/vocabulary.ts';

/** Laws of conversion that hold whatever costs, rates and budgets are. */
const MONTH = '2026-09';
const models = new Map((await loadModels()).map((model) => [model.name, model]));

let folder: string;
let engine: Engine;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-currency-'));
  engine = await openDuckdb({ tempFolder: folder, threads: 1 });
  await prepareEngine(engine);
});
afterAll(async () => {
  engine.close();
  await rm(folder, { recursive: true, force: true });
});

const amount = fc.bigInt({ min: -(10n ** 22n), max: 10n ** 22n }).map(formatScaled);
const rate = fc.bigInt({ min: 1n, max: 10n ** 15n }).map(formatScaled);
const given = fc.record({
  costs: fc.array(
    fc.record({
      team: fc.constantFrom('a', 'b', 'C', ''),
      service_name: fc.constantFrom('x', 'y'),
      billing_currency: fc.constantFrom('USD', 'EUR', 'JPY'),
      effective_cost: amount,
    }),
    { maxLength: 10 },
  ),
  planned: fc.option(rate),
  actual: fc.option(rate),
  isBudgetedInEuro: fc.boolean(),
});

/** A relation of a model's columns; what a row leaves out is 'x', or 0 where it is a number. */
async function fill(name: string, rows: readonly RelationRow[]) {
  const types = Object.entries((models.get(name) as Model).contract.columns).map(
    ([column, { type }]) => [column, type] as const,
  );
  const usual = types.map(([column, type]) => [column, type === 'VARCHAR' ? 'x' : '0']);
  const filled = rows.map((row) => ({ ...Object.fromEntries(usual), ...row }));
  await createRelation(engine, folder, name, Object.fromEntries(types), filled);
}

/** Half away from zero, as SQL rounds. */
function multiply(a: bigint, b: bigint): bigint {
  const product = a * b;
  return (product + (product < 0n ? -SCALE / 2n : SCALE / 2n)) / SCALE;
}

type Given = typeof given extends fc.Arbitrary<infer T> ? T : never;

/** Conservation of each model is part of its contract, and is checked here too. */
async function compute({ costs, planned, actual, isBudgetedInEuro }: Given) {
  const eur = { month: MONTH, from_currency: 'EUR', to_currency: 'USD' };
  const fxRates: FxRow[] = [
    ...(planned === null ? [] : [{ ...eur, rate: planned, kind: 'budget' as const }]),
    ...(actual === null ? [] : [{ ...eur, rate: actual, kind: 'actual' as const }]),
  ];
  const line = {
    ...{ version: 'v', month: MONTH, currency: 'EUR', amount: '1', driver: null, planned_volume: null },
    ...Object.fromEntries(ALLOCATION_DIMENSIONS.map((name) => [name, null])),
  } as BudgetRow;
  const configuration = { ...defaultConfiguration(), fxRates, budgets: isBudgetedInEuro ? [line] : [] };
  const { currency_rates = { columns: {}, rows: [] } } = currencyRelations({
    configuration,
    months: [{ billing_period: MONTH }],
  });
  await createRelation(engine, folder, 'currency_rates', currency_rates.columns, currency_rates.rows);
  const run = [{ reporting_currency: 'USD' }];
  await createRelation(engine, folder, 'run', { reporting_currency: 'VARCHAR' }, run);
  await fill(
    'allocated_cost',
    costs.map((row) => ({ billing_period: MONTH, ...row, landing_effective_cost: row.effective_cost })),
  );
  await fill('variance', []);
  for (const name of ['currency_costs', 'converted_cost', 'variance_converted']) {
    await engine.run(`drop table if exists ${name}`);
    await runModel(engine, models.get(name) as Model);
  }
  const rows = await engine.query('select * from variance_converted');
  return {
    of: (currency: string, name: string, team?: string) =>
      sum(
        rows.filter((row) => row.bill_currency === currency && row.team === (team ?? row.team)),
        name,
      ),
    countsIn: (currency: string) =>
      new Set(rows.filter((row) => row.bill_currency === currency).map((row) => row.billing_currency)),
  };
}

function sum(rows: readonly Record<string, unknown>[], name: string): bigint {
  return rows.reduce<bigint>((total, row) => total + parseScaled(String(row[name])), 0n);
}

const abs = (value: bigint) => (value < 0n ? -value : value);

it('converted costs are the total rounded once, in any group off by at most one unit; nothing else changes', async () => {
  await fc.assert(
    fc.asyncProperty(given, async (each) => {
      const { costs, planned, actual, isBudgetedInEuro } = each;
      const { of, countsIn } = await compute(each);
      const billOf = (currency: string, team?: string) =>
        sum(
          costs.filter((row) => row.billing_currency === currency && row.team === (team ?? row.team)),
          'effective_cost',
        );
      const used = actual ?? planned;
      for (const currency of ['USD', 'JPY', ...(used === null ? ['EUR'] : [])]) {
        expect(of(currency, 'landing_effective_cost')).toBe(billOf(currency));
        expect(of(currency, 'currency_effective_cost')).toBe(0n);
        expect([[], [currency]]).toContainEqual([...countsIn(currency)]);
      }
      if (used === null) return;
      const at = (rate: string, team?: string) => multiply(billOf('EUR', team), parseScaled(rate));
      expect(of('EUR', 'landing_effective_cost')).toBe(at(used));
      expect(countsIn('EUR')).toEqual(
        new Set(costs.some((row) => row.billing_currency === 'EUR') ? ['USD'] : []),
      );
      const base = isBudgetedInEuro ? used : (planned ?? used);
      expect(of('EUR', 'currency_effective_cost')).toBe(at(used) - at(base));
      for (const team of ['a', 'b', 'C', ''])
        expect(abs(of('EUR', 'landing_effective_cost', team) - at(used, team))).toBeLessThanOrEqual(1n);
    }),
    { numRuns: 40 },
  );
}, 120_000);
