import type { AlertPolicySettings } from '../../configuration/alerts-schema.ts';
import { formatMoney } from '../../money-text.ts';
import { type Alert, FADED_RATIO } from '../alert.ts';
import { numberOf, type PublishedRow, readOwnership, textOf } from './published.ts';

/** Alerts of the record result `forecasts/capacity`, where running out within the policy's days is too likely. */
export function buildCapacityAlerts(
  rows: readonly PublishedRow[],
  policy: AlertPolicySettings['capacity'],
  asOf: string,
): Alert[] {
  return rows.flatMap((row) => {
    const isSaturated = textOf(row, 'status') === 'saturated';
    const probability = isSaturated ? 1 : (numberOf(row, `probability_${policy.within_days}d`) ?? 0);
    if (probability < policy.probability * FADED_RATIO) return [];
    const name = textOf(row, 'resource_name') || textOf(row, 'resource_id');
    const metric = textOf(row, 'metric');
    const likely = textOf(row, 'exhaustion_median_date');
    const since = textOf(row, 'reached_since_date');
    return {
      id: `capacity|${textOf(row, 'forecast_id')}`,
      kind: 'capacity',
      subkind: isSaturated ? 'saturated' : 'exhaustion',
      status: 'open',
      ...(probability < policy.probability ? { isFading: true } : {}),
      revision: 1,
      occurredOn: since || asOf,
      detectedOn: asOf,
      ...readOwnership(row),
      amountPerDay: '0',
      amountTotal: '0',
      currency: textOf(row, 'billing_currency'),
      confidence: probability,
      title: isSaturated
        ? `${name} is at its limit of ${metric}`
        : since
          ? `${name} is beyond its threshold of ${metric} since ${since}`
          : `${name} runs out of ${metric} within ${policy.within_days} days at ${Math.round(probability * 100)} %${likely ? `, most likely by ${likely}` : ''}`,
      summary: textOf(row, 'reason'),
      causes: [],
      nextStep: describeNextStep(row),
      link: 'forecasts/capacity',
    };
  });
}

function describeNextStep(row: PublishedRow): string {
  const cost = textOf(row, 'next_unit_cost');
  const price = cost ? ` for ${formatMoney(cost, textOf(row, 'billing_currency'))} in 30 days` : '';
  const next = textOf(row, 'next_unit');
  if (textOf(row, 'scope') === 'quota') return 'Ask for a higher quota, or use less of it.';
  return next ? `Add ${next}${price}, or use less of it.` : 'Add capacity, or use less of it.';
}
