import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { defaultConfiguration } from '../../analytics/configuration/load-configuration.ts';
import { type Engine, openDuckdb } from '../../analytics/engine/duckdb.ts';
import { loadModels, type Model } from '../../analytics/engine/model.ts';
import { createRelation, type RelationRow } from '../../analytics/engine/relation.ts';
import { prepareEngine, runModel } from '../../analytics/engine/run-model.ts';
import { allocationRelations, planningRelations } from '../../analytics/jobs/configuration-relations.ts';
import { LAKE_RELATIONS } from '../../analytics/jobs/lake-relations.ts';
import { listRelations } from '../../analytics/jobs/relation-sources.ts';
import { runRelations } from '../../analytics/jobs/run-relations.ts';
import { STEPS } from '../../analytics/jobs/steps/index.ts';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import { type TableSchema, toDuckdbType } from '../../analytics/lake/table-schema.ts';
import { CHARGES, CONTROL_TOTALS } from '../../analytics/lake/tables.ts';

/**
 * Runs the given/expect tables that stand beside each model as NAME.test.yml. A given row names the columns that matter;
 * the others get a neutral value. Expected rows are compared on the columns that they name, in any order.
 */
type Case = { name: string; given: Record<string, RelationRow[]>; expect: Record<string, unknown>[] };

const MODELS_FOLDER = fileURLToPath(new URL('../../analytics/models/', import.meta.url));
const models = await loadModels();
const files = (await readdir(MODELS_FOLDER, { recursive: true })).filter((file) =>
  file.endsWith('.test.yml'),
);
const cases = new Map<string, Case[]>();
for (const file of files) {
  const name = file.replace(/^.*\//, '').replace('.test.yml', '');
  cases.set(name, parse(await readFile(join(MODELS_FOLDER, file), 'utf8')) as Case[]);
}

const columnsOf = new Map<string, Record<string, { type: string; isNullable: boolean }>>();
for (const { name, contract } of models) {
  const columns = Object.entries(contract.columns).map(([column, { type, nullable }]) => [
    column,
    { type, isNullable: nullable },
  ]);
  columnsOf.set(name, Object.fromEntries(columns));
}
const configuration = defaultConfiguration();
const relationFolder = await mkdtemp(join(tmpdir(), 'headroom-relations-'));
const fromSteps = STEPS.flatMap(({ outputs }) => Object.entries(outputs)).map(
  ([name, columns]): [string, { columns: Readonly<Record<string, string>> }] => [name, { columns }],
);
for (const [name, { columns }] of Object.entries({
  ...Object.fromEntries(fromSteps),
  ...(await listRelations({
    configuration,
    store: await openFolderStore(relationFolder),
    asOf: '2026-01-01',
    months: [],
  })),
  ...allocationRelations(configuration),
  ...planningRelations(configuration),
  ...runRelations(configuration, '2026-01-01', []),
  calendar_days: { columns: { day: 'DATE' } },
})) {
  columnsOf.set(
    name,
    Object.fromEntries(Object.entries(columns).map(([column, type]) => [column, { type, isNullable: true }])),
  );
}
const lakeColumns = (schema: TableSchema) =>
  Object.fromEntries(
    schema.columns.map(({ name, type, nullable }) => [
      name,
      { type: toDuckdbType(type), isNullable: nullable },
    ]),
  );
columnsOf.set('charges', lakeColumns(CHARGES));
for (const [name, schema] of Object.entries(LAKE_RELATIONS)) columnsOf.set(name, lakeColumns(schema));
columnsOf.set('control_totals', lakeColumns(CONTROL_TOTALS));

let folder: string;
let engine: Engine;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-models-'));
  engine = await openDuckdb({ tempFolder: folder });
  await prepareEngine(engine);
});
afterAll(async () => {
  engine.close();
  await rm(folder, { recursive: true, force: true });
  await rm(relationFolder, { recursive: true, force: true });
});

it('every model has its table of cases', () => {
  expect(models.map((model) => model.name).filter((name) => !cases.has(name))).toEqual([]);
});

for (const model of models) {
  describe(model.name, () => {
    for (const { name, given, expect: expected } of cases.get(model.name) ?? []) {
      it(name, async () => {
        for (const unknown of Object.keys(given)) expect(model.contract.inputs).toContain(unknown);
        for (const input of model.contract.inputs) await give(input, given[input] ?? []);
        // What the cases give need not add up; conservation is checked where models run on each other's output.
        await runModel(engine, { ...model, contract: { ...model.contract, conserves: undefined } } as Model);
        const columns = Object.keys(expected[0] ?? {});
        const rows = await engine.query(
          `select ${columns.length > 0 ? columns.join(', ') : '*'} from ${model.name}`,
        );
        expect(sort(rows)).toEqual(sort(expected));
      });
    }
  });
}

async function give(relation: string, rows: readonly RelationRow[]): Promise<void> {
  const columns = columnsOf.get(relation);
  if (!columns) throw new Error(`no such relation: ${relation}`);
  for (const row of rows)
    for (const column of Object.keys(row)) expect(Object.keys(columns)).toContain(column);
  const filled = rows.map((row) =>
    Object.fromEntries(
      Object.entries(columns).map(([column, { type, isNullable }]) => [
        column,
        row[column] ?? (isNullable ? null : neutral(type)),
      ]),
    ),
  );
  const types = Object.fromEntries(Object.entries(columns).map(([column, { type }]) => [column, type]));
  await engine
    .run(`drop view if exists ${relation}`)
    .catch(() => engine.run(`drop table if exists ${relation}`));
  await createRelation(engine, folder, relation, types, filled as RelationRow[]);
}

function neutral(type: string): string | number | boolean | object {
  if (type === 'VARCHAR') return 'x';
  if (type === 'DATE' || type.startsWith('TIMESTAMP')) return '2026-10-01';
  if (type === 'BOOLEAN') return false;
  if (type.startsWith('MAP')) return {};
  return 0;
}

function sort(rows: readonly Record<string, unknown>[]): string[] {
  return rows
    .map((row) =>
      Object.entries(row)
        .map(([column, value]) => `${column}=${show(value)}`)
        .join(' '),
    )
    .sort();
}

/** Decimals compare by value: 12.5 and 12.500000000000 are the same amount. */
function show(value: unknown): string {
  if (typeof value === 'object') return JSON.stringify(value);
  const text = String(value);
  return /^-?\d+\.\d+$/.test(text) ? text.replace(/\.?0+$/, '') : text;
}
