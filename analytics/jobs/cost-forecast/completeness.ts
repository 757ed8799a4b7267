import { type Engine, quoteName, quoteText } from '../../engine/duckdb.ts';
import { createLakeView } from '../../engine/lake-view.ts';
import type { Completeness } from '../../forecast/landing-draft.ts';
import { groupBy } from '../../group-by.ts';
import { openTable } from '../../lake/delta-table.ts';
import { COST_DAYS_SEEN } from '../../lake/forecast-tables.ts';
import type { ObjectStore } from '../../lake/object-store.ts';
import type { TableSchema } from '../../lake/table-schema.ts';
import { LATE_DAYS } from '../months.ts';

/** With fewer earlier looks at a day of an age, what is seen of it says nothing. */
const MINIMUM_LOOKS = 5;
const SHORTEST_SPREAD = 0.01;

/**
 * How much of a day's cost is seen how soon, the newest day first, from what earlier runs saw of days that are complete now;
 * empty while too few runs are known.
 */
export async function readCompleteness(
  engine: Engine,
  store: ObjectStore,
  asOf: string,
): Promise<Completeness[]> {
  await viewLakeTable(engine, store, COST_DAYS_SEEN);
  const rows = await engine.query(
    `with final as (
       select charge_date, billing_currency, cast(sum(list_cost) as double) as list_cost
       from cost_series where forecast_kind = 'usage' group by charge_date, billing_currency
     )
     select date_diff('day', s.charge_date, s.as_of_date) as age_days, count(*) as look_count,
       avg(s.list_cost / f.list_cost) as share_ratio, coalesce(stddev_samp(s.list_cost / f.list_cost), 0) as spread
     from ${quoteName(COST_DAYS_SEEN.name)} as s
     join final as f on f.charge_date = s.charge_date and f.billing_currency = s.billing_currency
     where s.as_of_date < date ${quoteText(asOf)}
       and s.charge_date < date ${quoteText(asOf)} - interval '${LATE_DAYS + 1}' day
       and f.list_cost > 0 and s.list_cost > 0
     group by age_days having count(*) >= ${MINIMUM_LOOKS} order by age_days`,
  );
  const known = rows.slice(0, LATE_DAYS).map((row) => ({
    shareRatio: Number(row.share_ratio),
    spreadRatio: Math.max(SHORTEST_SPREAD, Number(row.spread) / Number(row.share_ratio)),
  }));
  return known.length === LATE_DAYS ? known : [];
}

/** Makes a view of a lake table, under another name if asked. */
export async function viewLakeTable(
  engine: Engine,
  store: ObjectStore,
  schema: TableSchema,
  name = schema.name,
): Promise<void> {
  const table = openTable(store, schema);
  const { files } = await table.snapshot();
  const [column = ''] = schema.partitionBy;
  const partitions = await Promise.all(
    [...groupBy(files, (file) => file.partition[column] ?? '')].map(async ([value, members]) => ({
      values: { [column]: value },
      paths: await store.localPaths(members.map((file) => table.dataKey(file))),
    })),
  );
  await createLakeView(engine, { ...schema, name }, partitions);
}
