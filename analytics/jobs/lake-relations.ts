import type { Engine } from '../engine/duckdb.ts';
import { createLakeView } from '../engine/lake-view.ts';
import { groupBy } from '../group-by.ts';
import { COMMITMENT_USE, QUOTAS, RESOURCES, UTILIZATION } from '../lake/collected-tables.ts';
import { openTable } from '../lake/delta-table.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { TableSchema } from '../lake/table-schema.ts';
import { addDays } from '../sources/days.ts';

/** How far back models see what was collected: three months, and the late days. */
const WINDOW_DAYS = 95;

/** Collected tables that models read, by the name that models have for them. Each is partitioned by date. */
export const LAKE_RELATIONS: Readonly<Record<string, TableSchema>> = {
  resources: RESOURCES,
  utilization: UTILIZATION,
  quotas: QUOTAS,
  commitment_use: COMMITMENT_USE,
};

/** Leaves a view of each collected table in the engine; empty where the lake has none. `asOf` is exclusive. */
export async function createLakeRelations(engine: Engine, store: ObjectStore, asOf: string): Promise<void> {
  const from = addDays(asOf, -WINDOW_DAYS);
  for (const [name, schema] of Object.entries(LAKE_RELATIONS)) {
    const table = openTable(store, schema);
    const { files } = await table.snapshot();
    const inWindow = files.filter(({ partition }) => {
      const date = partition.date ?? '';
      return date >= from && date < asOf;
    });
    const partitions = await Promise.all(
      [...groupBy(inWindow, (file) => file.partition.date ?? '')].map(async ([date, members]) => ({
        values: { date },
        paths: await store.localPaths(members.map((file) => table.dataKey(file))),
      })),
    );
    await createLakeView(engine, { ...schema, name }, partitions);
  }
}
