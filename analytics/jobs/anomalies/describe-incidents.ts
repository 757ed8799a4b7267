import { judgeSeverity } from '../../alerts/rank.ts';
import type { Part } from '../../cause/attribute-excess.ts';
import { type Cause, chooseCauses, coreOf, sumExcess } from '../../cause/choose-causes.ts';
import { formatScaled } from '../../decimal-text.ts';
import { type Calendar, toDate, toDayNumber } from '../../forecast/calendar.ts';
import { type ChangeFacts, classifyChange } from '../../incident/describe-change.ts';
import { formIncidents } from '../../incident/form-incidents.ts';
import type { FoundIncident } from '../../incident/incident.ts';
import { listReturns } from '../../incident/recognize-return.ts';
import { pairTagChanges } from '../../incident/recognize-tag-change.ts';
import { ALLOCATION_DIMENSIONS } from '../../vocabulary.ts';
import type { StepContext } from '../step.ts';
import { assembleIncident, type Found } from './assemble-incident.ts';
import type { Departure } from './candidates.ts';
import {
  kindOf,
  mostOf,
  nameOwner,
  nameSeries,
  nextStepOf,
  reasonOf,
  stateCause,
  stateRest,
  titleOf,
} from './incident-words.ts';
import { withoutResets } from './is-allowance-reset.ts';
import { type ResourceQuestion, readFirstDays, readResources } from './read-facts.ts';
import { type LeafValues, readParts } from './read-leaves.ts';

/** What causes are told by, the most telling first. */
const CAUSE_NAMES = [
  'commitment_discount_id',
  'sku_meter',
  'service_name',
  'service',
  'environment',
  'sub_account_id',
  'region_id',
  'team',
] as const;
const PLACE_NAMES = ['sub_account_id', 'region_id', 'service_name', 'sku_meter'] as const;
/** Resources are asked for as long as an incident is fresh. */
const FRESH_DAYS = 45;
const CONFIRMED_RATIO = 0.5;
/** More than this, beyond what was expected, is more than a planned event explains. */
const PLANNED_RATIO = 1.5;
const AMOUNT_DIGITS = 6;

/** Incidents of the departures of all series, each with its causes; what needs nobody is left out. */
export async function describeIncidents(
  context: StepContext,
  departures: readonly Departure[],
  options: { isFirst: boolean; calendar: Calendar },
): Promise<FoundIncident[]> {
  const { engine, scratchFolder, configuration, asOf } = context;
  const attributed = await readParts(context, departures);
  const candidates = departures.flatMap((departure, index) => {
    const { parts, change } = attributed[index] ?? { parts: [], change: 0 };
    const candidate = toCandidate(departure, parts);
    return isWorthIt(candidate, change) ? [candidate] : [];
  });
  const groups = formIncidents(withoutResets(candidates));
  const leads = groups.map((group) => assembleIncident(group as [Found, ...Found[]]));
  const moved = pairTagChanges(leads);
  const hidden = new Set([...moved.values(), ...listReturns(leads)]);
  const shown = leads.filter((lead) => !hidden.has(lead) && !isPlanned(lead, options.calendar));
  const firstDays = await readFirstDays(engine);
  const causes = shown.map(({ parts }) => chooseCauses(parts, CAUSE_NAMES));
  const freshFrom = options.isFirst ? '' : toDate(toDayNumber(asOf) - FRESH_DAYS);
  const resources = await readResources(
    engine,
    scratchFolder,
    shown.flatMap((lead, index) => askResources(lead, causes[index]?.causes, index, freshFrom)),
  );

  return shown.map((lead, index): FoundIncident => {
    const { causes: main, rest } = causes[index] as NonNullable<(typeof causes)[number]>;
    const movedFrom = moved.get(lead);
    const described = main.map((cause, place) => {
      const facts: ChangeFacts = {
        isNew: findNew(cause, lead, firstDays),
        resources: resources.get(index * RESOURCE_CAUSES + place) ?? [],
        isCoverage: lead.family === 'coverage',
        ...(movedFrom === undefined ? {} : { movedFrom: nameOwner(movedFrom) }),
      };
      return { cause, facts, change: classifyChange(cause, facts) };
    });
    const stated = described.map(({ cause, facts, change }) => stateCause(cause, change, facts));
    if (rest.parts.length > 0) stated.push(stateRest(rest));
    const excess = sumExcess(lead.parts);
    const perDay = Number(excess) / 1e12 / lead.days;
    const { detection, bill } = lead.departure;
    const change = described[0]?.change ?? 'more_usage';
    const names = new Set(lead.members.map(({ departure }) => nameSeries(departure.bill)));
    const seriesCount = names.size;
    const dims = Object.fromEntries(
      [...ALLOCATION_DIMENSIONS, ...PLACE_NAMES].map((name) => [name, mostOf(coreOf(lead.parts), name)]),
    ) as Record<(typeof ALLOCATION_DIMENSIONS)[number] | (typeof PLACE_NAMES)[number], string>;
    const total = lead.parts.reduce((sum, part) => sum + part.expected, 0n);
    return {
      ...dims,
      cause_key: JSON.stringify([
        lead.family,
        lead.currency,
        lead.direction,
        described[0]?.cause.where ?? lead.seriesId,
      ]),
      series_id: lead.seriesId,
      kind: kindOf(lead, change),
      family: lead.family,
      direction: lead.direction,
      started_on: lead.from,
      ended_on: lead.isOpen ? null : lead.to,
      judged_on: lead.judgedOn,
      is_accepted: lead.isAccepted,
      excess_per_day_cost: perDay.toFixed(AMOUNT_DIGITS),
      excess_cost: formatScaled(excess),
      expected_cost: formatScaled(total),
      observed_cost: formatScaled(total + excess),
      billing_currency: lead.currency,
      confidence: Number(lead.confidence.toFixed(4)),
      severity: judgeSeverity(Math.abs(perDay), configuration.alerts.policy),
      title: titleOf(lead, perDay, stated[0]?.text ?? ''),
      reason: reasonOf(lead, stated, seriesCount),
      next_step: nextStepOf(change, described[0]?.facts),
      series_count: seriesCount,
      causes: JSON.stringify(stated),
      evidence: JSON.stringify({
        series_name: nameSeries(bill),
        unit: bill.kind === 'coverage' ? 'ratio' : lead.currency,
        score: Number(detection.score.toFixed(3)),
        is_early: detection.isEarly,
        also_in: [...names].filter((name) => name !== nameSeries(bill)),
        series: lead.evidence,
      }),
    };
  });
}

/** Causes of an incident that resources are asked for. */
const RESOURCE_CAUSES = 3;

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
    isSecondary: bill.kind === 'driver',
    parts,
  };
}

/** In its direction, and seen against the same weekdays before, too: a new mix of weekdays alone is no excess. */
function isWorthIt(candidate: Found, change: number): boolean {
  const excess = sumExcess(candidate.parts);
  if (candidate.parts.length === 0 || excess === 0n) return false;
  if (excess > 0n !== (candidate.direction === 'up')) return false;
  const { kind } = candidate.departure.bill;
  return kind === 'coverage' || kind === 'driver' || change / Number(excess) >= CONFIRMED_RATIO;
}

/** It came and went with a planned event, and is of a size that such an event may have. */
function isPlanned({ from, to, parts }: Found, { events }: Calendar): boolean {
  const expected = parts.reduce((sum, part) => sum + part.expected, 0n);
  if (Number(sumExcess(parts)) > PLANNED_RATIO * Number(expected)) return false;
  return events.some(
    ({ start, end }) =>
      Math.abs(toDayNumber(from) - toDayNumber(start)) <= 1 && toDayNumber(to) <= toDayNumber(end) + 1,
  );
}

function askResources(
  lead: Found,
  causes: readonly Cause<(typeof CAUSE_NAMES)[number]>[] = [],
  index: number,
  freshFrom: string,
): ResourceQuestion[] {
  if (lead.to < freshFrom || lead.family === 'coverage') return [];
  return causes.slice(0, RESOURCE_CAUSES).flatMap(({ parts }, place) => {
    const [part] = parts.length === 1 ? parts : [];
    if (part === undefined) return [];
    return [
      {
        no: index * RESOURCE_CAUSES + place,
        values: part.values as LeafValues,
        from: lead.from,
        to: lead.to,
      },
    ];
  });
}

function findNew(
  { where }: Cause<string>,
  { from }: Found,
  firstDays: Awaited<ReturnType<typeof readFirstDays>>,
): ChangeFacts['isNew'] {
  const isNew = (name: keyof typeof firstDays) => {
    const first = firstDays[name].get(where[name] ?? '');
    return first !== undefined && toDayNumber(first) >= toDayNumber(from) - 1;
  };
  return {
    region: isNew('region_id'),
    service: isNew('service_name'),
    account: isNew('sub_account_id'),
    usageType: isNew('sku_meter'),
  };
}
