import type { Calendar, PlannedEvent } from '../forecast/calendar.ts';

export type Measure = 'cost' | 'unit_cost' | 'coverage' | 'utilization' | 'driver';

/** What was known of a period from a day on, until its next revision. */
export type Revision = {
  /** Position in `values`. */
  index: number;
  /** Days since 1970-01-01: the value is known to whoever looks on this day or later. */
  knownOn: number;
  /** NaN takes the value back. */
  value: number;
};

export type AnomalySeries = {
  id: string;
  /** 'cost' by default. 'coverage' is a ratio from 0 to 1, of which only losses matter. */
  measure?: Measure;
  /** A currency code or another unit, for explanations. */
  unit?: string;
  /** 'daily' by default. */
  frequency?: 'daily' | 'hourly';
  /** The day of the first value, YYYY-MM-DD; hourly series begin at midnight UTC. */
  firstDate: string;
  /** One a day or hour, oldest first; null, undefined or NaN where nothing is known. Absence is not zero. */
  values: ArrayLike<number | null | undefined>;
  /**
   * How the values became known, in any order. A period without revisions is known the day after it. With them the past
   * is judged as of what was known then.
   */
  revisions?: readonly Revision[];
  /** The part of each value that is a one-off purchase (a commitment paid upfront): taken off, and never judged. */
  oneOff?: ArrayLike<number | null | undefined>;
  /** Units consumed: with them a change of price is told from a change of use. */
  quantity?: ArrayLike<number | null | undefined>;
  /** Public price a unit: with it the end of a free tier is told from other changes of price. */
  listUnitPrice?: number;
  /** Planned events of this series alone; those of the calendar hold for all. */
  events?: readonly PlannedEvent[];
  /** The first day that the source reports on, YYYY-MM-DD; a series that begins well after it is new. */
  observedSince?: string;
};

/** How much of a day's final value is seen so many days after it began, and the spread of that share over itself. */
export type Completeness = { shareRatio: number; spreadRatio: number };

export type DetectOptions = {
  /** What is known before this day, YYYY-MM-DD; by default the day after the last value. */
  asOf?: string;
  /** For the last days before `asOf`, the newest first; days beyond the list are complete. */
  completeness?: readonly Completeness[];
  calendar?: Calendar;
  /** Detections below it are left out, 0 to 1; `DEFAULT_MINIMUM_CONFIDENCE` by default. */
  minimumConfidence?: number;
};

export type AnomalyKind =
  | 'spike'
  | 'drop'
  | 'level_shift'
  | 'leak'
  | 'new_series'
  | 'unit_cost'
  | 'coverage_loss';

/** What an excess turned out to be, when it is nothing to act on, or has a name of its own. */
export type Recognition = 'monthly_charge' | 'recovery' | 'tier_reset' | 'free_tier_exhausted';

export type Detection = {
  /** `SERIES|FIRST DAY|up` or `|down`; it stays the same while the detection lasts. */
  id: string;
  seriesId: string;
  kind: AnomalyKind;
  /** How it moves, also where `kind` names what moves. */
  shape: 'spike' | 'drop' | 'level_shift' | 'leak' | 'start';
  direction: 'up' | 'down';
  /** First and last period, included, YYYY-MM-DD or YYYY-MM-DDTHH for hourly; `end` is null while it goes on. */
  start: string;
  end: string | null;
  /** over: back to usual. accepted: the new level is the baseline from the day after `end` on. */
  state: 'open' | 'over' | 'accepted';
  /** The day after the day whose value first raised it; with revisions the day on which it was first judged so. */
  judgedOn: string;
  /**
   * The period of the largest excess: what was expected of it with its 95 % band, and the median of the last `likeCount`
   * same weekdays (or hours of the week) before the start.
   */
  peak: {
    at: string;
    observed: number;
    expected: number;
    low: number;
    high: number;
    likeMedian: number;
    likeCount: number;
  };
  /** Sums from start to end or to now, and a period. */
  observed: number;
  expected: number;
  excess: number;
  excessPerPeriod: number;
  /** In multiples of the usual scatter, comparable between kinds and series. */
  score: number;
  /** 0 to 1: how often a detection of this score is a true change; rank by it. */
  confidence: number;
  /** Judged on days that are not complete yet: it may be corrected or withdrawn. */
  isEarly: boolean;
  recognizedAs: Recognition | null;
  /** False for what is recognised as nothing to act on. */
  isAlert: boolean;
  explanation: string;
};
