import { createHash } from 'node:crypto';
import type { LoadedConfiguration } from '../configuration/load-configuration.ts';
import { type Engine, quoteName } from '../engine/duckdb.ts';
import type { Model } from '../engine/model.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { createParquetWriter, readResultTable } from '../results/duckdb-tables.ts';
import type { Manifest } from '../results/manifest.ts';
import { type PublishedRecords, publishResults } from '../results/publish.ts';
import type { RecordColumn, RecordDefinition } from '../results/records/definition.ts';
import { RECORDS } from '../results/records/index.ts';
import { buildRecords } from '../results/records/record-table.ts';
import type { TableName } from '../results/tables.ts';
import type { Month } from './months.ts';

const SQL_TYPES: Partial<Record<RecordColumn['type'], string>> = {
  text: 'varchar',
  json: 'varchar',
  date: 'date',
  decimal: 'decimal(38,12)',
  number: 'double',
  count: 'bigint',
  flag: 'boolean',
};

/** Publishes the result models that have just run in the engine as one version, and moves the pointer to it. */
export async function publishModels(options: {
  engine: Engine;
  store: ObjectStore;
  configuration: LoadedConfiguration;
  asOf: string;
  months: readonly Month[];
  models: readonly Model[];
  /** Names the deliveries that the charges hold. */
  deliveries: readonly string[];
  /** What was imported of each month, as a hash. */
  imports: Readonly<Record<string, string>>;
}): Promise<Manifest> {
  const { engine, store, configuration, asOf, months, models, deliveries, imports } = options;
  const tables = [];
  for (const { name } of models)
    tables.push(await readResultTable(engine.connection, name as TableName, name));
  const records = [];
  for (const definition of RECORDS) records.push(await readRecords(engine, definition));
  return publishResults({
    store,
    tables,
    records,
    manifest: {
      as_of: asOf,
      generated_from: {
        deliveries: hashDeliveries(deliveries),
        imports,
        configuration: configuration.hash,
        is_configured: configuration.folder !== undefined,
      },
      cost_basis: configuration.cost_basis,
      reporting_currency: configuration.reporting_currency,
      fiscal_year_start_month: configuration.fiscal_year_start_month,
      ledger: configuration.ledger,
      months,
    },
    writeParquet: createParquetWriter(engine.connection),
  });
}

/** The rows of a record result, from the relation that a model or a step has left. */
async function readRecords(engine: Engine, definition: RecordDefinition): Promise<PublishedRecords> {
  const columns = definition.columns.map(({ name, type }) => {
    const quoted = quoteName(name);
    const sqlType = SQL_TYPES[type];
    return sqlType ? `cast(${quoted} as ${sqlType}) as ${quoted}` : quoted;
  });
  const order = definition.key.map(quoteName).join(', ');
  const select = `select ${columns.join(', ')} from ${quoteName(definition.model)} order by ${order}`;
  return {
    definition,
    table: buildRecords(definition, await engine.query(select)),
    writeParquet: async (localPath) => {
      await engine.copy(select, localPath, { compression: 'zstd' });
    },
  };
}

/** Says the same of two lakes that hold the same deliveries, in whatever order they came. */
function hashDeliveries(ids: readonly string[]): string {
  return createHash('sha256')
    .update([...ids].sort().join('\n'))
    .digest('hex')
    .slice(0, 16);
}
