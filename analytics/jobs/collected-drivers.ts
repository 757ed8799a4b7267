import type { LoadedConfiguration } from '../configuration/load-configuration.ts';
import type { DriverRow } from '../configuration/tables.ts';
import { type Engine, readParquet } from '../engine/duckdb.ts';
import { groupBy } from '../group-by.ts';
import { DRIVERS } from '../lake/collected-tables.ts';
import { openTable } from '../lake/delta-table.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { driverMeasure, driverPart } from '../sources/cloudwatch/driver-part.ts';
import { ALLOCATION_DIMENSIONS, type AllocationDimension } from '../vocabulary.ts';

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

/** What one entry said of one day. */
type Part = {
  date: string;
  scope: string;
  /** Of files that were written before it was kept: undefined. */
  measure: string | undefined;
  pulledAt: string;
  rows: DriverRow[];
};

async function readCollected(
  configuration: LoadedConfiguration,
  engine: Engine,
  store: ObjectStore,
): Promise<DriverRow[]> {
  const parts = await readParts(engine, store);
  return [...groupBy(parts, ({ date }) => date).values()].flatMap((day) => chooseRows(day, configuration));
}

/** By day, the newest first. */
async function readParts(engine: Engine, store: ObjectStore): Promise<Part[]> {
  const table = openTable(store, DRIVERS);
  const { files } = await table.snapshot();
  if (files.length === 0) return [];
  const paths = await store.localPaths(files.map((file) => table.dataKey(file)));
  const stored = await engine.query(
    `select path, driver, dimensions, volume, unit from ${readParquet(paths, ", filename = 'path'")} order by all`,
  );
  const rowsOf = groupBy(stored, ({ path }) => String(path));
  const parts = files.map(({ partition, tags = {} }, index): Part => {
    const date = partition.date ?? '';
    const rows = (rowsOf.get(paths[index] ?? '') ?? []).map(({ driver, dimensions, volume, unit }) => {
      const set = dimensions as Record<string, string>;
      const scope = ALLOCATION_DIMENSIONS.map((name) => [name, set[name] ?? null] as const);
      return { date, driver, volume, unit, ...Object.fromEntries(scope) } as DriverRow;
    });
    return { date, scope: tags.scope ?? '', measure: tags.measure, pulledAt: tags.pulled_at ?? '', rows };
  });
  return parts.sort(
    (a, b) => compare(a.date, b.date) || compare(b.pulledAt, a.pulledAt) || compare(a.scope, b.scope),
  );
}

/**
 * Of the parts of one day, the newest first: those of entries that the configuration has now count; a former one counts
 * unless what it measured, or the scope that it was given to, is counted already.
 */
function chooseRows(day: readonly Part[], { collect }: LoadedConfiguration): DriverRow[] {
  const entries = new Map(
    collect.cloudwatch.drivers.map((entry) => [`cloudwatch/${driverPart(entry)}`, entry]),
  );
  const counted = new Set<string>();
  const chosen: DriverRow[] = [];
  for (const { scope, rows } of day) {
    const entry = entries.get(scope);
    if (!entry) continue;
    counted.add(driverMeasure(entry));
    counted.add(nameScope(entry.driver, entry.set));
    chosen.push(...rows);
  }
  const former = day.filter(({ scope }) => !entries.has(scope));
  for (const { measure, rows } of former) {
    const names = rows.flatMap((row) => [
      nameScope(row.driver, row),
      ...(measure === undefined ? [] : [measure]),
    ]);
    if (names.some((name) => counted.has(name))) continue;
    for (const name of names) counted.add(name);
    chosen.push(...rows);
  }
  return chosen;
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

const nameScope = (driver: string, scope: Partial<Record<AllocationDimension, string | null>>) =>
  JSON.stringify([driver, ...ALLOCATION_DIMENSIONS.map((name) => scope[name] ?? null)]);
