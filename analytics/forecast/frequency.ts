/** How far apart the values of a series are. */
export type Frequency = 'minutely' | 'hourly' | 'daily' | 'weekly' | 'monthly' | 'quarterly' | 'yearly';

export type FrequencyProfile = {
  /** Seasons from the calendar, in periods, shortest first. */
  seasons: readonly number[];
  /** Only the last values are fitted: older ones cost time and describe another time. */
  window: number;
  /** Periods forecast when the caller does not say. */
  horizon: number;
};

export const FREQUENCIES: Readonly<Record<Frequency, FrequencyProfile>> = {
  minutely: { seasons: [60, 1440], window: 4320, horizon: 60 },
  hourly: { seasons: [24, 168], window: 1440, horizon: 48 },
  daily: { seasons: [7], window: 182, horizon: 14 },
  weekly: { seasons: [52], window: 780, horizon: 13 },
  monthly: { seasons: [12], window: 240, horizon: 12 },
  quarterly: { seasons: [4], window: 100, horizon: 8 },
  yearly: { seasons: [], window: 80, horizon: 6 },
};
