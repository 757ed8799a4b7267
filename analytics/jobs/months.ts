/**
 * Days at the end of what is known that bills still fill in: AWS delivers usage up to two days late (DESIGN: "about 2
 * days is best practice on AWS"), so pace and completeness are judged without them.
 */
export const LATE_DAYS = 2;

const DAY_MILLISECONDS = 86_400_000;

/** A billing period as the models see it on a day. Dates are `YYYY-MM-DD` in UTC, ends exclusive. */
export type Month = {
  billing_period: string;
  period_start_date: string;
  period_end_date: string;
  is_complete: boolean;
  /** Days before it have all their cost. */
  complete_until_date: string;
  complete_days: number;
  days: number;
  /** days / complete_days with 9 decimals; 1 where no day is complete. */
  month_factor: string;
};

/** The state of each billing period (`YYYY-MM`) when everything before `asOf` is known but for late charges. */
export function describeMonths(periods: readonly string[], asOf: string): Month[] {
  const cutOff = Date.parse(asOf) - LATE_DAYS * DAY_MILLISECONDS;
  return [...periods].sort().map((period) => {
    const start = Date.parse(`${period}-01`);
    const first = new Date(start);
    const end = Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 1);
    const until = Math.min(Math.max(cutOff, start), end);
    const days = (end - start) / DAY_MILLISECONDS;
    const completeDays = (until - start) / DAY_MILLISECONDS;
    return {
      billing_period: period,
      period_start_date: toDate(start),
      period_end_date: toDate(end),
      is_complete: until === end,
      complete_until_date: toDate(until),
      complete_days: completeDays,
      days,
      month_factor: completeDays === 0 ? '1' : (days / completeDays).toFixed(9),
    };
  });
}

/**
 * What is known ends with the newest delivery; where files have no time worth the name, with the charges. It does not
 * depend on today: a lake that gets no more data keeps its answers.
 *
 * @param lastChargeDate the first day (`YYYY-MM-DD`) after the last charge period that has begun.
 * @param deliveredDate the day of the newest delivery; of that day itself nothing is known for sure.
 */
export function chooseAsOf(lastChargeDate: string, deliveredDate: string): string {
  return lastChargeDate > deliveredDate ? lastChargeDate : deliveredDate;
}

export function toDate(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
