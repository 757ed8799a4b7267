import * as z from 'zod';
import { KPI_NAMES } from '../scorecard/kpis.ts';

/** Levels of KPIs; what is not named keeps those of analytics/scorecard/kpis.ts. */
export const scorecardSchema = z
  .strictObject({
    targets: z
      .partialRecord(
        z.enum(KPI_NAMES),
        z.strictObject({
          /** At or better: on target */
          target: z.number(),
          /** Worse: off target; between the two: watch */
          watch: z.number(),
        }),
      )
      .default({}),
  })
  .prefault({});
