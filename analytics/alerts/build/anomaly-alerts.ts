import * as z from 'zod';
import { ALLOCATION_DIMENSIONS } from '../../vocabulary.ts';
import type { Alert, SeriesPoint } from '../alert.ts';
import { numberOf, type PublishedRow, readOwnership, textOf } from './published.ts';

/** What detection calls an incident that is over, whatever the reason. */
const OVER = new Set(['cleared', 'withdrawn', 'accepted', 'resolved', 'closed', 'ended']);

const causesSchema = z.array(z.object({ text: z.string(), amount: z.coerce.string() })).catch([]);
const evidenceSchema = z
  .object({
    series: z
      .array(z.object({ date: z.string(), value: z.coerce.number(), expected: z.coerce.number().optional() }))
      .default([]),
    largest_owner: z.record(z.string(), z.string()).optional(),
  })
  .catch({ series: [] });

/** Alerts of the record result `anomalies`. */
export function buildAnomalyAlerts(rows: readonly PublishedRow[]): Alert[] {
  return rows.map((row) => {
    const status = textOf(row, 'status');
    const evidence = evidenceSchema.parse(row.evidence ?? {});
    const series = evidence.series as SeriesPoint[];
    return {
      id: textOf(row, 'id'),
      kind: 'anomaly',
      subkind: textOf(row, 'kind'),
      status: OVER.has(status) ? 'cleared' : status === 'updated' ? 'updated' : 'open',
      revision: numberOf(row, 'revision') ?? 1,
      occurredOn: textOf(row, 'started_on'),
      detectedOn: textOf(row, 'judged_on'),
      ...readOwnership(row),
      ...readLargestOwner(row, evidence.largest_owner),
      amountPerDay: textOf(row, 'excess_per_day_cost') || '0',
      amountTotal: textOf(row, 'excess_cost') || '0',
      ...readStake(row),
      currency: textOf(row, 'billing_currency'),
      confidence: numberOf(row, 'confidence') ?? 0,
      title: textOf(row, 'title'),
      summary: textOf(row, 'reason'),
      causes: causesSchema.parse(row.causes ?? []),
      nextStep: textOf(row, 'next_step'),
      link: `anomalies/${encodeURIComponent(textOf(row, 'id'))}`,
      ...(series.length > 0 ? { series } : {}),
    };
  });
}

const SEVERAL = '(several)';

function readLargestOwner(
  row: PublishedRow,
  largest: Record<string, string> | undefined,
): Pick<Alert, 'largestOwner'> {
  const names = ALLOCATION_DIMENSIONS.filter((name) => row[name] === SEVERAL && largest?.[name]);
  const owner = names.map((name) => [name === 'cost_center' ? 'costCenter' : name, largest?.[name]]);
  return names.length === 0 ? {} : { largestOwner: Object.fromEntries(owner) };
}

/** Of a day's cost the part that has come or gone: a departure of more than all of it puts all of it at stake. */
function readStake(row: PublishedRow): Pick<Alert, 'stakePerDay'> {
  const cost = numberOf(row, 'at_stake_per_day_cost');
  if (cost === undefined) return {};
  const change = Math.min(1, Math.abs(numberOf(row, 'change_ratio') ?? 1));
  return { stakePerDay: (cost * change).toFixed(6) };
}
