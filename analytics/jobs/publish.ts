import { createHash } from 'node:crypto';
import type { LoadedConfiguration } from '../configuration/load-configuration.ts';
import type { Engine } from '../engine/duckdb.ts';
import type { Model } from '../engine/model.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { createParquetWriter, readResultTable } from '../results/duckdb-tables.ts';
import type { Manifest } from '../results/manifest.ts';
import { publishResults } from '../results/publish.ts';
import type { TableName } from '../results/tables.ts';
import type { Month } from './months.ts';

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
}): Promise<Manifest> {
  const { engine, store, configuration, asOf, months, models, deliveries } = options;
  const tables = [];
  for (const { name } of models)
    tables.push(await readResultTable(engine.connection, name as TableName, name));
  return publishResults({
    store,
    tables,
    manifest: {
      as_of: asOf,
      generated_from: { deliveries: hashDeliveries(deliveries), configuration: configuration.hash },
      cost_basis: configuration.cost_basis,
      reporting_currency: configuration.reporting_currency,
      fiscal_year_start_month: configuration.fiscal_year_start_month,
      months,
    },
    writeParquet: createParquetWriter(engine.connection),
  });
}

/** Says the same of two lakes that hold the same deliveries, in whatever order they came. */
function hashDeliveries(ids: readonly string[]): string {
  return createHash('sha256')
    .update([...ids].sort().join('\n'))
    .digest('hex')
    .slice(0, 16);
}
