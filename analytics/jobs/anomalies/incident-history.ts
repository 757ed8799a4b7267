import type { IncidentStatus, TrackedIncident } from '../../incident/incident.ts';
import { type ColumnType, column, type TableSchema } from '../../lake/table-schema.ts';
import { MONEY } from '../../lake/tables.ts';
import { ALLOCATION_DIMENSIONS } from '../../vocabulary.ts';
import { type DayContext, readVersionBefore } from '../day-versions.ts';

const TYPES: Readonly<Record<string, ColumnType>> = {
  id: 'string',
  status: 'string',
  revision: 'long',
  revised_on: 'date',
  cause_key: 'string',
  series_id: 'string',
  kind: 'string',
  family: 'string',
  direction: 'string',
  started_on: 'date',
  ended_on: 'date',
  judged_on: 'date',
  is_accepted: 'boolean',
  excess_per_day_cost: MONEY,
  excess_cost: MONEY,
  expected_cost: MONEY,
  observed_cost: MONEY,
  billing_currency: 'string',
  confidence: 'double',
  severity: 'string',
  title: 'string',
  reason: 'string',
  next_step: 'string',
  series_count: 'long',
  causes: 'string',
  evidence: 'string',
  sub_account_id: 'string',
  region_id: 'string',
  service_name: 'string',
  sku_meter: 'string',
  ...Object.fromEntries(ALLOCATION_DIMENSIONS.map((name) => [name, 'string' as const])),
};

/** Came later: at the end, as a table that is there can only be extended. */
const ADDED: Readonly<Record<string, ColumnType>> = {
  measure: 'string',
  began_at: 'string',
  change_ratio: 'double',
  at_stake_per_day_cost: MONEY,
};

/** The columns of an incident, in the lake's types. */
export const INCIDENT_COLUMNS = { ...TYPES, ...ADDED };

/** What each run leaves for the next: every incident of the last 400 days, and what became of it. */
export const ANOMALY_HISTORY: TableSchema = {
  name: 'anomaly_history',
  description: 'One row per incident and run: what was known of it then',
  columns: [
    ...Object.entries(TYPES).map(([name, type]) => column(name, type, name === 'ended_on', '')),
    column('as_of_date', 'date', false, 'The days before it were known'),
    ...Object.entries(ADDED).map(([name, type]) => column(name, type, true, '')),
  ],
  partitionBy: ['as_of_date'],
};

/** What the newest run before this one's day left. */
export async function readIncidentHistory(context: DayContext): Promise<TrackedIncident[]> {
  const rows = await readVersionBefore(context, ANOMALY_HISTORY);
  return rows.map(
    (row) =>
      ({
        ...row,
        // Absent in what was kept before other measures were judged.
        measure: row.measure ?? 'cost',
        revision: Number(row.revision),
        series_count: Number(row.series_count),
        status: row.status as IncidentStatus,
      }) as unknown as TrackedIncident,
  );
}
