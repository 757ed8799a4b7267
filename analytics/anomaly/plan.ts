/** A change that is looked for: over the last `width` periods against the `reference` periods before them. */
export type Template = {
  shape: 'step' | 'ramp';
  width: number;
  reference: number;
  /** A change of less than about five of these (log units) is not worth an alert. */
  floor: number;
  /** Divides the statistic so that all templates give false alarms equally often: single days have heavier tails. */
  handicap: number;
};

/** Everything counted in periods, so that days and hours share one code. */
export type Plan = {
  perDay: number;
  season: number;
  /** The level is the mean of the short and the long trailing window. */
  levelShort: number;
  levelLong: number;
  driftNear: number;
  driftFar: number;
  /** Usual scatter is learnt from this many periods. */
  memory: number;
  /** How much theory counts, against experience, for what a template of several periods scatters by: 0 to 1. */
  theoryWeight: number;
  /** Judged from so many periods of history on: single periods, steps, ramps. */
  judgesPointsAfter: number;
  judgesStepsAfter: number;
  judgesRampsAfter: number;
  /** A new level is accepted as the baseline when it has lasted this long. */
  acceptAfter: number;
  templates: readonly Template[];
};

export const DAILY_PLAN: Plan = {
  perDay: 1,
  season: 7,
  levelShort: 7,
  levelLong: 14,
  driftNear: 28,
  driftFar: 42,
  memory: 150,
  theoryWeight: 0.5,
  judgesPointsAfter: 10,
  judgesStepsAfter: 28,
  judgesRampsAfter: 56,
  acceptAfter: 10,
  templates: [
    { shape: 'step', width: 1, reference: 14, floor: 0.035, handicap: 1.45 },
    { shape: 'step', width: 2, reference: 14, floor: 0.03, handicap: 1.15 },
    { shape: 'step', width: 3, reference: 21, floor: 0.0255, handicap: 1.05 },
    { shape: 'step', width: 5, reference: 28, floor: 0.0165, handicap: 1 },
    { shape: 'step', width: 8, reference: 28, floor: 0.015, handicap: 1 },
    { shape: 'step', width: 14, reference: 28, floor: 0.015, handicap: 1 },
    { shape: 'ramp', width: 10, reference: 28, floor: 0.0153, handicap: 1 },
    { shape: 'ramp', width: 16, reference: 28, floor: 0.0153, handicap: 1 },
    { shape: 'ramp', width: 24, reference: 28, floor: 0.017, handicap: 1 },
    { shape: 'ramp', width: 36, reference: 28, floor: 0.0204, handicap: 1 },
  ],
};

export const HOURLY_PLAN: Plan = {
  perDay: 24,
  season: 168,
  levelShort: 24,
  levelLong: 72,
  driftNear: 672,
  driftFar: 1008,
  memory: 504,
  theoryWeight: 0,
  judgesPointsAfter: 240,
  judgesStepsAfter: 672,
  judgesRampsAfter: 1344,
  acceptAfter: 168,
  templates: [
    { shape: 'step', width: 1, reference: 72, floor: 0.06, handicap: 1.2 },
    { shape: 'step', width: 3, reference: 72, floor: 0.04, handicap: 1.2 },
    { shape: 'step', width: 8, reference: 168, floor: 0.03, handicap: 1.2 },
    { shape: 'step', width: 24, reference: 336, floor: 0.024, handicap: 1.2 },
    { shape: 'step', width: 72, reference: 672, floor: 0.02, handicap: 1.2 },
    { shape: 'ramp', width: 240, reference: 672, floor: 0.02, handicap: 1.2 },
    { shape: 'ramp', width: 576, reference: 672, floor: 0.022, handicap: 1.2 },
  ],
};
