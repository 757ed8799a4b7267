import { parseScaled } from '../../decimal-text.ts';
import type { Engine } from '../../engine/duckdb.ts';
import { createRelation } from '../../engine/relation.ts';
import { toDate, toDayNumber } from '../../forecast/calendar.ts';
import { groupBy } from '../../group-by.ts';
import type { LeafValues } from './read-leaves.ts';

/** Names whose first day tells whether something is new. */
const NAMES = ['region_id', 'service_name', 'sub_account_id', 'sku_meter'] as const;

export type FirstDays = Record<(typeof NAMES)[number], ReadonlyMap<string, string>>;

/** The first day, `YYYY-MM-DD`, on which each region, AWS service, account and usage type was used, be it at no cost. */
export async function readFirstDays(engine: Engine): Promise<FirstDays> {
  const parts = await Promise.all(
    NAMES.map(async (name) => {
      const rows = await engine.query(
        `select ${name} as value, min(charge_date) as first_date from anomaly_leaves where cost > 0 or quantity > 0 group by ${name}`,
      );
      return [name, new Map(rows.map((row) => [String(row.value), String(row.first_date)]))] as const;
    }),
  );
  return Object.fromEntries(parts) as unknown as FirstDays;
}

/** A part of the bill whose resources are asked for. Days are included. */
export type ResourceQuestion = { no: number; values: LeafValues; from: string; to: string };
/** What a resource costs beyond what it did; amount in 10^-12. */
export type ResourceExcess = { resource_id: string; amount: bigint; is_new: boolean };

const BASE_DAYS = 28;
/** A resource that was not used for so long is new: longer than what comes once a month is away. */
const NEW_AFTER_DAYS = 62;
const WEEK_DAYS = 7;
const COLUMNS = {
  no: 'INTEGER',
  sub_account_id: 'VARCHAR',
  region_id: 'VARCHAR',
  service_name: 'VARCHAR',
  sku_meter: 'VARCHAR',
  service: 'VARCHAR',
  environment: 'VARCHAR',
  first_date: 'DATE',
  base_from: 'DATE',
  from_date: 'DATE',
  to_date: 'DATE',
  base_ratio: 'DOUBLE',
  is_week: 'BOOLEAN',
};
const MOST_RESOURCES = 3;

/**
 * The resources that changed most, by question: what they cost less what they cost before in as many days; of less than a
 * week, on the same weekdays.
 */
export async function readResources(
  engine: Engine,
  scratchFolder: string,
  questions: readonly ResourceQuestion[],
): Promise<Map<number, ResourceExcess[]>> {
  if (questions.length === 0) return new Map();
  const rows = questions.map(({ no, values, from, to }) => {
    const first = toDayNumber(from);
    const days = toDayNumber(to) - first + 1;
    const isWeek = days >= WEEK_DAYS;
    const { sub_account_id, region_id, service_name, sku_meter, service, environment } = values;
    return {
      ...{ no, sub_account_id, region_id, service_name, sku_meter, service, environment },
      first_date: toDate(first - NEW_AFTER_DAYS),
      base_from: toDate(first - BASE_DAYS),
      from_date: from,
      to_date: to,
      base_ratio: isWeek ? days / BASE_DAYS : WEEK_DAYS / BASE_DAYS,
      is_week: isWeek,
    };
  });
  await createRelation(engine, scratchFolder, 'anomaly_questions', COLUMNS, rows);
  const isBase = `d.charge_date >= q.base_from and d.charge_date < q.from_date and (q.is_week
    or (7 - date_diff('day', d.charge_date, q.from_date) % 7) % 7 <= date_diff('day', q.from_date, q.to_date))`;
  const answers = await engine.query(
    `select no, resource_id, cast(amount as decimal(38,12)) as amount, not was_used as is_new
     from (
       select q.no, d.resource_id,
         sum(case when d.charge_date >= q.from_date then d.contracted_cost else 0 end)
           - round(sum(case when ${isBase} then d.contracted_cost else 0 end)
             * cast(any_value(q.base_ratio) as decimal(18,9)), 6) as amount,
         bool_or(d.charge_date < q.from_date) as was_used
       from anomaly_questions as q
       join daily_cost as d
         on d.sub_account_id = q.sub_account_id and d.region_id = q.region_id and d.service_name = q.service_name
         and coalesce(d.sku_meter, '(none)') = q.sku_meter and d.service = q.service and d.environment = q.environment
         and d.charge_date between q.first_date and q.to_date
       where d.charge_category = 'Usage' and d.resource_id is not null and d.resource_id <> ''
         and coalesce(d.commitment_discount_status, '') <> 'Unused'
       group by q.no, d.resource_id
     ) as summed
     qualify row_number() over (partition by no order by abs(amount) desc, resource_id) <= ${MOST_RESOURCES}
     order by no, abs(amount) desc, resource_id`,
  );
  await engine.run('drop table anomaly_questions');
  const byQuestion = groupBy(answers, ({ no }) => String(no));
  return new Map(
    [...byQuestion].map(([no, found]) => [
      Number(no),
      found.map((row) => ({
        resource_id: String(row.resource_id),
        amount: parseScaled(String(row.amount)),
        is_new: row.is_new === true,
      })),
    ]),
  );
}
