import type { Part } from '../../cause/attribute-excess.ts';
import { type Cause, chooseCauses, sumExcess } from '../../cause/choose-causes.ts';
import { type Calendar, toDate, toDayNumber } from '../../forecast/calendar.ts';
import { formIncidents } from '../../incident/form-incidents.ts';
import type { FoundIncident } from '../../incident/incident.ts';
import { listReturns } from '../../incident/recognize-return.ts';
import { pairTagChanges } from '../../incident/recognize-tag-change.ts';
import type { StepContext } from '../step.ts';
import { type Assembled, assembleIncident, type Found } from './assemble-incident.ts';
import type { Departure, EarlyDay } from './candidates.ts';
import { CAUSE_NAMES, describeCost } from './describe-cost.ts';
import { describeSignals } from './describe-signals.ts';
import { nameOwner } from './incident-words.ts';
import { withoutResets } from './is-allowance-reset.ts';
import { isPlannedSpan } from './is-planned.ts';
import { meetSignals } from './meet-signals.ts';
import { type ResourceQuestion, readFirstDays, readResources } from './read-facts.ts';
import { readFreeUse } from './read-free-use.ts';
import { isShort, readHourParts } from './read-hours.ts';
import { type LeafValues, readParts } from './read-leaves.ts';
import type { FoundSignal } from './signals.ts';

/** Resources are asked for as long as an incident is fresh. */
const FRESH_DAYS = 45;
const CONFIRMED_RATIO = 0.5;
/** Causes of an incident whose resources, and use at no cost, are asked for. */
const ASKED_CAUSES = 3;

/** `joined`: what would be an incident of its own, and is told with one that costs something instead. */
export type DescribedIncidents = { found: FoundIncident[]; joined: FoundIncident[] };

/** Incidents of the departures of all series, each with its causes; what needs nobody is left out. */
export async function describeIncidents(
  context: StepContext,
  given: { days: readonly Departure[]; hours: readonly Departure[]; signals: readonly FoundSignal[] },
  options: { isFirst: boolean; calendar: Calendar; early: readonly EarlyDay[] },
): Promise<DescribedIncidents> {
  const { engine, scratchFolder, configuration, asOf } = context;
  const departures = [...given.days, ...given.hours];
  const attributed = [
    ...(await readParts(context, given.days, options.early)),
    ...(await readHourParts(context, given.hours)),
  ];
  const candidates = departures.flatMap((departure, index) => {
    const { parts, change } = attributed[index] ?? { parts: [] };
    const candidate = toCandidate(departure, parts);
    return isWorthIt(candidate, change) ? [candidate] : [];
  });
  const news = await withoutResets(engine, scratchFolder, candidates);
  const leastPerDay = configuration.anomalies.minimum_cost_per_day * 1e12;
  const leads = formIncidents(news, leastPerDay).map(assembleIncident);
  const moved = pairTagChanges(leads);
  const long = leads.filter(({ departure }) => departure.bill.kind === 'hours' && !isShort(departure));
  const hidden = new Set([...moved.values(), ...listReturns(leads), ...long]);
  const shown = leads.filter((lead) => !hidden.has(lead) && !isPlanned(lead, options.calendar));
  const firstDays = await readFirstDays(engine);
  const causes = shown.map(({ parts }) => chooseCauses(parts, CAUSE_NAMES));
  const freshFrom = options.isFirst ? '' : toDate(toDayNumber(asOf) - FRESH_DAYS);
  const asked = shown.flatMap((lead, index) => askParts(lead, causes[index]?.causes, index));
  const resources = await readResources(
    engine,
    scratchFolder,
    asked.filter(({ to }) => to >= freshFrom),
  );
  const uses = await readFreeUse(engine, scratchFolder, asked);
  const met = await meetSignals(engine, shown, given.signals, options.calendar);

  const found = shown.flatMap((lead, index) => {
    if (met.absorbed.has(lead)) return [];
    const movedFrom = moved.get(lead);
    return [
      describeCost(lead, causes[index] as NonNullable<(typeof causes)[number]>, {
        ...(movedFrom === undefined ? {} : { movedFrom: nameOwner(movedFrom) }),
        firstDays,
        resourcesOf: (place) => resources.get(index * ASKED_CAUSES + place) ?? [],
        useOf: (place) => uses.get(index * ASKED_CAUSES + place),
        signals: met.byLead.get(lead) ?? [],
        policy: configuration.alerts.policy,
      }),
    ];
  });
  return {
    found: [...found, ...met.alone.map(({ group, unitCostRatio }) => describeSignals(group, unitCostRatio))],
    joined: [...met.byLead.values()].flatMap((meetings) =>
      meetings.map(({ group }) => describeSignals(group)),
    ),
  };
}

function toCandidate(departure: Departure, parts: Part<LeafValues>[]): Found {
  const { bill, detection, from, to } = departure;
  const isCoverage = bill.kind === 'coverage';
  return {
    departure,
    seriesId: bill.series.id,
    currency: bill.currency,
    family: isCoverage ? 'coverage' : 'cost',
    direction: isCoverage ? 'up' : detection.direction,
    from,
    to,
    score: detection.score,
    isSecondary: bill.kind === 'unit_cost' || bill.kind === 'hours',
    isAccepted: detection.state === 'accepted',
    parts,
  };
}

/** In its direction, and seen against the same weekdays before, too: a new mix of weekdays alone is no excess. */
function isWorthIt(candidate: Found, change?: number): boolean {
  const excess = sumExcess(candidate.parts);
  if (candidate.parts.length === 0 || excess === 0n) return false;
  if (excess > 0n !== (candidate.direction === 'up')) return false;
  const { kind } = candidate.departure.bill;
  const isOfDays = kind !== 'coverage' && kind !== 'unit_cost' && change !== undefined;
  return !isOfDays || change / Number(excess) >= CONFIRMED_RATIO;
}

function isPlanned({ from, to, parts }: Assembled, { events }: Calendar): boolean {
  const expected = parts.reduce((sum, part) => sum + part.expected, 0n);
  const excess = sumExcess(parts);
  const excessRatio = expected === 0n ? (excess > 0n ? Infinity : -1) : Number(excess) / Number(expected);
  return isPlannedSpan({ from, to, excessRatio }, events);
}

function askParts(
  lead: Found,
  causes: readonly Cause<(typeof CAUSE_NAMES)[number]>[] = [],
  index: number,
): ResourceQuestion[] {
  if (lead.family === 'coverage') return [];
  return causes.slice(0, ASKED_CAUSES).flatMap(({ parts }, place) => {
    const [part] = parts.length === 1 ? parts : [];
    if (part === undefined) return [];
    return [
      {
        no: index * ASKED_CAUSES + place,
        values: part.values as LeafValues,
        from: lead.from,
        to: lead.to,
      },
    ];
  });
}
