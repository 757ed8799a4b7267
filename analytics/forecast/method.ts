/** Parameters estimated once; applied to any history, so that a rolling origin needs no new estimate. */
export type Fit = {
  /** Point forecasts of the `horizon` periods after the history, which may be longer or shorter than the fitted one. */
  forecast(history: Float64Array, horizon: number): Float64Array;
};

/** A forecasting method: no state of its own, the same answer for the same history. */
export type Method = {
  name: string;
  /** The shortest history that it takes. */
  minimumLength: number;
  /** `history` is complete and finite: `prepareSeries` sees to it. */
  fit(history: Float64Array): Fit;
};
