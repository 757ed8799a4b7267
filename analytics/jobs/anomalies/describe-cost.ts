import { judgeSeverity } from '../../alerts/rank.ts';
import type { Cause, Causes } from '../../cause/choose-causes.ts';
import { coreOf, sumExcess } from '../../cause/choose-causes.ts';
import type { AlertPolicySettings } from '../../configuration/alerts-schema.ts';
import { formatScaled } from '../../decimal-text.ts';
import { toDayNumber } from '../../forecast/calendar.ts';
import { type ChangeFacts, classifyChange } from '../../incident/describe-change.ts';
import type { FoundIncident } from '../../incident/incident.ts';
import { ALLOCATION_DIMENSIONS } from '../../vocabulary.ts';
import type { Assembled } from './assemble-incident.ts';
import { titleOfSignal } from './describe-signals.ts';
import { findLargestOwner } from './find-largest-owner.ts';
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
import type { MetSignals } from './meet-signals.ts';
import type { FirstDays, ResourceExcess } from './read-facts.ts';
import { type FreeUse, wasFree } from './read-free-use.ts';

/** What causes are told by, the most telling first. */
export const CAUSE_NAMES = [
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
const AMOUNT_DIGITS = 6;
/** What stands where a service has no regions. */
const NO_REGIONS: ReadonlySet<string> = new Set(['', 'global', '(none)']);

/** What is known of an incident beside its amounts. */
export type CostFacts = {
  /** The owner whose cost it was before. */
  movedFrom?: string;
  firstDays: FirstDays;
  /** By the number of the cause. */
  resourcesOf(place: number): readonly ResourceExcess[];
  useOf(place: number): FreeUse | undefined;
  /** Volumes and utilizations that departed with it. */
  signals: readonly MetSignals[];
  policy: AlertPolicySettings;
};

/** An incident of cost, unit cost or commitment coverage, with its causes. */
export function describeCost(
  lead: Assembled,
  { causes: main, rest }: Causes<(typeof CAUSE_NAMES)[number]>,
  { movedFrom, firstDays, resourcesOf, useOf, signals, policy }: CostFacts,
): FoundIncident {
  const { detection, bill } = lead.departure;
  const isCoverage = lead.family === 'coverage';
  const volume = signals.map(({ group: [first] }) => first).find(({ measure }) => measure === 'driver');
  const described = main.map((cause, place) => {
    const use = useOf(place);
    const facts: ChangeFacts = {
      isNew: findNew(cause, lead.from, firstDays),
      resources: resourcesOf(place),
      isCoverage,
      wasFree: use !== undefined && wasFree(use),
      isOver: !lead.isOpen,
      ...(lead.isOpen || lead.from !== lead.to ? {} : { onceOn: lead.from }),
      ...(movedFrom === undefined ? {} : { movedFrom, movedTo: nameOwner(lead) }),
      ...(volume === undefined ? {} : { volume: { driver: volume.driver, ratio: volume.ratio } }),
    };
    return { cause, facts, change: classifyChange(cause, facts) };
  });
  const stated = described.map(({ cause, facts, change }) => stateCause(cause, change, facts));
  if (rest.excess !== 0n) stated.push(stateRest(rest));
  const excess = sumExcess(lead.parts);
  const perDay = Number(excess) / 1e12 / lead.days;
  const change = described[0]?.change ?? 'more_usage';
  const all = [
    ...lead.members.map(({ departure }) => departure.bill),
    ...signals.flatMap(({ group }) => group.map(({ departure }) => departure.bill)),
  ];
  const names = [...new Set(all.map(nameSeries))];
  const dims = Object.fromEntries(
    [...ALLOCATION_DIMENSIONS, ...PLACE_NAMES].map((name) => [name, mostOf(coreOf(lead.parts), name)]),
  ) as Record<(typeof ALLOCATION_DIMENSIONS)[number] | (typeof PLACE_NAMES)[number], string>;
  const total = lead.parts.reduce((sum, part) => sum + part.expected, 0n);
  const ratio = isCoverage ? detection.observed / detection.expected - 1 : Number(excess) / Number(total);
  const beside = signals.map(({ group: [first] }) => ` At the same time ${titleOfSignal(first)}.`).join('');
  const elsewhere = lead.toldElsewhere
    ? ` Other incidents tell ${(Math.abs(Number(lead.toldElsewhere)) / 1e12).toFixed(2)} ${lead.currency} of this series beside it.`
    : '';
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
    measure: isCoverage || bill.kind === 'unit_cost' ? bill.kind : 'cost',
    family: lead.family,
    direction: lead.direction,
    started_on: lead.from,
    began_at: lead.beganAt,
    ended_on: lead.isOpen ? null : lead.to,
    judged_on: lead.judgedOn,
    is_accepted: lead.isAccepted,
    excess_per_day_cost: perDay.toFixed(AMOUNT_DIGITS),
    excess_cost: formatScaled(excess),
    expected_cost: formatScaled(total),
    observed_cost: formatScaled(total + excess),
    change_ratio: Number.isFinite(ratio) ? Number(ratio.toFixed(AMOUNT_DIGITS)) : null,
    at_stake_per_day_cost: null,
    billing_currency: lead.currency,
    confidence: Number(lead.confidence.toFixed(4)),
    severity: judgeSeverity(Math.abs(perDay), policy),
    title: titleOf(lead, perDay, change, stated[0]?.text ?? ''),
    reason: `${reasonOf(lead, main[0], names.length)}${elsewhere}${beside}`,
    next_step: nextStepOf(change, described[0]?.facts),
    series_count: names.length,
    causes: JSON.stringify(stated),
    evidence: JSON.stringify({
      series_name: nameSeries(bill),
      unit: bill.kind === 'coverage' ? 'ratio' : lead.currency,
      score: Number(detection.score.toFixed(3)),
      is_early: detection.isEarly,
      largest_owner: findLargestOwner(lead.parts),
      also_in: names.filter((name) => name !== nameSeries(bill)),
      series: lead.evidence,
    }),
  };
}

function findNew({ where }: Cause<string>, from: string, firstDays: FirstDays): ChangeFacts['isNew'] {
  const hasRegion = !NO_REGIONS.has(where.region_id ?? '');
  const isNew = (name: keyof FirstDays) => {
    const first = firstDays[name].get(where[name] ?? '');
    return first !== undefined && toDayNumber(first) >= toDayNumber(from) - 1;
  };
  return {
    region: hasRegion && isNew('region_id'),
    service: isNew('service_name'),
    account: isNew('sub_account_id'),
    usageType: isNew('sku_meter'),
  };
}
