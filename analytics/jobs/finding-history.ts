import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { quoteName } from '../engine/duckdb.ts';
import { createLakeView } from '../engine/lake-view.ts';
import { createRelation, type RelationRow } from '../engine/relation.ts';
import type { DataFile } from '../lake/delta-files.ts';
import { openTable } from '../lake/delta-table.ts';
import { toDuckdbType } from '../lake/table-schema.ts';
import { FINDING_HISTORY, type TrackedFinding } from '../waste/finding-history.ts';
import { toDate } from './months.ts';
import type { StepContext } from './step.ts';

/** How long what a run left is kept for runs as of an earlier day; of older months the last run is kept. */
const KEPT_DAYS = 62;
const DAY_MILLISECONDS = 86_400_000;

type HistoryContext = Pick<StepContext, 'engine' | 'store' | 'scratchFolder' | 'asOf'>;

/** What the newest run before this one's day left; what this day's run left when it ran before does not count. */
export async function readFindingHistory({ engine, store, asOf }: HistoryContext): Promise<TrackedFinding[]> {
  const table = openTable(store, FINDING_HISTORY);
  const { files } = await table.snapshot();
  const date = listDates(files)
    .filter((each) => each < asOf)
    .at(-1);
  if (date === undefined) return [];
  const ofDate = files.filter((file) => file.partition.as_of_date === date);
  const paths = await store.localPaths(ofDate.map((file) => table.dataKey(file)));
  await createLakeView(engine, FINDING_HISTORY, [{ values: { as_of_date: date }, paths }]);
  const columns = FINDING_HISTORY.columns.filter(({ name }) => name !== 'as_of_date');
  const rows = await engine.query(
    `select ${columns.map(({ name }) => quoteName(name)).join(', ')} from ${FINDING_HISTORY.name}`,
  );
  await engine.run(`drop view ${FINDING_HISTORY.name}`);
  return rows as unknown as TrackedFinding[];
}

/** What counted findings of a month would have saved, as of its last run, in columns of `waste_months`. */
export async function readMonthlySavings({
  engine,
  store,
  asOf,
}: HistoryContext): Promise<Record<string, unknown>[]> {
  const table = openTable(store, FINDING_HISTORY);
  const { files } = await table.snapshot();
  const running = toMonth(asOf);
  const lastOfMonths = listLastOfMonths(listDates(files).filter((date) => toMonth(date) < running));
  const partitions = await Promise.all(
    files
      .filter(({ partition }) => [...lastOfMonths.values()].includes(partition.as_of_date ?? ''))
      .map(async (file) => ({
        values: file.partition,
        paths: await store.localPaths([table.dataKey(file)]),
      })),
  );
  await createLakeView(engine, FINDING_HISTORY, partitions);
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
  return toDate(Date.parse(asOf) - DAY_MILLISECONDS).slice(0, 7);
}

/** Puts what this run leaves in the place of what a run of the same day left before. */
export async function writeFindingHistory(
  { engine, store, scratchFolder, asOf }: HistoryContext,
  findings: readonly TrackedFinding[],
): Promise<void> {
  const table = openTable(store, FINDING_HISTORY);
  const partition = { as_of_date: asOf };
  const added = findings.length === 0 ? [] : [await writeFile()];
  await table.commit((snapshot) => {
    const dates = listDates(snapshot.files);
    if (added.length === 0 && !dates.includes(asOf)) return undefined;
    const kept = listKept([...dates, asOf]);
    return {
      add: added,
      remove: ({ partition: { as_of_date } }) => as_of_date === asOf || !kept.has(as_of_date ?? ''),
      info: { operation: 'REPLACE DAY', as_of_date: asOf },
    };
  });

  async function writeFile(): Promise<DataFile> {
    const columns = FINDING_HISTORY.columns.filter(({ name }) => name !== 'as_of_date');
    const types = Object.fromEntries(columns.map(({ name, type }) => [name, toDuckdbType(type)]));
    await createRelation(
      engine,
      scratchFolder,
      FINDING_HISTORY.name,
      types,
      findings as unknown as RelationRow[],
    );
    const local = join(scratchFolder, `finding-history-${randomUUID()}.parquet`);
    const written = await engine.copy(`select * from ${FINDING_HISTORY.name} order by finding_id`, local);
    await engine.run(`drop table ${FINDING_HISTORY.name}`);
    const path = table.newPath(partition);
    await store.writeFile(table.dataKey({ path }), local);
    return { path, partition, ...written };
  }
}

function listDates(files: readonly DataFile[]): string[] {
  return [...new Set(files.map(({ partition }) => partition.as_of_date ?? ''))].sort();
}

/** The day of the last run of each month. */
function listLastOfMonths(dates: readonly string[]): Map<string, string> {
  return new Map([...dates].sort().map((date) => [toMonth(date), date]));
}

function listKept(dates: readonly string[]): Set<string> {
  const newest = [...dates].sort().at(-1) ?? '';
  const from = toDate(Date.parse(newest) - KEPT_DAYS * DAY_MILLISECONDS);
  const lastOfMonths = listLastOfMonths(dates);
  return new Set(dates.filter((date) => date >= from || lastOfMonths.get(toMonth(date)) === date));
}
