import type { DuckDBConnection } from '@duckdb/node-api';
import { toDate, type Window } from './calendar.ts';
import { lapseOf, type Reservation, type SavingsPlan } from './commitments.ts';
import { formatAmount, queryRows } from './database.ts';
import { REQUEST_SERVICES } from './drivers.ts';
import type { Delivery } from './export-tree.ts';
import type { BenignTruth, IncidentTruth } from './incident-truth.ts';
import type { Organisation } from './resources.ts';
import type { SignalTruth } from './signals.ts';
import { KEY_VARIANTS, VALUE_VARIANTS } from './tags.ts';
import { ACCOUNTS, SERVICES, TEAMS } from './world.ts';

/** Decimal text. */
export type Costs = {
  rows: number;
  billed_cost: string;
  effective_cost: string;
  list_cost: string;
  contracted_cost: string;
};

export type PeriodTruth = Costs & {
  billing_period: string;
  is_final: boolean;
  by_charge_category: Record<string, Costs>;
  /** Newest last; only the last one counts. */
  deliveries: Delivery[];
};

export type PlantedWaste = {
  detector: string;
  resource_id: string;
  sub_account_id: string;
  service: string;
  environment: string;
  /** Of 30 days, as far as it is simple: what is metered on demand of it by the share that goes away. */
  expected_saving_cost: string | null;
};

export type LookAlike = { kind: string; resource_id: string };

export type Truth = {
  note: string;
  seed: number;
  as_of: string;
  first_day: string;
  totals: Costs;
  zero_row_ratio: number;
  periods: PeriodTruth[];
  restated: { billing_period: string; early: Costs; final: Costs } | null;
  stale_file: string | null;
  incidents: IncidentTruth[];
  /** Volumes and loads that departed from the usual without costing more. */
  signals: SignalTruth[];
  /** Cost that looks like an incident and is none. */
  benign: BenignTruth[];
  commitment_lapse: { start: string; end: string } | null;
  launches: object[];
  shutdowns: object[];
  commitments: object[];
  waste: PlantedWaste[];
  look_alikes: LookAlike[];
  /** Findings that are right or wrong as one sees it; `*` is every detector. */
  debatable: { detector: string; resource_id: string }[];
  unit_cost_trends: { driver: string; trend: string; services: string[] }[];
  misspellings: { tag_keys: object; tag_values: object };
  accounts: object[];
  teams: object[];
  services: object[];
};

const CATEGORY = `case when kind in ('usage', 'covered', 'unused', 'free', 'refund') then 'Usage' when kind = 'tax' then 'Tax'
  when kind = 'credit' then 'Credit' else 'Purchase' end`;
const SUMS = ['billed', 'effective', 'list', 'contracted']
  .map((name) => `sum(${name}_e10)::hugeint as ${name}`)
  .join(', ');

type SumRow = { rows: bigint; billed: bigint; effective: bigint; list: bigint; contracted: bigint };

/** Row count and exact sums of lines. */
export async function sumLines(connection: DuckDBConnection, relation: string): Promise<Costs> {
  const [row] = await queryRows<SumRow>(connection, `select count(*) as rows, ${SUMS} from ${relation}`);
  return toCosts(row);
}

/** Exact sums by billing period and charge category. */
export async function sumPeriods(
  connection: DuckDBConnection,
  schema: string,
): Promise<{ billingPeriod: string; costs: Costs; byCategory: Record<string, Costs> }[]> {
  const rows = await queryRows<SumRow & { billing_period: string; category: string | null }>(
    connection,
    `
    select p.billing_period, ${CATEGORY} as category, count(*) as rows, ${SUMS}
    from ${schema}.line c join ${schema}.period p on p.period_no = c.period_no
    group by grouping sets ((p.billing_period), (p.billing_period, ${CATEGORY})) order by all`,
  );
  const periods = [...new Set(rows.map(({ billing_period }) => billing_period))];
  return periods.map((billingPeriod) => {
    const own = rows.filter((row) => row.billing_period === billingPeriod);
    const byCategory = own.flatMap((row) =>
      row.category === null ? [] : [[row.category, toCosts(row)] as const],
    );
    return {
      billingPeriod,
      costs: toCosts(own.find(({ category }) => category === null)),
      byCategory: Object.fromEntries(byCategory),
    };
  });
}

/** What does not depend on amounts. */
export function describeWorld(
  window: Window,
  organisation: Organisation,
  plans: readonly SavingsPlan[],
  reservations: readonly Reservation[],
): Pick<
  Truth,
  | 'commitment_lapse'
  | 'launches'
  | 'shutdowns'
  | 'commitments'
  | 'unit_cost_trends'
  | 'misspellings'
  | 'accounts'
  | 'teams'
  | 'services'
> {
  const lapse = lapseOf(window);
  const present = SERVICES.filter((service) =>
    organisation.streams.some((stream) => stream.service === service),
  );
  const lives = (key: 'launchedMonthsAgo' | 'endedMonthsAgo') =>
    present.flatMap((service) => {
      const day = window.months.find(({ monthsAgo }) => monthsAgo === service[key])?.start;
      return day === undefined ? [] : [{ service: service.name, team: service.team, date: toDate(day) }];
    });
  const regional = organisation.streams.find(
    ({ region, start }) => region === 'eu-west-1' && start > window.start,
  );
  const launchedRegion = regional
    ? [
        {
          service: regional.service.name,
          team: regional.service.team,
          region_id: regional.region,
          date: toDate(regional.start),
        },
      ]
    : [];
  return {
    commitment_lapse:
      lapse.start > window.start ? { start: toDate(lapse.start), end: toDate(lapse.end) } : null,
    launches: [...lives('launchedMonthsAgo'), ...launchedRegion],
    shutdowns: lives('endedMonthsAgo'),
    commitments: [
      ...plans.map((plan) => ({ ...plan, kind: 'Savings Plan', payment: 'no upfront' })),
      ...reservations.map((one) => ({ ...one, kind: 'Reservation', payment: 'all upfront' })),
    ].map(({ id, name, kind, payment, start, end }) => ({
      id,
      name,
      kind,
      payment,
      start: toDate(start),
      end: toDate(end),
    })),
    unit_cost_trends: [
      { driver: 'orders', trend: 'falling', services: ['checkout'] },
      { driver: 'requests', trend: 'stable', services: REQUEST_SERVICES },
      { driver: 'active_users', trend: 'rising', services: ['login', 'profiles'] },
    ].filter(({ services }) => services.every((name) => present.some((service) => service.name === name))),
    misspellings: { tag_keys: KEY_VARIANTS, tag_values: VALUE_VARIANTS },
    accounts: Object.values(ACCOUNTS),
    teams: Object.entries(TEAMS).map(([team, { costCenter, owner }]) => ({
      team,
      cost_center: costCenter,
      owner,
    })),
    services: present.map(({ name, team, tier, accounts }) => ({ name, team, tier, accounts })),
  };
}

function toCosts(row: SumRow | undefined): Costs {
  const amount = (value: bigint | null | undefined) => formatAmount(value ?? 0n);
  return {
    rows: Number(row?.rows ?? 0n),
    billed_cost: amount(row?.billed),
    effective_cost: amount(row?.effective),
    list_cost: amount(row?.list),
    contracted_cost: amount(row?.contracted),
  };
}
