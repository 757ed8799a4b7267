import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import * as z from 'zod';
import {
  type CollectOptions,
  collectUnits,
  planCollection,
  type UnitReport,
} from '../analytics/jobs/collect.ts';
import { openStore } from '../analytics/lake/open-store.ts';
import { type CollectUnit, SOURCES, type SourceName } from '../analytics/sources/collector.ts';
import { startOfMonth, toDay } from '../analytics/sources/days.ts';
import { mayContinue, reportFailed, toContinuation } from './batch.ts';
import type { WorkerEnvironment } from './environment.ts';
import { fetchConfiguration } from './fetch-configuration.ts';
import type { Sender } from './queue.ts';
import type { Run } from './worker.ts';

/** Asked one page at a time and paid by the page: its units go to the queue with one consumer. */
const SERIAL_SOURCE: SourceName = 'cost-explorer';
const DAY = /^\d{4}-\d{2}-\d{2}$/;
/** Past midnight in UTC, when the day's allowance is new. */
const RESUME_MINUTES = 10;

const unitSchema = z.object({
  source: z.enum(SOURCES),
  accountId: z.string().regex(/^\d{12}$/),
  regionId: z.string().optional(),
  part: z.string().optional(),
  from: z.string().regex(DAY),
  to: z.string().regex(DAY),
});

/** What every plan and collection of a function begins with. */
export async function prepareCollection(
  { lake, s3, configuration }: WorkerEnvironment,
  run: Run,
): Promise<CollectOptions> {
  const [store, { collect }] = await Promise.all([
    openStore(lake, s3),
    fetchConfiguration(configuration, s3),
  ]);
  return { store, settings: collect, isOutOfTime: () => !run.hasTime() };
}

/** What the planner is asked by a schedule or by the backfill. */
export const requestSchema = z.union([
  z.object({ schedule: z.literal('models') }),
  z.object({ schedule: z.literal('backfill'), months: z.number().int().min(1).max(13) }),
  z.object({ schedule: z.enum(SOURCES) }),
]);
type PlanRequest = Exclude<z.infer<typeof requestSchema>, { schedule: 'models' }>;

/** What the lake lacks, by the queue that it goes to. */
export async function planSource(
  options: CollectOptions,
  request: PlanRequest,
): Promise<{ work: CollectUnit[]; cost: CollectUnit[] }> {
  const units =
    request.schedule === 'backfill'
      ? await planCollection({ ...options, from: startOfMonth(toDay(new Date()), -request.months) }, [
          SERIAL_SOURCE,
        ])
      : await planCollection(options, [request.schedule]);
  const isCost = ({ source }: CollectUnit) => source === SERIAL_SOURCE;
  return { work: units.filter((unit) => !isCost(unit)), cost: units.filter(isCost) };
}

/**
 * Collects the units of a batch together. Failed ones are named; those that time did not suffice for are sent again;
 * those that the day's allowance stopped are let go, because tomorrow's plan finds them missing.
 */
export async function collectBatch(
  { Records }: SQSEvent,
  options: CollectOptions,
  run: Run,
  send: Sender,
): Promise<SQSBatchResponse> {
  const units = Records.map(
    ({ body }) => unitSchema.safeParse(JSON.parse(body)).data as CollectUnit | undefined,
  );
  const known = units.filter((unit) => unit !== undefined);
  const reports = await collectKnown(options, run, known);
  const late = Records.filter((_, index) => isLate(reports.get(units[index])));
  const failed = Records.filter((record, index) => {
    const report = reports.get(units[index]);
    return !report || report.outcome === 'failed' || (isLate(report) && !mayContinue(record));
  });
  await send(late.filter(mayContinue).map(toContinuation));
  return reportFailed(failed);
}

/** How a step of the backfill ended; `resume_at` is when the allowance is new. */
export type StepOutcome =
  | { state: 'done'; rows: number }
  | { state: 'continued' }
  | { state: 'postponed'; resume_at: string };

/** Collects one unit for the backfill. Throws what it failed at. */
export async function collectStep(options: CollectOptions, run: Run, unit: unknown): Promise<StepOutcome> {
  const parsed = unitSchema.parse(unit) as CollectUnit;
  const report = (await collectKnown(options, run, [parsed])).get(parsed);
  if (isLate(report)) return { state: 'continued' };
  if (report?.outcome === 'deferred') return { state: 'postponed', resume_at: startOfTomorrow(new Date()) };
  if (report?.outcome !== 'collected') throw new Error(report?.error ?? 'the unit was not collected');
  return { state: 'done', rows: report.rowCount };
}

async function collectKnown(
  options: CollectOptions,
  run: Run,
  units: readonly CollectUnit[],
): Promise<Map<CollectUnit | undefined, UnitReport>> {
  if (units.length === 0) return new Map();
  const { units: reports } = await collectUnits(options, units);
  for (const report of reports) {
    if (report.outcome === 'failed') run.logger.error('a unit failed', { ...report });
    else run.logger.info(report.outcome, { ...report });
  }
  return new Map(units.map((unit, index) => [unit, reports[index] as UnitReport]));
}

/** Deferred without a reason of its own: there was no time. */
function isLate(report: UnitReport | undefined): boolean {
  return report?.outcome === 'deferred' && report.error === undefined;
}

function startOfTomorrow(now: Date): string {
  const start = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1, 0, RESUME_MINUTES);
  return new Date(start).toISOString();
}
