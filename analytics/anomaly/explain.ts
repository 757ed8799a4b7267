import type { AnomalySeries, Detection } from './series.ts';

const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

const RECOGNIZED: Record<NonNullable<Detection['recognizedAs']>, string> = {
  monthly_charge: 'a charge that came on the same day of the month before',
  recovery: 'the return from an earlier change of level',
  tier_reset: 'price tiers that begin anew with the month',
  free_tier_exhausted: 'the end of the free tier',
};

/** One or two sentences with the numbers: what was seen, against what, and what it comes to. */
export function explainDetection(series: AnomalySeries, detection: Detection): string {
  const amount = (value: number) => formatAmount(value, series);
  const { peak, start, recognizedAs } = detection;
  const per = series.frequency === 'hourly' ? 'an hour' : 'a day';
  const usual =
    peak.likeCount >= 3
      ? `a median of ${amount(peak.likeMedian)} on the last ${peak.likeCount} ${likeName(series, peak.at)}`
      : `an expected ${amount(peak.expected)}`;
  const total = `${amount(Math.abs(detection.excess))} ${detection.direction === 'up' ? 'more' : 'less'} than expected in all`;
  const sentences = {
    spike: `${amount(peak.observed)} on ${peak.at} against ${usual}; ${total}`,
    drop: `${amount(peak.observed)} on ${peak.at} against ${usual}; ${total}`,
    level_shift: `A new level since ${start}: ${amount(Math.abs(detection.excessPerPeriod))} ${per} ${detection.direction === 'up' ? 'more' : 'less'} than expected; ${amount(peak.observed)} on ${peak.at} against ${usual}`,
    leak: `Growing since ${start}: ${amount(peak.observed)} on ${peak.at} against ${usual}; ${total}`,
    start: `First seen on ${start}: ${amount(detection.excessPerPeriod)} ${per} since`,
  };
  const why = recognizedAs === null ? '' : `. Looks like ${RECOGNIZED[recognizedAs]}`;
  const early = detection.isEarly ? '. Judged on days that are not complete yet' : '';
  return `${sentences[detection.shape]}${why}${early}.`;
}

function likeName({ frequency }: AnomalySeries, at: string): string {
  const weekday = WEEKDAYS[new Date(`${at.slice(0, 10)}T00:00:00Z`).getUTCDay()] ?? '';
  return frequency === 'hourly' ? `${weekday}s at ${at.slice(11)}:00` : `${weekday}s`;
}

const formatOf = (digits: number) =>
  new Intl.NumberFormat('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
const FORMATS = { 0: formatOf(0), 2: formatOf(2), 6: formatOf(6) };

function formatAmount(value: number, { unit, measure }: AnomalySeries): string {
  if (measure === 'coverage') return `${(100 * value).toFixed(1)} %`;
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 0.01 || value === 0 ? 2 : 6;
  const text = FORMATS[digits].format(Math.abs(value));
  const sign = value < 0 ? '-' : '';
  if (unit === 'USD') return `${sign}$${text}`;
  return unit === undefined ? sign + text : `${sign}${text} ${unit}`;
}
