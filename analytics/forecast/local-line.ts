import type { Method } from './method.ts';
import { median } from './numeric.ts';

const LEVEL_VALUES = 10;

/**
 * A level of the last few values, and a slope between the first and the last third of the last `length` ones, both by
 * medians, so that neither knows a spike: the resistant line of Tukey, J. W. (1977), Exploratory Data Analysis, ch. 5. Growth
 * goes on undamped.
 */
export function localLine(length: number): Method {
  return {
    name: `local-line-${length}`,
    minimumLength: 3 * LEVEL_VALUES,
    fit: () => ({
      forecast(y, horizon) {
        const recent = y.subarray(-length);
        const third = Math.floor(recent.length / 3);
        const rise = median(recent.subarray(-third)) - median(recent.subarray(0, third));
        const slope = rise / (recent.length - third);
        const level = median(recent.subarray(-LEVEL_VALUES));
        const age = (LEVEL_VALUES - 1) / 2;
        return Float64Array.from({ length: horizon }, (_, k) => level + slope * (k + 1 + age));
      },
    }),
  };
}
