import * as z from 'zod';
import { ALLOCATION_DIMENSIONS } from '../vocabulary.ts';
import { WASTE_PRESETS, WASTE_THRESHOLDS } from './waste-thresholds.ts';

const date = z.iso.date('must be a date such as 2026-12-31');
const text = z.string().min(1);

const ignored = z
  .strictObject({
    /** Name of a detector; `*` stands for any text, here and below */
    detector: text.default('*'),
    resource_id: text.optional(),
    sub_account_id: text.optional(),
    region_id: text.optional(),
    ...Object.fromEntries(ALLOCATION_DIMENSIONS.map((name) => [name, text.optional()])),
    reason: text,
    /** Exclusive; without it, for ever */
    until: date.optional(),
  })
  .refine(({ reason: _, until: __, ...match }) => Object.values(match).some((value) => value !== '*'), {
    error: 'matches every finding; name a detector, a resource or an owner',
  });

/** The `waste:` section of headroom.yml. */
export const wasteSchema = z
  .strictObject({
    preset: z.enum(WASTE_PRESETS).default('balanced'),
    /** Overrides of single thresholds of the preset */
    thresholds: z
      .record(
        z.string().refine((name) => name in WASTE_THRESHOLDS, {
          error: 'unknown threshold; docs/waste/thresholds.md lists them',
        }),
        z.number().nonnegative(),
      )
      .default({}),
    /** Tags that say that a resource is idle on purpose: standby, disaster recovery */
    keep_tags: z.record(text, z.array(text).min(1)).default({
      role: ['standby', 'replica', 'dr', 'disaster-recovery', 'failover', 'warm-standby', 'pilot-light'],
      purpose: [
        'standby',
        'replica',
        'dr',
        'disaster-recovery',
        'failover',
        'warm-standby',
        'pilot-light',
        'archive',
        'compliance',
        'legal-hold',
      ],
    }),
    /** Environments that must run at night and at weekends */
    production_environments: z.array(text).default(['prod', 'production', 'prd', 'live', 'dr']),
    ignore: z.array(ignored).default([]),
  })
  .prefault({});

export type WasteSettings = z.infer<typeof wasteSchema>;
