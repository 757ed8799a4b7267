import type { DuckDBConnection } from '@duckdb/node-api';
import { dayAt, toDate, type Window } from './calendar.ts';
import { FREE_TIER } from './charges.ts';
import { FEE_ACCOUNTS, lapseOf } from './commitments.ts';
import { formatAmount, queryRows, quote } from './database.ts';
import { MARKETPLACE, SUBSCRIPTION } from './fees.ts';
import type { Incident, IncidentKind } from './incidents.ts';
import { PRODUCTS } from './meters.ts';
import { SERVICES } from './world.ts';

/** Where an incident shows and what it cost. `start` inclusive, `end` exclusive, null: it goes on. */
export type IncidentTruth = {
  id: string;
  kind: IncidentKind | 'commitment_lapse';
  description: string;
  start: string;
  end: string | null;
  days: number;
  service: string;
  team: string | null;
  sub_account_ids: string[];
  region_id: string;
  service_names: string[];
  usage_types: string[];
  /** Empty where AWS names none, or where there are many that come and go. */
  resource_ids: string[];
  /** More, or with a minus less, than without it; decimal text. */
  excess_list_cost: string;
  excess_contracted_cost: string;
};

/** Cost that has its reason. `dates` are the days on which it appears. */
export type BenignTruth = {
  id: string;
  kind: 'one_off_purchase' | 'month_start_fee' | 'tier_reset' | 'planned_event';
  description: string;
  service_names: string[];
  sub_account_ids: string[];
  dates: string[];
};

type Described = {
  no: number;
  accounts: string[];
  resources: string[] | null;
  service_names: string[];
  usage_types: string[];
  list: bigint;
  contracted: bigint;
  days: bigint;
};

/** What went wrong on purpose, and what it added (or took), on demand, at list and at contracted prices. */
export async function describeIncidents(
  connection: DuckDBConnection,
  schema: string,
  window: Window,
  incidents: readonly Incident[],
): Promise<IncidentTruth[]> {
  const described = (await describeUsage(connection, schema)).flatMap((row): IncidentTruth[] => {
    const incident = incidents[row.no];
    if (!incident || incident.isBenign) return [];
    return [
      {
        id: incident.id,
        kind: incident.kind,
        description: incident.description,
        start: toDate(Math.max(incident.start, window.start)),
        end: incident.end === null ? null : toDate(incident.end),
        days: Number(row.days),
        service: incident.service,
        team: SERVICES.find(({ name }) => name === incident.service)?.team ?? null,
        sub_account_ids: row.accounts,
        region_id: incident.region,
        service_names: row.service_names,
        usage_types: row.usage_types,
        resource_ids: row.resources ?? [],
        excess_list_cost: formatAmount(row.list),
        excess_contracted_cost: formatAmount(row.contracted),
      },
    ];
  });
  return [...described, ...(await describeLapse(connection, schema, window))];
}

async function describeUsage(connection: DuckDBConnection, schema: string): Promise<Described[]> {
  const cost = (sku: string, price: string, quantity: string) =>
    `((${sku}.${price}::hugeint * u.${quantity} + 500000) // 1000000)`;
  const excess = (price: string) =>
    `sum(${cost('k', price, 'quantity_micro')} - ${cost('n', price, 'usual_micro')})::hugeint`;
  return await queryRows<Described>(
    connection,
    `
    select u.incident_no as no, list_sort(list(distinct u.account_id)) as accounts, count(distinct u.day) as days,
      list_sort(list(distinct s.resource_id) filter (s.resource_id is not null and s.slot is null)) as resources,
      list_sort(list(distinct k.service_name)) as service_names, list_sort(list(distinct k.usage_type)) as usage_types,
      ${excess('list_price_e10')} as list, ${excess('contracted_price_e10')} as contracted
    from ${schema}.usage u
    join ${schema}.sku k on k.sku_no = u.sku_no
    join ${schema}.sku n on n.sku_no = u.usual_sku_no
    join ${schema}.stream s on s.stream_no = u.stream_no
    where u.incident_no is not null group by u.incident_no order by u.incident_no`,
  );
}

/** The days between two Savings Plans: what the ended one would have covered was paid on demand. */
async function describeLapse(
  connection: DuckDBConnection,
  schema: string,
  window: Window,
): Promise<IncidentTruth[]> {
  const lapse = lapseOf(window);
  const [row] = await queryRows<{
    list: bigint | null;
    accounts: string[] | null;
    types: string[] | null;
    excess: bigint | null;
  }>(
    connection,
    `
    with ended as (
      select commitment_no, sum(effective_e10) filter (kind = 'covered') as paid,
        sum(list_e10) filter (kind = 'covered') as list
      from ${schema}.charge where start_day >= ${lapse.start - 7} and start_day < ${lapse.start}
        and commitment_no in (select commitment_no from ${schema}.commitment where type = 'Savings Plan')
      group by commitment_no
    )
    select list_sort(list(distinct c.account_id)) as accounts, list_sort(list(distinct k.usage_type)) as types,
      (select (sum(list - paid) * ${lapse.end - lapse.start} // 7)::hugeint from ended) as excess
    from ${schema}.charge c join ${schema}.sku k on k.sku_no = c.sku_no
    where c.kind = 'usage' and k.usage_type like '%BoxUsage:%' and c.start_day >= ${lapse.start} and c.start_day < ${lapse.end}`,
  );
  if (lapse.start < window.start + 7 || !row?.accounts || row.excess === null) return [];
  const excess = formatAmount(row.excess);
  return [
    {
      id: 'savings-plan-lapse',
      kind: 'commitment_lapse',
      description: 'A Savings Plan ended, and the next one began nine days later.',
      start: toDate(lapse.start),
      end: toDate(lapse.end),
      days: lapse.end - lapse.start,
      service: '',
      team: null,
      sub_account_ids: row.accounts,
      region_id: 'us-east-1',
      service_names: [PRODUCTS.ec2.name],
      usage_types: row.types ?? [],
      resource_ids: [],
      excess_list_cost: '0',
      excess_contracted_cost: excess,
    },
  ];
}

/** What looks like an incident: bought once, charged on the first of the month, free until the allowance is used, planned. */
export async function describeBenign(
  connection: DuckDBConnection,
  schema: string,
  window: Window,
  incidents: readonly Incident[],
): Promise<BenignTruth[]> {
  const tiers = await queryRows<{ account_id: string; day: number }>(
    connection,
    `
    select c.account_id, min(c.start_day) as day from ${schema}.charge c join ${schema}.sku k on k.sku_no = c.sku_no
    where k.meter = ${quote(FREE_TIER.meter)} and c.kind = 'usage' group by c.account_id, c.period_no order by day`,
  );
  const market = { service_names: [PRODUCTS.market.name], sub_account_ids: [FEE_ACCOUNTS.marketplace] };
  const bought = dayAt(window, MARKETPLACE.monthsAgo, MARKETPLACE.dayOfMonth);
  const planned = incidents.filter(({ isBenign }) => isBenign);
  const usage = planned.length === 0 ? [] : await describeUsage(connection, schema);
  const events = planned.flatMap((incident): BenignTruth[] => {
    const row = usage.find(({ no }) => incidents[no] === incident);
    if (!row) return [];
    const days = Array.from(
      { length: (incident.end ?? window.end) - incident.start },
      (_, index) => incident.start + index,
    );
    return [
      {
        id: incident.id,
        kind: 'planned_event',
        description: incident.description,
        service_names: row.service_names,
        sub_account_ids: row.accounts,
        dates: days.map(toDate),
      },
    ];
  });
  return [
    {
      id: 'log-insights-bought',
      kind: 'one_off_purchase' as const,
      description: 'Seats of a marketplace product were bought for a year.',
      ...market,
      dates: bought >= window.start ? [toDate(bought)] : [],
    },
    {
      id: 'log-insights-fee',
      kind: 'month_start_fee' as const,
      description: SUBSCRIPTION.note,
      ...market,
      dates: window.months.map(({ start }) => toDate(start)),
    },
    {
      id: 'free-terabyte',
      kind: 'tier_reset' as const,
      description: 'The first terabyte of a month costs nothing; the dates are when it was used up.',
      service_names: [PRODUCTS.cloudfront.name],
      sub_account_ids: [...new Set(tiers.map(({ account_id }) => account_id))],
      dates: tiers.map(({ day }) => toDate(day)),
    },
    ...events,
  ].filter(({ dates }) => dates.length > 0);
}
