import { checkContract } from './check-contract.ts';
import { type Engine, quoteName } from './duckdb.ts';
import type { Model } from './model.ts';

/** Functions that the models call by the name that Trino has for them. */
const TRINO_MACROS = [
  'create or replace macro element_at(m, k) as map_extract_value(m, k)',
  'create or replace macro array_join(a, s) as array_to_string(a, s)',
];

/**
 * `divide_cost(cost, divisor)`: a DECIMAL exact to twelve decimals, rounded half away from zero, of a divisor above 0; null
 * where either is. `/` of DuckDB makes a DOUBLE of DECIMALs; that of Trino is this.
 */
const DIVISION_MACROS = [
  `create or replace macro to_pico(x) as cast(replace(cast(cast(x as decimal(38,12)) as varchar), '.', '') as hugeint)`,
  `create or replace macro divide_pico(a, b) as cast(a // b as decimal(38,12))
     + cast((2 * (a % b) * 1000000000000 + sign(a) * b) // (2 * b) as decimal(13,0)) * 0.000000000001`,
  'create or replace macro divide_cost(cost, divisor) as divide_pico(to_pico(cost), to_pico(divisor))',
];

/** Makes the engine understand the SQL that models share with Trino. */
export async function prepareEngine(engine: Engine): Promise<void> {
  for (const macro of [...TRINO_MACROS, ...DIVISION_MACROS]) await engine.run(macro);
}

/**
 * Computes a model into a table or view of its name and holds it to its contract.
 *
 * @throws QueryError with the SQL, or ContractError with the rows that break the contract.
 */
export async function runModel(engine: Engine, model: Model): Promise<void> {
  const kind = model.contract.materialized === 'view' ? 'view' : 'table';
  await engine.run(`create or replace ${kind} ${quoteName(model.name)} as ${model.sql}`);
  if (kind === 'table') await checkContract(engine, model);
}
