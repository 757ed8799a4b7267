import type { Calendar } from '../../forecast/calendar.ts';
import type { FoundIncident } from '../../incident/incident.ts';
import { ALLOCATION_DIMENSIONS } from '../../vocabulary.ts';
import { capitalize, nameSeries } from './incident-words.ts';
import { isPlannedSpan } from './is-planned.ts';
import { SEVERAL } from './read-series.ts';
import type { FoundSignal } from './signals.ts';

const AMOUNT_DIGITS = 6;

/** Signals that come and go with an event that somebody planned. */
export function isPlannedSignal({ from, to, ratio }: FoundSignal, { events }: Calendar): boolean {
  return isPlannedSpan({ from, to, excessRatio: ratio - 1 }, events);
}

/**
 * An incident that costs nothing by itself: what the business does, or how busy resources are.
 *
 * @param signals the clearest first.
 * @param unitCostRatio what a unit costs over what it did, where that is unusual.
 */
export function describeSignals(
  signals: readonly [FoundSignal, ...FoundSignal[]],
  unitCostRatio?: number,
): FoundIncident {
  const [lead] = signals;
  const { about, departure, direction } = lead;
  const { detection, bill } = departure;
  const own = (value: string) => (value === '' ? SEVERAL : value);
  const resources = new Set(signals.map(({ resource_id }) => resource_id).filter(Boolean));
  const names = [...new Set(signals.map((signal) => nameSeries(signal.departure.bill)))];
  const dayCost = signals.map((signal) => signal.about.dayCost).find((cost) => cost !== null) ?? null;
  const stake =
    dayCost === null ? '' : ` ${stakeOf(lead)} ${Number(dayCost).toFixed(2)} ${bill.currency} a day.`;
  const unit =
    unitCostRatio === undefined
      ? ''
      : ` Cost did not follow: a unit costs ${unitCostRatio.toFixed(1)} times what it did.`;
  const title = capitalize(titleOfSignal(lead));
  const { peak } = detection;
  return {
    ...(Object.fromEntries(ALLOCATION_DIMENSIONS.map((name) => [name, own(about[name])])) as Pick<
      FoundIncident,
      (typeof ALLOCATION_DIMENSIONS)[number]
    >),
    sub_account_id: own(about.sub_account_id),
    region_id: own(about.region_id),
    service_name: SEVERAL,
    sku_meter: SEVERAL,
    cause_key: JSON.stringify([
      lead.measure,
      direction,
      ...(lead.measure === 'driver'
        ? [lead.driver]
        : resources.size === 1
          ? [about.resource_type, ...resources]
          : [about.resource_type, about.team, about.service, about.environment]),
    ]),
    series_id: lead.seriesId,
    kind: `${lead.measure}_${direction === 'up' ? 'rise' : 'fall'}`,
    measure: lead.measure,
    family: lead.measure,
    direction,
    started_on: lead.from,
    began_at: null,
    ended_on: detection.end === null ? null : lead.to,
    judged_on: signals.map((signal) => signal.departure.detection.judgedOn).sort()[0] ?? '',
    is_accepted: detection.state === 'accepted',
    excess_per_day_cost: '0',
    excess_cost: '0',
    expected_cost: '0',
    observed_cost: '0',
    change_ratio: Number((lead.ratio - 1).toFixed(AMOUNT_DIGITS)),
    at_stake_per_day_cost: dayCost,
    billing_currency: bill.currency,
    confidence: Number(detection.confidence.toFixed(4)),
    severity: 'low',
    title,
    reason: `${capitalize(nameSeries(bill))}: ${formatLoad(peak.observed, bill.series.unit)} on ${peak.at} against an expected ${formatLoad(peak.expected, bill.series.unit)}.${stake}${unit}`,
    next_step: NEXT_STEPS[lead.measure][direction],
    series_count: names.length,
    causes: '[]',
    evidence: JSON.stringify({
      series_name: nameSeries(bill),
      unit: bill.series.unit ?? '',
      score: Number(detection.score.toFixed(3)),
      is_early: detection.isEarly,
      also_in: names.filter((name) => name !== nameSeries(bill)),
      series: departure.evidence,
    }),
  };
}

/** 'volume of orders fell 40 % since 2026-10-09'. */
export function titleOfSignal(signal: FoundSignal): string {
  const { measure, departure, direction, ratio, from, to, observed, expected } = signal;
  const { detection, bill } = departure;
  // What is the baseline from now on has not ended.
  const goesOn = detection.end === null || detection.state === 'accepted';
  const when = goesOn ? `since ${from}` : from === to ? `on ${from}` : `from ${from} to ${to}`;
  const way = direction === 'up' ? 'rose' : 'fell';
  if (measure === 'utilization')
    return `${nameSeries(bill)} ${way} to ${formatLoad(observed, bill.series.unit)} from ${formatLoad(expected, bill.series.unit)} ${when}`;
  const change =
    ratio >= 2 ? `to ${ratio.toFixed(1)} times the usual` : `${Math.round(100 * Math.abs(ratio - 1))} %`;
  return `${nameSeries(bill)} ${way} ${change} ${when}`;
}

const stakeOf = ({ measure, about }: FoundSignal) =>
  measure === 'driver' ? 'What it drives costs' : about.resource_id === '' ? 'They cost' : 'It costs';

const formatOf = (digits: number) => new Intl.NumberFormat('en-US', { maximumFractionDigits: digits });
const WHOLE = formatOf(0);
const TENTHS = formatOf(1);

function formatLoad(value: number, unit = ''): string {
  const size = Math.abs(value);
  const text =
    size >= 100
      ? WHOLE.format(value)
      : size >= 1
        ? TENTHS.format(value)
        : String(Number(value.toPrecision(2)));
  return unit === 'percent' ? `${text} %` : `${text} ${unit}`.trim();
}

const NEXT_STEPS = {
  driver: {
    up: 'Ask whether it stays: cost, budgets and forecasts that follow it will move with it.',
    down: 'Check that all of it was counted; if it was, scale down what it drives.',
  },
  utilization: {
    up: 'Find what it works on more, and give it room before it is full.',
    down: 'Check that it works as it should; if nobody needs it, make it smaller or stop it.',
  },
} as const;
