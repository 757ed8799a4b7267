import { isWeekend, type Window } from './calendar.ts';
import { type Loads, monthsBetween } from './drivers.ts';
import type { Incident, IncidentKind } from './incidents.ts';
import type { MeterName } from './meters.ts';
import type { Shape } from './parts.ts';
import { createRandom } from './random.ts';
import type { Environment, Service } from './world.ts';

/** How one metered usage of a service moves from day to day. */
export type Series = {
  seriesNo: number;
  service: Service;
  environment: Environment;
  region: string;
  meter: MeterName;
  shape: Shape;
};

/** Millionths, whole numbers: the factor as planned, what an incident adds, and the share of the day that machines run. */
export type Activity = {
  seriesNo: number;
  day: number;
  factorPpm: number;
  extraPpm: number;
  hoursPpm: number;
  incidentNo: number | null;
};

const PPM = 1_000_000;
const STORAGE_MONTHLY_GROWTH = 0.012;
const WORKDAY_HOURS_PPM = Math.round((11 / 24) * PPM);
/** Development machines that nobody switches off. */
const ALWAYS_ON_RATIO = 0.15;

export function* listActivity(
  seed: number,
  window: Window,
  series: readonly Series[],
  loads: Loads,
  incidents: readonly Incident[],
): Generator<Activity> {
  for (const one of series) {
    const random = createRandom(seed, 'series', one.service.name, one.environment, one.region, one.meter);
    const isAlwaysOn = one.environment !== 'dev' || random.unit() < ALWAYS_ON_RATIO;
    const concerned = incidents
      .map((incident, incidentNo) => ({ incident, incidentNo }))
      .filter(({ incident }) => concerns(incident, one));
    for (let day = window.start; day < window.end; day++) {
      const wobble = 0.01 * (random.unit() - 0.5);
      const factor = one.shape === 'fixed' ? 1 : plannedFactor(one, loads, window, day) * (1 + wobble);
      const hit = concerned.find(
        ({ incident }) => day >= incident.start && day < (incident.end ?? window.end),
      );
      const added = hit ? addedFactor(hit.incident, day, factor) : 0;
      yield {
        seriesNo: one.seriesNo,
        day,
        factorPpm: isForeign(one) ? 0 : Math.round(factor * PPM),
        extraPpm: Math.round(added * PPM),
        hoursPpm: hoursPpm(isAlwaysOn, day),
        incidentNo: hit?.incidentNo ?? null,
      };
    }
  }
}

function plannedFactor(
  { service, shape, environment }: Series,
  loads: Loads,
  window: Window,
  day: number,
): number {
  const months = monthsBetween(window.start, day);
  if (shape === 'steady' || shape === 'foreign') return 1;
  if (shape === 'storage') return (1 + STORAGE_MONTHLY_GROWTH + service.monthlyDrift) ** months;
  const drift = (1 + service.monthlyDrift) ** months;
  if (environment !== 'prod' && environment !== 'sandbox') return drift * (isWeekend(day) ? 0.5 : 1);
  return loads.factor(service.load, service.name, day) ** service.elasticity * drift;
}

function addedFactor({ kind, multiplier, start }: Incident, day: number, factor: number): number {
  return FOREIGN_KINDS.includes(kind) ? multiplier(day - start) : factor * (multiplier(day - start) - 1);
}

function hoursPpm(isAlwaysOn: boolean, day: number): number {
  if (isAlwaysOn) return PPM;
  return isWeekend(day) ? 0 : WORKDAY_HOURS_PPM;
}

/** Usage that exists only because of an incident. */
const FOREIGN_KINDS: IncidentKind[] = ['new_region', 'new_service', 'new_account'];

function isForeign({ shape }: Series): boolean {
  return shape === 'foreign';
}

function concerns(incident: Incident, { service, environment, region, meter, shape }: Series): boolean {
  if (incident.service !== service.name || incident.region !== region) return false;
  if (incident.kind === 'price_change') return false;
  if (FOREIGN_KINDS.includes(incident.kind) !== (shape === 'foreign')) return false;
  if (environment !== 'prod' && environment !== 'sandbox') return false;
  return incident.meters.length > 0 ? incident.meters.includes(meter) : shape === 'load' || shape === 'fleet';
}
