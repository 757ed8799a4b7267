import * as z from 'zod';

/** The `anomalies:` section of headroom.yml. */
export const anomaliesSchema = z
  .strictObject({
    /** A series is looked at when one of its days costs so much, and a departure when its largest day exceeds the expected by so much. */
    minimum_cost_per_day: z.number().min(0).default(5),
    /** Departures that are less sure are no incidents. */
    minimum_confidence: z.number().min(0).max(1).default(0.5),
  })
  .prefault({});

export type AnomalySettings = z.infer<typeof anomaliesSchema>;
