import { describeMonths, type Month } from '../months.ts';

/** The months of the fiscal year that follow all that the lake holds; the next month in any case. */
export function listFutureMonths(
  months: readonly Month[],
  asOf: string,
  fiscalYearStartMonth: number,
): Month[] {
  const end = fiscalYearEnd(asOf, fiscalYearStartMonth);
  const periods: string[] = [];
  let period = nextPeriod(months.at(-1)?.billing_period ?? asOf.slice(0, 7));
  for (; period < end || periods.length === 0; period = nextPeriod(period)) periods.push(period);
  return describeMonths(periods, asOf);
}

/** First month, `YYYY-MM`, of the fiscal year after the one of the last known day. */
export function fiscalYearEnd(asOf: string, fiscalYearStartMonth: number): string {
  const lastKnown = new Date(Date.parse(asOf) - 86_400_000);
  const month = lastKnown.getUTCMonth() + 1;
  const startYear = lastKnown.getUTCFullYear() - (month < fiscalYearStartMonth ? 1 : 0);
  return `${startYear + 1}-${String(fiscalYearStartMonth).padStart(2, '0')}`;
}

export function nextPeriod(period: string): string {
  const [year = 0, month = 1] = period.split('-').map(Number);
  return new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 7);
}
