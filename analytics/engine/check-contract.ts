import { ContractError } from '../errors.ts';
import { type Engine, quoteName } from './duckdb.ts';
import type { Model } from './model.ts';

const SHOWN_ROWS = 5;

/**
 * Holds a model that has just run to its contract: columns and their types, what may not be null, keys, and that sums
 * are conserved.
 *
 * @throws ContractError with rows that break it.
 */
export async function checkContract(engine: Engine, model: Model): Promise<void> {
  await checkColumns(engine, model);
  await checkNotNull(engine, model);
  if (model.contract.checks.includes('unique')) await checkUnique(engine, model);
  await checkConservation(engine, model);
}

async function checkColumns(engine: Engine, { name, contract }: Model): Promise<void> {
  const found = await engine.query(`describe select * from ${quoteName(name)}`);
  const actual = found.map((row) => `${row.column_name} ${row.column_type}`);
  const declared = Object.entries(contract.columns).map(([column, { type }]) => `${column} ${type}`);
  const differences = declared
    .map((column, index) => ({ declared: column, actual: actual[index] ?? '(absent)' }))
    .concat(actual.slice(declared.length).map((column) => ({ declared: '(absent)', actual: column })))
    .filter((pair) => pair.declared !== pair.actual);
  if (differences.length > 0) throw broken(name, 'columns differ from its contract', differences);
}

async function checkNotNull(engine: Engine, { name, contract }: Model): Promise<void> {
  const columns = Object.keys(contract.columns).filter((column) => !contract.columns[column]?.nullable);
  if (columns.length === 0) return;
  const isNull = columns.map((column) => `${quoteName(column)} is null`).join(' or ');
  const rows = await engine.query(`select * from ${quoteName(name)} where ${isNull} limit ${SHOWN_ROWS}`);
  if (rows.length > 0) throw broken(name, `null in one of ${columns.join(', ')}`, rows);
}

async function checkUnique(engine: Engine, { name, contract }: Model): Promise<void> {
  const keys = contract.grain.map(quoteName).join(', ');
  const rows = await engine.query(
    `select ${keys}, count(*) as row_count from ${quoteName(name)} group by ${keys} having count(*) > 1 limit ${SHOWN_ROWS}`,
  );
  if (rows.length > 0)
    throw broken(name, `more than one row for the same ${contract.grain.join(', ')}`, rows);
}

/**
 * Holds a model to what it conserves.
 *
 * @param only a SQL condition on the columns in `by`: the part to look at.
 * @throws ContractError with the differences.
 */
export async function checkConservation(
  engine: Engine,
  { name, contract }: Model,
  only = 'true',
): Promise<void> {
  if (!contract.conserves) return;
  const { from, by, measures } = contract.conserves;
  const keys = by.map(quoteName).join(', ');
  const signed = (relation: string, sign: string) =>
    `select ${keys}, ${measures.map((measure) => `${sign}${quoteName(measure)} as ${quoteName(measure)}`).join(', ')} from ${quoteName(relation)} where ${only}`;
  const sums = measures.map((measure) => `sum(${quoteName(measure)}) as ${quoteName(measure)}`).join(', ');
  const rows = await engine.query(
    `select ${keys}, ${sums} from (${signed(name, '')} union all ${signed(from, '-')}) as difference
     group by ${keys} having ${measures.map((measure) => `sum(${quoteName(measure)}) <> 0`).join(' or ')} limit ${SHOWN_ROWS}`,
  );
  if (rows.length > 0) throw broken(name, `does not conserve ${from} (rows show the difference)`, rows);
}

function broken(model: string, what: string, rows: readonly Record<string, unknown>[]): ContractError {
  return new ContractError(`model ${model}: ${what}`, rows);
}
