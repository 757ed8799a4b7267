import type { DuckDBConnection } from '@duckdb/node-api';
import { createMonth, type Window } from './calendar.ts';
import { queryRows } from './database.ts';
import type { DriverVolume } from './drivers.ts';
import { createRandom } from './random.ts';
import { ACCOUNTS, TEAMS, type TeamName } from './world.ts';

/** A line of budgets.csv. */
export type Budget = {
  version: string;
  month: string;
  cost_center: string;
  team: string;
  service: string;
  environment: string;
  tier: string;
  owner: string;
  amount: number;
  currency: string;
  driver: string;
  planned_volume: number | '';
};

/** Services with a flexible budget, and the driver that it flexes with. */
const DRIVER_BUDGETS: Record<string, string> = {
  checkout: 'orders',
  search: 'requests',
  login: 'active_users',
};
const DRIVER_SCOPES: Record<string, Partial<DriverVolume>> = {
  orders: {},
  requests: { service: 'search' },
  active_users: {},
};
/** A plan misses what comes by up to this share. */
const LARGEST_MISS_RATIO = 0.06;
/** What allocation calls the cost centre of cost that has none. */
const UNALLOCATED = '(unallocated)';
const MONTHS_FOR_A_TREND = 4;
/** The plan expected a little less business than there was. */
const PLANNED_VOLUME_RATIO = 0.99;

type Spend = {
  periodNo: number;
  team: string;
  service: string;
  kind: 'direct' | 'proportional' | 'even' | 'cluster';
  dollars: number;
};

/**
 * Smooth plans beside what was really spent: each team, in some teams a service whose cost a driver explains, and a
 * reserve for what no team owns. From the window's first month to the end of the newest month's fiscal year.
 */
export async function createBudgets(
  connection: DuckDBConnection,
  schema: string,
  seed: number,
  window: Window,
  volumes: readonly DriverVolume[],
): Promise<Budget[]> {
  const known = window.months.filter(({ end }) => end <= window.end).length;
  const spend = distribute(await listSpend(connection, schema), volumes, window);
  const plans = [...spend]
    .sort(([a], [b]) => compare(a, b))
    .map(([scope, dollars]) => {
      const [team = '', service = ''] = scope.split('/');
      const miss = (createRandom(seed, 'plan', scope).unit() * 2 - 1) * LARGEST_MISS_RATIO;
      const trend = fitTrend(dollars.slice(0, known));
      return { team, service, amountAt: (index: number) => roundPlan(trend(index) * (1 + miss)) };
    });
  const volumeTrends = new Map(
    Object.values(DRIVER_BUDGETS).map((driver) => [
      driver,
      fitTrend(monthlyVolumes(volumes, driver, window).slice(0, known)),
    ]),
  );
  return planMonths(window).flatMap((month, index) => {
    const sum = (list: typeof plans) => list.reduce((total, { amountAt }) => total + amountAt(index), 0);
    const budgets = [createBudget(month, '', '', sum(plans.filter(({ team }) => team === '')))];
    for (const team of Object.keys(TEAMS)) {
      const own = plans.filter((plan) => plan.team === team);
      if (own.length === 0) continue;
      budgets.push(createBudget(month, team, '', sum(own)));
      for (const { service, amountAt } of own.filter((plan) => plan.service !== '')) {
        const driver = DRIVER_BUDGETS[service] ?? '';
        const volume = roundPlan((volumeTrends.get(driver)?.(index) ?? 0) * PLANNED_VOLUME_RATIO);
        budgets.push({
          ...createBudget(month, team, service, amountAt(index)),
          driver,
          planned_volume: Math.max(1, volume),
        });
      }
    }
    return budgets;
  });
}

/** A line without a driver; a team's holds the services' inside it. Without a team: what is not allocated. */
export function createBudget(month: string, team: string, service: string, amount: number): Budget {
  const costCenter = team ? TEAMS[team as TeamName].costCenter : UNALLOCATED;
  return {
    version: 'original',
    month,
    cost_center: costCenter,
    team,
    service,
    environment: '',
    tier: '',
    owner: '',
    amount,
    currency: 'USD',
    driver: '',
    planned_volume: '',
  };
}

/** Effective cost as the configuration will see it, before shared costs are split. Dollars as a double: a plan is rounded. */
async function listSpend(connection: DuckDBConnection, schema: string): Promise<Spend[]> {
  return await queryRows<Spend>(
    connection,
    `
    select c.period_no as "periodNo",
      coalesce(case when c.start_day >= s.tags_fixed_day then s.team_later else s.team_first end,
        case c.kind when 'marketplace' then 'data' end, '') as team,
      case when s.true_service in (${Object.keys(DRIVER_BUDGETS)
        .map((name) => `'${name}'`)
        .join(', ')}) and c.kind <> 'refund'
        then s.true_service else '' end as service,
      case when c.kind in ('support', 'tax') then 'proportional' when c.account_id = '${ACCOUNTS.security.id}' then 'even'
        when c.account_id = '${ACCOUNTS.shared.id}' then 'cluster' else 'direct' end as kind,
      (sum(c.effective_e10) / 1e10)::double as dollars
    from ${schema}.line c left join ${schema}.stream s on s.stream_no = c.stream_no
    group by all order by all`,
  );
}

/** Dollars by scope (`team/service`, `team/`, `/`) and month, shared costs split roughly as the configuration says. */
function distribute(
  spend: readonly Spend[],
  volumes: readonly DriverVolume[],
  window: Window,
): Map<string, number[]> {
  const scopes = new Map<string, number[]>();
  const add = (team: string, service: string, periodNo: number, dollars: number) => {
    const key = team in TEAMS ? `${team}/${service}` : '/';
    const months = scopes.get(key) ?? window.months.map(() => 0);
    months[periodNo] = (months[periodNo] ?? 0) + dollars;
    scopes.set(key, months);
  };
  const teams = Object.keys(TEAMS);
  for (const [periodNo, month] of window.months.entries()) {
    const rows = spend.filter((row) => row.periodNo === periodNo);
    const direct = rows.filter(({ kind }) => kind === 'direct');
    const total = (list: readonly Spend[]) => list.reduce((sum, { dollars }) => sum + dollars, 0);
    const requests = volumes.filter(
      ({ driver, date }) => driver === 'requests' && date.startsWith(month.billingPeriod),
    );
    const allRequests = requests.reduce((sum, { volume }) => sum + volume, 0);
    for (const row of direct) add(row.team, row.service, periodNo, row.dollars);
    for (const row of rows.filter(({ kind }) => kind !== 'direct')) {
      for (const team of teams) {
        const share = {
          direct: 0,
          proportional: total(direct.filter((one) => one.team === team)) / total(direct),
          even: 1 / teams.length,
          cluster:
            requests.filter((one) => one.team === team).reduce((sum, { volume }) => sum + volume, 0) /
            (allRequests || 1),
        }[row.kind];
        add(team, '', periodNo, row.dollars * share);
      }
    }
  }
  return scopes;
}

function planMonths(window: Window): string[] {
  const newest = window.months.at(-1)?.billingPeriod ?? '';
  const rest = 12 - Number(newest.slice(5));
  const later = Array.from(
    { length: rest },
    (_, index) => createMonth(`${newest}-01`, -1 - index).billingPeriod,
  );
  return [...window.months.map(({ billingPeriod }) => billingPeriod), ...later];
}

function monthlyVolumes(volumes: readonly DriverVolume[], driver: string, window: Window): number[] {
  const scope = Object.entries(DRIVER_SCOPES[driver] ?? {});
  return window.months.map(({ billingPeriod }) =>
    volumes
      .filter((row) => row.driver === driver && row.date.startsWith(billingPeriod))
      .filter((row) => scope.every(([key, value]) => row[key as keyof DriverVolume] === value))
      .reduce((sum, { volume }) => sum + volume, 0),
  );
}

/** The straight line through monthly values, or their mean when they are few; never below a tenth of the mean. */
function fitTrend(values: readonly number[]): (index: number) => number {
  const mean = values.reduce((sum, value) => sum + value, 0) / (values.length || 1);
  if (values.length < MONTHS_FOR_A_TREND) return () => mean;
  const middle = (values.length - 1) / 2;
  const spread = values.reduce((sum, _, index) => sum + (index - middle) ** 2, 0);
  const slope = values.reduce((sum, value, index) => sum + (index - middle) * (value - mean), 0) / spread;
  return (index) => Math.max(mean + slope * (index - middle), mean / 10);
}

/** Two or three significant digits, as people plan. */
function roundPlan(value: number): number {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, value))) - 2);
  return Math.round(value / step) * step;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
