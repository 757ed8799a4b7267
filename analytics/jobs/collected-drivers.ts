import type { LoadedConfiguration } from '../configuration/load-configuration.ts';
import type { DriverRow } from '../configuration/tables.ts';
import type { Engine } from '../engine/duckdb.ts';
import { createLakeView } from '../engine/lake-view.ts';
import { groupBy } from '../group-by.ts';
import { DRIVERS } from '../lake/collected-tables.ts';
import { type DataFile, openTable } from '../lake/delta-table.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { driverPart } from '../sources/cloudwatch/driver-part.ts';
import { ALLOCATION_DIMENSIONS } from '../vocabulary.ts';

/**
 * The configuration with the volumes of drivers that were collected, of those that it names. A day that drivers.csv states
 * of a driver stays as stated there.
 */
export async function addCollectedDrivers(
  configuration: LoadedConfiguration,
  engine: Engine,
  store: ObjectStore,
): Promise<LoadedConfiguration> {
  const stated = new Set(configuration.driverVolumes.map(({ driver, date }) => `${date}/${driver}`));
  const collected = await readCollected(configuration, engine, store);
  const added = collected.filter(
    ({ driver, date }) => Object.hasOwn(configuration.drivers, driver) && !stated.has(`${date}/${driver}`),
  );
  if (added.length === 0) return configuration;
  return { ...configuration, driverVolumes: [...configuration.driverVolumes, ...added] };
}

async function readCollected(
  configuration: LoadedConfiguration,
  engine: Engine,
  store: ObjectStore,
): Promise<DriverRow[]> {
  const table = openTable(store, DRIVERS);
  const { files } = await table.snapshot();
  const counted = chooseMeasured(files, configuration);
  if (counted.length === 0) return [];
  const partitions = [...groupBy(counted, ({ partition }) => partition.date ?? '')].map(
    async ([date, members]) => ({
      values: { date },
      paths: await store.localPaths(members.map((file) => table.dataKey(file))),
    }),
  );
  await createLakeView(engine, DRIVERS, await Promise.all(partitions));
  const rows = await engine.query('select date, driver, dimensions, volume, unit from drivers order by all');
  await engine.run('drop view drivers');
  return rows.map(({ date, driver, dimensions, volume, unit }) => {
    const set = dimensions as Record<string, string>;
    const scope = ALLOCATION_DIMENSIONS.map((name) => [name, set[name] ?? null] as const);
    return { date, driver, volume, unit, ...Object.fromEntries(scope) } as DriverRow;
  });
}

/** A day that was measured in several ways, one after another, counts as the configuration measures it now, else as it last did. */
function chooseMeasured(files: readonly DataFile[], { collect }: LoadedConfiguration): DataFile[] {
  const current = new Set(collect.cloudwatch.drivers.map((driver) => `cloudwatch/${driverPart(driver)}`));
  const scopeOf = (file: DataFile) => file.tags?.scope ?? '';
  const driverOf = (file: DataFile) => scopeOf(file).split('/').slice(0, -1).join('/');
  return [...groupBy(files, (file) => `${file.partition.date} ${driverOf(file)}`).values()].flatMap(
    (same) => {
      const now = same.filter((file) => current.has(scopeOf(file)));
      if (now.length > 0) return now;
      const [last] = same.toSorted((a, b) =>
        (a.tags?.pulled_at ?? '') < (b.tags?.pulled_at ?? '') ? 1 : -1,
      );
      return last ? [last] : [];
    },
  );
}
