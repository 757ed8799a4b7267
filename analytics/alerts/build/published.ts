import { findRecordDefinition } from '../../results/records/index.ts';
import { presentValue, type RecordValue } from '../../results/records/record-table.ts';
import { RequestError } from '../../results/request-error.ts';
import type { Snapshot } from '../../results/snapshot.ts';

export type PublishedRow = Readonly<Record<string, RecordValue>>;

/** All rows of a record result with all their columns; undefined where the version has none of that name. */
export async function readRecords(snapshot: Snapshot, name: string): Promise<PublishedRow[] | undefined> {
  const definition = findRecordDefinition(name);
  if (!definition) return undefined;
  const table = await snapshot.records(definition).catch((error) => {
    if (error instanceof RequestError && error.status === 404) return undefined;
    throw error;
  });
  return (
    table &&
    Array.from({ length: table.rowCount }, (_, row) =>
      Object.fromEntries(
        definition.columns.map((column) => [
          column.name,
          presentValue(column.type, table.columns[column.name]?.[row] ?? null),
        ]),
      ),
    )
  );
}

/** The text of a column; empty where it is null or not there. */
export function textOf(row: PublishedRow, column: string): string {
  const value = row[column];
  return value === null || value === undefined ? '' : String(value);
}

/** The number of a column; undefined where it is null or not there. */
export function numberOf(row: PublishedRow, column: string): number | undefined {
  const value = row[column];
  return typeof value === 'number' || typeof value === 'string' ? Number(value) : undefined;
}

/** Whom a row belongs to, from its allocation columns. */
export function readOwnership(row: PublishedRow) {
  return {
    team: textOf(row, 'team'),
    owner: textOf(row, 'owner'),
    tier: textOf(row, 'tier'),
    costCenter: textOf(row, 'cost_center'),
    service: textOf(row, 'service'),
    environment: textOf(row, 'environment'),
  };
}
