import { isWeekend, toDate, type Window, weekday } from './calendar.ts';
import { createRandom } from './random.ts';
import { volumeFactor } from './signals.ts';
import { type LoadName, SERVICES, TEAMS, type TeamName } from './world.ts';

const DAYS_A_MONTH = 30.4375;

type Growth = {
  base: number;
  monthly: number;
  weekdays: readonly number[];
  yearly: number;
  peak: number;
  noise: number;
};

/** Daily volume at the window's start, growth a month, weight of Sunday to Saturday, yearly swing, Black Friday's extra. */
const LOADS: Record<Exclude<LoadName, 'batch' | 'steady'>, Growth> = {
  orders: {
    base: 42_000,
    monthly: 0.035,
    weekdays: [1.04, 0.96, 0.95, 0.96, 1, 1.06, 1.1],
    yearly: 0.04,
    peak: 0.55,
    noise: 0.02,
  },
  requests: {
    base: 1,
    monthly: 0.015,
    weekdays: [0.9, 1.04, 1.05, 1.04, 1.03, 1, 0.94],
    yearly: 0.02,
    peak: 0.25,
    noise: 0.015,
  },
  active_users: {
    base: 380_000,
    monthly: 0.009,
    weekdays: [0.93, 1.03, 1.04, 1.03, 1.02, 1, 0.95],
    yearly: 0.01,
    peak: 0.1,
    noise: 0.01,
  },
  tenants: { base: 480, monthly: 0.016, weekdays: [1, 1, 1, 1, 1, 1, 1], yearly: 0, peak: 0, noise: 0 },
};

/** Requests a day at the window's start, of the services whose cost they explain. */
const REQUESTS: Record<string, number> = {
  'web-frontend': 9_400_000,
  catalog: 5_100_000,
  search: 4_200_000,
  'payments-api': 950_000,
};
export const REQUEST_SERVICES = Object.keys(REQUESTS);

/** A line of drivers.csv. */
export type DriverVolume = {
  date: string;
  driver: string;
  volume: number;
  unit: string;
  team: string;
  service: string;
  environment: string;
  cost_center: string;
};

export type Loads = {
  /** How much a service has to do on a day, 1 at the window's start. */
  factor(load: LoadName, service: string, day: number): number;
};

export function createLoads(seed: number, window: Window): Loads {
  const series = new Map<string, Float64Array>();
  const known = (load: keyof typeof LOADS, service: string) => {
    const key = load === 'requests' ? `${load}/${service}` : load;
    const found = series.get(key);
    if (found) return found;
    const created = createSeries(seed, key, LOADS[load], window);
    series.set(key, created);
    return created;
  };
  return {
    factor(load, service, day) {
      if (load === 'steady') return 1;
      if (load === 'batch') return isWeekend(day) ? 0.3 : 1;
      return known(load, service)[day - window.start] ?? 1;
    },
  };
}

/** Daily volumes of every driver, up to the window's end: a business knows its volumes on the day after. */
export function listDriverVolumes(loads: Loads, window: Window): DriverVolume[] {
  const rows: DriverVolume[] = [];
  for (let day = window.start; day < window.end; day++) {
    const add = (driver: string, unit: string, volume: number, service = '', team = '') => {
      const costCenter = team ? TEAMS[team as TeamName].costCenter : '';
      const environment = service ? 'prod' : '';
      rows.push({
        date: toDate(day),
        driver,
        volume: Math.round(volume * volumeFactor(window, driver, day)),
        unit,
        team,
        service,
        environment,
        cost_center: costCenter,
      });
    };
    add(
      'orders',
      'order',
      LOADS.orders.base * loads.factor('orders', 'checkout', day),
      'checkout',
      'storefront',
    );
    add(
      'active_users',
      'user-day',
      LOADS.active_users.base * loads.factor('active_users', 'login', day),
      '',
      'identity',
    );
    add('tenants', 'tenant-day', LOADS.tenants.base * loads.factor('tenants', 'ledger', day));
    for (const service of SERVICES) {
      const base = REQUESTS[service.name];
      if (base === undefined) continue;
      add(
        'requests',
        'request',
        base * loads.factor(service.load, service.name, day),
        service.name,
        service.team,
      );
    }
  }
  return rows;
}

/** Months between two days, as a fraction. */
export function monthsBetween(from: number, to: number): number {
  return (to - from) / DAYS_A_MONTH;
}

function createSeries(seed: number, key: string, growth: Growth, window: Window): Float64Array {
  const random = createRandom(seed, 'load', key);
  const phase = (random.unit() - 0.5) * 20;
  return Float64Array.from({ length: window.end - window.start }, (_, index) => {
    const day = window.start + index;
    const trend = (1 + growth.monthly) ** monthsBetween(window.start, day);
    const season = 1 + growth.yearly * Math.cos((2 * Math.PI * (dayOfYear(day) - 345 - phase)) / 365);
    const noise = 1 + growth.noise * (random.unit() + random.unit() - 1);
    const peak = isBlackFriday(day) ? 1 + growth.peak : 1;
    return trend * season * noise * peak * (growth.weekdays[weekday(day)] ?? 1);
  });
}

/** The Friday after the fourth Thursday of November, to Monday. */
export function isBlackFriday(day: number): boolean {
  return [0, 1, 2, 3].some((after) => {
    const date = toDate(day - after);
    const dayOfMonth = Number(date.slice(8));
    return date.slice(5, 7) === '11' && weekday(day - after) === 5 && dayOfMonth >= 23 && dayOfMonth <= 29;
  });
}

function dayOfYear(day: number): number {
  return day - Math.round(Date.UTC(Number(toDate(day).slice(0, 4)), 0, 1) / 86_400_000);
}
