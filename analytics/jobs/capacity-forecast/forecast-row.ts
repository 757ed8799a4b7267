import { createHash } from 'node:crypto';
import type { CapacityForecast } from '../../forecast/capacity-forecast.ts';
import { addDays } from '../../sources/days.ts';
import { isSaturated, judgeItem, judgeUnknown, MILESTONE_DAYS, readCurrentLoad } from './judge-item.ts';
import type { CapacityItem } from './read-items.ts';

const MILESTONE_COLUMNS = Object.fromEntries(
  MILESTONE_DAYS.flatMap((days) =>
    ['p50', 'p95', 'probability'].map((name) => [`${name}_${days}d`, 'DOUBLE'] as const),
  ),
);

/** What the forecast itself gives of a series. */
export const ROW_COLUMNS = {
  series_id: 'VARCHAR',
  forecast_id: 'VARCHAR',
  status: 'VARCHAR',
  reason: 'VARCHAR',
  threshold_load: 'DOUBLE',
  current_load: 'DOUBLE',
  headroom_ratio: 'DOUBLE',
  headroom_ahead_ratio: 'DOUBLE',
  day_count: 'BIGINT',
  censored_days: 'BIGINT',
  ...MILESTONE_COLUMNS,
  exhaustion_low_date: 'DATE',
  exhaustion_median_date: 'DATE',
  exhaustion_high_date: 'DATE',
  reached_since_date: 'DATE',
  is_reached_before: 'BOOLEAN',
  history: 'VARCHAR',
  path: 'VARCHAR',
};

/** An item's row: its forecast, or the refusal to make one. */
export function toRow(
  item: CapacityItem,
  forecast: CapacityForecast | undefined,
  refusal: string,
  asOf: string,
) {
  const judgement = forecast ? judgeItem(item, forecast, asOf) : judgeUnknown(refusal);
  const { loads, limit, thresholdRatio } = item;
  const isKnown = forecast !== undefined && !isSaturated(item);
  const levels = isKnown ? forecast.levels : [];
  const levelAt = (probability: number, days: number) =>
    round(levels.find((level) => level.probability === probability)?.values[days - 1] ?? null);
  const current = readCurrentLoad(loads);
  const last = levels.find(({ probability }) => probability === 0.95)?.values.at(-1) ?? null;
  const room = (load: number | null) => (load === null || !limit ? null : round(1 - load / limit));
  return {
    series_id: item.seriesId,
    forecast_id: createHash('sha256').update(item.seriesId).digest('hex').slice(0, 16),
    status: judgement.status,
    reason: judgement.reason,
    threshold_load: limit === null ? null : round(limit * thresholdRatio),
    current_load: round(current),
    headroom_ratio: room(current),
    headroom_ahead_ratio: room(last),
    day_count: loads.filter(Number.isFinite).length,
    censored_days: Array.from(loads.keys()).filter(item.isCensored).length,
    ...Object.fromEntries(
      MILESTONE_DAYS.flatMap((days, k) => [
        [`p50_${days}d`, levelAt(0.5, days)],
        [`p95_${days}d`, levelAt(0.95, days)],
        [`probability_${days}d`, roundChance(judgement.probabilities[k] ?? null)],
      ]),
    ),
    exhaustion_low_date: judgement.low,
    exhaustion_median_date: judgement.median,
    exhaustion_high_date: judgement.high,
    reached_since_date: judgement.reachedSince,
    is_reached_before: judgement.isReachedBefore,
    history: JSON.stringify({ from_date: addDays(asOf, -loads.length), load: Array.from(loads, round) }),
    path: JSON.stringify({
      from_date: asOf,
      ...Object.fromEntries(
        levels.map(({ probability, values }) => [
          `p${Number((100 * probability).toFixed(4))}`,
          Array.from(values, round),
        ]),
      ),
    }),
  };
}

/** Six decimals; what is no number is null. */
function round(value: number | null): number | null {
  return value === null || !Number.isFinite(value) ? null : Number(value.toFixed(6));
}

/** More digits than the paths that it is counted on can tell. */
function roundChance(value: number | null): number | null {
  return value === null ? null : Number(value.toFixed(3));
}
