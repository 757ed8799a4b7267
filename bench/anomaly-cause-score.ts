import type { FoundIncident, StatedCause } from '../analytics/incident/incident.ts';
import type { IncidentTruth } from '../demo/incident-truth.ts';
import type { SignalTruth } from '../demo/signals.ts';
import type { Truth } from '../demo/truth.ts';

export type CauseScore = {
  planted: number;
  tooSmall: number;
  found: number;
  rightCause: number;
  /** Rows that tell a planted incident that was found. */
  alerts: number;
  lookAlikesAlerted: number;
  falseCount: number;
  months: number;
};

const HISTORY_DAYS = 28;
const LEAST_PER_DAY = 5;
/** A leak or a drop shows some days after it began; a detection may set its start a little before. */
const EARLY_DAYS = 5;
const LATE_DAYS = 10;
const MONTH_DAYS = 30.4;
/** So many usage types are all that follows a load. */
const MANY_TYPES = 4;

/** Compares what was found with what was planted. */
export function judgeCauses(
  truth: Truth,
  incidents: readonly FoundIncident[],
  asOf: string,
): CauseScore & { details: string[] } {
  const details: string[] = [];
  const from = addDays(truth.first_day, HISTORY_DAYS);
  const known = truth.incidents.filter(({ start }) => start >= from);
  const planted = known.filter((each) => isLarge(each));
  const explained = new Set<FoundIncident>();
  let [found, rightCause, alerts] = [0, 0, 0];
  for (const incident of known) {
    const told = incidents.filter((each) => tells(each, incident, asOf));
    for (const each of told) explained.add(each);
    if (!planted.includes(incident)) continue;
    const right = told.filter((each) => hasRightCause(each, incident));
    if (told.length > 0) found += 1;
    if (right.length > 0) rightCause += 1;
    alerts += told.length;
    details.push(
      `${incident.id}: ${told.length} rows, ${right.length} right ${told.map(({ title, started_on }) => `[${started_on} ${title}]`).join(' ')}`,
    );
  }
  for (const signal of truth.signals.filter(({ start }) => start >= from)) {
    const told = incidents.filter((each) => tellsSignal(each, signal, asOf));
    for (const each of told) explained.add(each);
    found += Math.min(1, told.length);
    rightCause += Math.min(1, told.length);
    alerts += told.length;
    details.push(`${signal.id}: ${told.length} rows ${told.map(({ title }) => `[${title}]`).join(' ')}`);
  }
  const signals = truth.signals.filter(({ start }) => start >= from).length;
  const launches = [...truth.launches, ...truth.shutdowns] as { service: string; date: string }[];
  const lookAlikes = truth.benign.filter((benign) =>
    incidents.some((each) => {
      const isLike =
        !explained.has(each) &&
        benign.dates.includes(each.started_on) &&
        benign.service_names.includes(each.service_name) &&
        benign.sub_account_ids.includes(each.sub_account_id);
      if (isLike) details.push(`LOOK-ALIKE ${benign.id}: ${each.started_on} ${each.title}`);
      return isLike;
    }),
  );
  const wrong = incidents.filter(
    (each) =>
      !explained.has(each) &&
      each.started_on >= from &&
      !launches.some(
        ({ service, date }) =>
          Math.abs(daysBetween(date, each.started_on)) <= EARLY_DAYS && each.causes.includes(`"${service}"`),
      ),
  );
  for (const { started_on, ended_on, title } of wrong)
    details.push(`FALSE ${started_on} to ${ended_on}: ${title}`);
  return {
    planted: planted.length + signals,
    tooSmall: known.length - planted.length,
    found,
    rightCause,
    alerts,
    lookAlikesAlerted: lookAlikes.length,
    falseCount: wrong.length,
    months: daysBetween(from, asOf) / MONTH_DAYS,
    details,
  };
}

export function addScores(scores: readonly CauseScore[]): CauseScore {
  const sum = (name: keyof CauseScore) => scores.reduce((total, score) => total + score[name], 0);
  return {
    planted: sum('planted'),
    tooSmall: sum('tooSmall'),
    found: sum('found'),
    rightCause: sum('rightCause'),
    alerts: sum('alerts'),
    lookAlikesAlerted: sum('lookAlikesAlerted'),
    falseCount: sum('falseCount'),
    months: sum('months'),
  };
}

function isLarge({ excess_contracted_cost, days }: IncidentTruth): boolean {
  return Math.abs(Number(excess_contracted_cost)) >= LEAST_PER_DAY * days;
}

/** At its time, in its direction, and in its part of the bill. */
function tells(found: FoundIncident, incident: IncidentTruth, asOf: string): boolean {
  const isUp = Number(incident.excess_contracted_cost) > 0;
  if ((found.direction === 'up') !== isUp) return false;
  const last = addDays(incident.end ?? asOf, LATE_DAYS);
  if (found.started_on < addDays(incident.start, -EARLY_DAYS) || found.started_on > last) return false;
  if (incident.kind === 'commitment_lapse') return found.family === 'coverage';
  return (
    found.family === 'cost' &&
    (JSON.parse(found.causes) as StatedCause[]).some(({ where }) => isPlace(where, incident))
  );
}

/** At its time, and of the driver, or of the service's databases, that was planted. */
function tellsSignal(found: FoundIncident, signal: SignalTruth, asOf: string): boolean {
  const last = addDays(signal.end ?? asOf, LATE_DAYS);
  if (found.kind !== signal.kind || found.started_on < addDays(signal.start, -EARLY_DAYS)) return false;
  const isPlace =
    signal.driver === '' ? found.service === signal.service : found.title.includes(signal.driver);
  return found.started_on <= last && isPlace;
}

function hasRightCause(found: FoundIncident, incident: IncidentTruth): boolean {
  const [largest] = JSON.parse(found.causes) as StatedCause[];
  if (largest === undefined) return false;
  return incident.kind === 'commitment_lapse'
    ? largest.where.commitment_discount_id !== undefined
    : isPlace(largest.where, incident);
}

function isPlace(where: StatedCause['where'], incident: IncidentTruth): boolean {
  const isOwner = where.service === incident.service || where.service?.startsWith('(') === true;
  const isType =
    where.sku_meter === undefined
      ? incident.usage_types.length >= MANY_TYPES
      : incident.usage_types.includes(where.sku_meter);
  const isAccount =
    where.sub_account_id === undefined || incident.sub_account_ids.includes(where.sub_account_id);
  return isOwner && isType && isAccount && where.region_id === incident.region_id;
}

const DAY_MILLISECONDS = 86_400_000;

function addDays(date: string, days: number): string {
  return new Date(Date.parse(date) + days * DAY_MILLISECONDS).toISOString().slice(0, 10);
}

function daysBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / DAY_MILLISECONDS;
}
