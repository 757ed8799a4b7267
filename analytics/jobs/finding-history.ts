import { createRelation, type RelationRow } from '../engine/relation.ts';
import { toDuckdbType } from '../lake/table-schema.ts';
import { addDays } from '../sources/days.ts';
import { FINDING_HISTORY, type TrackedFinding } from '../waste/finding-history.ts';
import { createVersionsView, type DayContext, readVersionBefore, storeVersion } from './day-versions.ts';

/** How long what a run left is kept for runs as of an earlier day; of older months the last run is kept. */
const KEPT_DAYS = 62;

/** What the newest run before this one's day left. */
export async function readFindingHistory(context: DayContext): Promise<TrackedFinding[]> {
  return (await readVersionBefore(context, FINDING_HISTORY)) as unknown as TrackedFinding[];
}

/** What counted findings of a month would have saved, as of its last run, in columns of `waste_months`. */
export async function readMonthlySavings(context: DayContext): Promise<Record<string, unknown>[]> {
  const { engine, asOf } = context;
  const running = toMonth(asOf);
  await createVersionsView(
    context,
    FINDING_HISTORY,
    (days) => new Set(listLastOfMonths(days.filter((day) => toMonth(day) < running)).values()),
  );
  const rows = await engine.query(
    `select strftime(as_of_date - interval '1' day, '%Y-%m') as billing_period, team, tier, billing_currency,
       cast(sum(counted_saving_cost) as decimal(38,12)) as counted_saving_cost,
       cast(sum(case when action in ('delete', 'stop') then counted_saving_cost else 0 end) as decimal(38,12))
         as idle_saving_cost
     from ${FINDING_HISTORY.name}
     where last_found_date = as_of_date
     group by all order by all`,
  );
  await engine.run(`drop view ${FINDING_HISTORY.name}`);
  return rows;
}

/** The month of the newest day that is known as of a day. */
export function toMonth(asOf: string): string {
  return addDays(asOf, -1).slice(0, 7);
}

/** Puts what this run leaves in the place of what a run of the same day left before. */
export async function writeFindingHistory(
  context: DayContext,
  findings: readonly TrackedFinding[],
): Promise<void> {
  const { engine, scratchFolder } = context;
  const columns = FINDING_HISTORY.columns.filter(({ name }) => name !== 'as_of_date');
  const types = Object.fromEntries(columns.map(({ name, type }) => [name, toDuckdbType(type)]));
  const rows = findings as unknown as RelationRow[];
  await createRelation(engine, scratchFolder, FINDING_HISTORY.name, types, rows);
  await storeVersion(context, FINDING_HISTORY, `select * from ${FINDING_HISTORY.name}`, listKeptDays);
  await engine.run(`drop table ${FINDING_HISTORY.name}`);
}

/** The day of the last run of each month. */
function listLastOfMonths(dates: readonly string[]): Map<string, string> {
  return new Map([...dates].sort().map((date) => [toMonth(date), date]));
}

/** Of the days of runs those whose rows are kept: the newest, and the last of each month. */
export function listKeptDays(dates: readonly string[]): Set<string> {
  const newest = [...dates].sort().at(-1) ?? '';
  const from = addDays(newest, -KEPT_DAYS);
  const lastOfMonths = listLastOfMonths(dates);
  return new Set(dates.filter((date) => date >= from || lastOfMonths.get(toMonth(date)) === date));
}
