import { checkContract } from './check-contract.ts';
import { type Engine, quoteName } from './duckdb.ts';
import type { Model } from './model.ts';

/** Functions that the models call by the name that Trino has for them. */
const TRINO_MACROS = [
  'create or replace macro element_at(m, k) as map_extract_value(m, k)',
  'create or replace macro array_join(a, s) as array_to_string(a, s)',
];

/** Makes the engine understand the SQL that models share with Trino. */
export async function prepareEngine(engine: Engine): Promise<void> {
  for (const macro of TRINO_MACROS) await engine.run(macro);
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
