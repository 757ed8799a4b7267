import { attributeExcess, type Leaf, type Part } from '../../cause/attribute-excess.ts';
import { OTHER } from '../../cause/choose-causes.ts';
import { parseScaled } from '../../decimal-text.ts';
import { quoteText } from '../../engine/duckdb.ts';
import { createRelation } from '../../engine/relation.ts';
import { toDate, toDayNumber } from '../../forecast/calendar.ts';
import { groupBy } from '../../group-by.ts';
import type { Place } from '../../incident/form-incidents.ts';
import { ALLOCATION_DIMENSIONS } from '../../vocabulary.ts';
import type { StepContext } from '../step.ts';
import type { Departure, EarlyDay } from './candidates.ts';
import { SERIES_COLUMNS, SERIES_KINDS } from './read-series.ts';

/** A part of the bill with who owns it; `commitment_discount_id` where that is what the part is about. */
export type LeafValues = Place & {
  consumed_unit: string;
  tier: string;
  cost_center: string;
  owner: string;
  commitment_discount_id: string;
};

export const PLACE = [
  'sub_account_id',
  'region_id',
  'service_name',
  'sku_meter',
  'consumed_unit',
  'team',
  'service',
  'environment',
  'tier',
  'cost_center',
  'owner',
] as const;

const WINDOW_COLUMNS = {
  no: 'INTEGER',
  series_kind: 'VARCHAR',
  billing_currency: 'VARCHAR',
  ...Object.fromEntries(SERIES_COLUMNS.map((name) => [name, 'VARCHAR'])),
  base_from: 'DATE',
  from_date: 'DATE',
  to_date: 'DATE',
  base_ratio: 'DOUBLE',
  is_week: 'BOOLEAN',
};

/** By what a series of a kind takes its part of the leaves. */
const JOINS: Record<(typeof SERIES_KINDS)[number], readonly (typeof SERIES_COLUMNS)[number][]> = {
  group: ['service', 'environment', 'team'],
  service_name: ['service_name'],
  sub_account: ['sub_account_id'],
  usage_type: ['service_name', 'sku_meter'],
};

const BASE_DAYS = 28;
const WEEK_DAYS = 7;
/** Smaller ones are one part together. */
const LEAVES_OF_A_DEPARTURE = 60;
/** What an estimate of an amount is rounded to. */
export const ESTIMATE_DIGITS = 6;
const SHARE_DIGITS = 9;

/** `change`: what was charged less what the same weekdays of the four weeks before were, in 10^-12; only of days. */
export type AttributedDeparture = { parts: Part<LeafValues>[]; change?: number };

/**
 * The excess of each departure by part of the bill: to the last digit, what was charged less what was expected; on early
 * days what is charged over the share of them that is seen.
 */
export async function readParts(
  context: StepContext,
  departures: readonly Departure[],
  early: readonly EarlyDay[] = [],
): Promise<AttributedDeparture[]> {
  const { engine, scratchFolder } = context;
  await createRelation(
    engine,
    scratchFolder,
    'anomaly_windows',
    WINDOW_COLUMNS,
    departures.map(({ bill, from, to }, no) => {
      const [first, last] = [toDayNumber(from), toDayNumber(to)];
      const days = last - first + 1;
      const isWeek = days >= WEEK_DAYS;
      return {
        no,
        series_kind: bill.kind,
        billing_currency: bill.currency,
        ...bill.scope,
        base_from: toDate(first - BASE_DAYS),
        from_date: from,
        to_date: to,
        base_ratio: isWeek ? days / BASE_DAYS : days / (days * (BASE_DAYS / WEEK_DAYS)),
        is_week: isWeek,
      };
    }),
  );
  const rows = [
    ...(await engine.query(
      [...SERIES_KINDS, 'unit_cost' as const].map((kind) => leavesOf(kind, early)).join(' union all '),
    )),
    ...(await engine.query(COVERAGE_SQL)),
  ];
  await engine.run('drop table anomaly_windows');
  const byDeparture = groupBy(rows, ({ no }) => String(no));
  return departures.map((departure, no) => {
    const own = byDeparture.get(String(no)) ?? [];
    const leaves = own.map(toLeaf);
    const ratio = Number(own[0]?.base_ratio ?? 1);
    const sum = (name: 'cost' | 'baseCost') => leaves.reduce((total, leaf) => total + Number(leaf[name]), 0);
    const change = sum('cost') - ratio * sum('baseCost');
    const parts =
      departure.bill.kind === 'coverage'
        ? attributeLoss(leaves, ratio)
        : attributeExcess(leaves, parseScaled(departure.expected.toFixed(ESTIMATE_DIGITS)));
    return { parts, change };
  });
}

/** A commitment saved less than before: the difference is what it cost more. */
function attributeLoss(leaves: readonly Leaf<LeafValues>[], ratio: number): Part<LeafValues>[] {
  return leaves.map((leaf) => {
    const expected = parseScaled(((Number(leaf.baseCost) / 1e12) * ratio).toFixed(ESTIMATE_DIGITS));
    const excess = expected - leaf.cost;
    return { ...leaf, expected, excess, quantityExcess: 0n, priceExcess: excess };
  });
}

/** A part of the bill as the engine reads it. */
export function toLeaf(row: Record<string, unknown>): Leaf<LeafValues> {
  const values = Object.fromEntries(
    [...PLACE, 'commitment_discount_id'].map((name) => [name, String(row[name] ?? '')]),
  ) as LeafValues;
  return {
    key: JSON.stringify(Object.values(values)),
    values,
    cost: parseScaled(String(row.cost)),
    quantity: values.service_name === OTHER ? 0 : Number(row.quantity),
    baseCost: parseScaled(String(row.base_cost)),
    baseQuantity: Number(row.base_quantity),
  };
}

function leavesOf(kind: (typeof SERIES_KINDS)[number] | 'unit_cost', early: readonly EarlyDay[]): string {
  const join =
    kind === 'unit_cost'
      ? ALLOCATION_DIMENSIONS.map((name) => `l.${name} = o.${name}`).join(' and ')
      : JOINS[kind].map((name) => `l.${name} = w.${name}`).join(' and ');
  const owners = kind === 'unit_cost' ? 'join anomaly_driver_owners as o on o.driver = w.driver' : '';
  const isNow = 'l.charge_date >= w.from_date';
  const isBase = `l.charge_date < w.from_date and (w.is_week
    or (7 - date_diff('day', l.charge_date, w.from_date) % 7) % 7 <= date_diff('day', w.from_date, w.to_date))`;
  const sum = (name: string, condition: string) => `sum(case when ${condition} then l.${name} else 0 end)`;
  const sumNow = (name: string) => {
    const whens = early.map(({ date, shareRatio }) => {
      const factor = `cast(${(1 / shareRatio).toFixed(SHARE_DIGITS)} as decimal(18,${SHARE_DIGITS}))`;
      return `when l.charge_date = date ${quoteText(date)} then cast(l.${name} * ${factor} as decimal(38,12))`;
    });
    return `sum(case when not (${isNow}) then 0 ${whens.join(' ')} else l.${name} end)`;
  };
  return `select no, any_value(base_ratio) as base_ratio, ${PLACE.map((name) => `case when place <= ${LEAVES_OF_A_DEPARTURE} then ${name} else '${OTHER}' end as ${name}`).join(', ')},
      '' as commitment_discount_id, sum(cost) as cost, cast(sum(quantity) as double) as quantity,
      sum(base_cost) as base_cost, cast(sum(base_quantity) as double) as base_quantity
    from (
      select *, row_number() over (partition by no order by abs(cast(cost as double) - base_ratio * cast(base_cost as double)) desc, ${PLACE.join(', ')}) as place
      from (
        select w.no, any_value(w.base_ratio) as base_ratio, ${PLACE.map((name) => `l.${name}`).join(', ')},
          ${sumNow('cost')} as cost, ${sumNow('quantity')} as quantity,
          ${sum('cost', isBase)} as base_cost, ${sum('quantity', isBase)} as base_quantity
        from anomaly_windows as w
        ${owners}
        join anomaly_leaves as l on l.billing_currency = w.billing_currency and ${join}
          and l.charge_date between w.base_from and w.to_date
        where w.series_kind = '${kind}'
        group by w.no, ${PLACE.map((name) => `l.${name}`).join(', ')}
      ) as summed
    ) as ranked
    group by all`;
}

const COVERAGE_SQL = `
  select w.no, any_value(w.base_ratio) as base_ratio, c.commitment_discount_id, 'compute' as service_name,
    sum(case when c.charge_date >= w.from_date then c.saved_cost else 0 end) as cost, 0 as quantity,
    sum(case when c.charge_date < w.from_date and (w.is_week
      or (7 - date_diff('day', c.charge_date, w.from_date) % 7) % 7 <= date_diff('day', w.from_date, w.to_date))
      then c.saved_cost else 0 end) as base_cost, 0 as base_quantity
  from anomaly_windows as w
  join anomaly_coverage as c on c.billing_currency = w.billing_currency and c.commitment_discount_id <> ''
    and c.charge_date between w.base_from and w.to_date
  where w.series_kind = 'coverage'
  group by w.no, c.commitment_discount_id`;
