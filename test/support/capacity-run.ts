import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { capacitySchema } from '../../analytics/configuration/capacity-schema.ts';
import { defaultConfiguration } from '../../analytics/configuration/load-configuration.ts';
import { openDuckdb } from '../../analytics/engine/duckdb.ts';
import { loadModels } from '../../analytics/engine/model.ts';
import { createRelation } from '../../analytics/engine/relation.ts';
import { prepareEngine, runModel } from '../../analytics/engine/run-model.ts';
import { LAKE_RELATIONS } from '../../analytics/jobs/lake-relations.ts';
import { listRelations } from '../../analytics/jobs/relation-sources.ts';
import { runRelations } from '../../analytics/jobs/run-relations.ts';
import { CAPACITY_FORECASTS_STEP } from '../../analytics/jobs/steps/capacity-forecasts.ts';
import type { ObjectStore } from '../../analytics/lake/object-store.ts';
import { toDuckdbType } from '../../analytics/lake/table-schema.ts';
import { AS_OF, type CapacityWorld } from './capacity-world.ts';

const MODELS_FOLDER = fileURLToPath(new URL('../../analytics/models/', import.meta.url));
/** Models that the forecasts read, without those that need a bill. */
const STAGING = ['stg_resources', 'utilization_days', 'resource_costs'];

/** Runs everything that capacity forecasts need on a small estate; the rows of both outputs. */
export async function runCapacity(
  world: CapacityWorld,
  {
    store,
    folder,
    asOf = AS_OF,
    capacity = {},
  }: { store: ObjectStore; folder: string; asOf?: string; capacity?: object },
): Promise<{ forecasts: Record<string, unknown>[]; accuracy: Record<string, unknown>[] }> {
  const engine = await openDuckdb({ tempFolder: join(folder, 'engine') });
  try {
    await prepareEngine(engine);
    const configuration = { ...defaultConfiguration(), capacity: capacitySchema.parse(capacity) };
    const relations = {
      ...runRelations(configuration, asOf, []),
      ...(await listRelations({ configuration, store, asOf, months: [] })),
    };
    for (const [name, { columns, rows }] of Object.entries(relations))
      await createRelation(engine, folder, name, columns, rows);
    const models = [
      ...(await loadModels(join(MODELS_FOLDER, 'staging'))),
      ...(await loadModels(join(MODELS_FOLDER, 'capacity'))),
    ];
    for (const name of ['resources', 'utilization', 'quotas'] as const) {
      const columns = (LAKE_RELATIONS[name]?.columns ?? []).map(({ name, type }) => [
        name,
        toDuckdbType(type),
      ]);
      const rows = world[name].filter(({ date }) => String(date) < asOf);
      await createRelation(engine, folder, name, Object.fromEntries(columns), rows);
    }
    const charges = models.find(({ name }) => name === 'resource_charges')?.contract.columns ?? {};
    const columns = Object.entries(charges).map(([name, { type }]) => [name, type]);
    await createRelation(
      engine,
      folder,
      'resource_charges',
      Object.fromEntries(columns),
      world.resource_charges,
    );
    for (const model of models)
      if (STAGING.includes(model.name) || model.name.startsWith('capacity_')) await runModel(engine, model);
    await CAPACITY_FORECASTS_STEP.run({
      engine,
      store,
      scratchFolder: folder,
      configuration,
      asOf,
      months: [],
    });
    return {
      forecasts: await engine.query('select * from capacity_forecasts'),
      accuracy: await engine.query('select * from capacity_accuracy order by all'),
    };
  } finally {
    engine.close();
  }
}
