import type { Engine } from '../../engine/duckdb.ts';
import { createRelation } from '../../engine/relation.ts';
import { toDate, toDayNumber } from '../../forecast/calendar.ts';
import type { ResourceQuestion } from './read-facts.ts';

/** Units a day: those of a part of the bill that cost something, and those of its place that cost nothing. */
type Units = { paid: number; free: number };

/** What was used on the days in question, and in the week before; `paidThen` on the same day of the month before. */
export type FreeUse = { now: Units; before: Units; paidThen: number };

const BEFORE_DAYS = 7;
/** Of the units that are no longer charged (or are charged now), so many are free now (or were free before). */
const EXCHANGED_RATIO = 0.5;

/** The same is used as before, and costs nothing now. */
export function isFreed({ now, before }: FreeUse): boolean {
  const gone = before.paid - now.paid;
  return gone > 0 && now.free - before.free >= EXCHANGED_RATIO * gone;
}

/** The same is used as before, when it cost nothing. */
export function wasFree({ now, before, paidThen }: FreeUse): boolean {
  return isFreed({ now: before, before: now, paidThen });
}

const COLUMNS = {
  no: 'INTEGER',
  sub_account_id: 'VARCHAR',
  region_id: 'VARCHAR',
  service_name: 'VARCHAR',
  sku_meter: 'VARCHAR',
  consumed_unit: 'VARCHAR',
  team: 'VARCHAR',
  service: 'VARCHAR',
  environment: 'VARCHAR',
  before_date: 'DATE',
  from_date: 'DATE',
  to_date: 'DATE',
  then_date: 'DATE',
};

/**
 * Units with and without a price, by question. Free ones may have a meter of their own: they count in whatever meter of
 * the same AWS service, place, owner and unit.
 */
export async function readFreeUse(
  engine: Engine,
  scratchFolder: string,
  questions: readonly ResourceQuestion[],
): Promise<Map<number, FreeUse>> {
  if (questions.length === 0) return new Map();
  const rows = questions.map(({ no, values, from, to }) => {
    const { sub_account_id, region_id, service_name, sku_meter } = values;
    const { consumed_unit, team, service, environment } = values;
    return {
      ...{
        no,
        sub_account_id,
        region_id,
        service_name,
        sku_meter,
        consumed_unit,
        team,
        service,
        environment,
      },
      before_date: toDate(toDayNumber(from) - BEFORE_DAYS),
      from_date: from,
      to_date: to,
      then_date: sameDayOfMonthBefore(from),
    };
  });
  await createRelation(engine, scratchFolder, 'anomaly_use_questions', COLUMNS, rows);
  const isNow = 'd.charge_date >= q.from_date';
  const isBefore = 'd.charge_date >= q.before_date and d.charge_date < q.from_date';
  const isThen = 'd.charge_date = q.then_date';
  const isPaid = "d.contracted_cost <> 0 and coalesce(d.sku_meter, '(none)') = q.sku_meter";
  const units = (condition: string) =>
    `cast(sum(case when ${condition} then coalesce(d.consumed_quantity, 0) else 0 end) as double)`;
  const answers = await engine.query(
    `select q.no, ${units(`${isNow} and ${isPaid}`)} as paid_now, ${units(`${isBefore} and ${isPaid}`)} as paid_before,
       ${units(`${isThen} and ${isPaid}`)} as paid_then,
       ${units(`${isNow} and d.contracted_cost = 0`)} as free_now,
       ${units(`${isBefore} and d.contracted_cost = 0`)} as free_before
     from anomaly_use_questions as q
     join daily_cost as d
       on d.sub_account_id = q.sub_account_id and d.region_id = q.region_id and d.service_name = q.service_name
       and coalesce(d.consumed_unit, '') = q.consumed_unit and d.team = q.team and d.service = q.service
       and d.environment = q.environment
       and (d.charge_date between q.before_date and q.to_date or d.charge_date = q.then_date)
     where d.charge_category = 'Usage' and not d.is_spread
     group by q.no order by q.no`,
  );
  await engine.run('drop table anomaly_use_questions');
  const found = new Map(answers.map((row) => [Number(row.no), row]));
  return new Map(
    questions.flatMap(({ no, from, to }): [number, FreeUse][] => {
      const row = found.get(no);
      if (row === undefined) return [];
      const days = toDayNumber(to) - toDayNumber(from) + 1;
      const now = { paid: Number(row.paid_now) / days, free: Number(row.free_now) / days };
      const before = {
        paid: Number(row.paid_before) / BEFORE_DAYS,
        free: Number(row.free_before) / BEFORE_DAYS,
      };
      return [[no, { now, before, paidThen: Number(row.paid_then) }]];
    }),
  );
}

/** Of a month without that day, its last one. */
export function sameDayOfMonthBefore(date: string): string {
  const lastBefore = toDate(toDayNumber(`${date.slice(0, 7)}-01`) - 1);
  const same = `${lastBefore.slice(0, 7)}-${date.slice(8)}`;
  return same < lastBefore ? same : lastBefore;
}
