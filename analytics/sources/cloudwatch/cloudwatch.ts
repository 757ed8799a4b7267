import { InputError } from '../../errors.ts';
import { DRIVERS, UTILIZATION } from '../../lake/collected-tables.ts';
import { type HeldWindow, type Row, readHeldWindows, writeWindow } from '../aws-window.ts';
import type { CollectContext, Collected, Collector, CollectUnit } from '../collector.ts';
import { addDays, earlierOf, groupDays, HOUR_MS, listDays, startOfDay, toDay } from '../days.ts';
import { driverPart } from './driver-part.ts';
import { collectDriver } from './drivers.ts';
import { listResourceSeries } from './list-metrics.ts';
import { fetchMetricData } from './metric-data.ts';

/** Days that CloudWatch keeps datapoints of a period. */
const RETENTION_DAYS: Record<number, number> = { 60: 15, 300: 63, 3600: 455 };
/** What one unit holds in memory. A request costs by its metrics, not by its days. */
const MAX_UNIT_DAYS = 14;

/** Utilisation of resources, an account and region at a time, and the drivers that the configuration names. */
export const cloudwatchCollector: Collector = {
  async plan(context) {
    const { settings, targets, store } = context;
    const days = chooseDays(context);
    const utilization = await readHeldWindows(store, UTILIZATION);
    const drivers = await readHeldWindows(store, DRIVERS);
    const makeUnits = (held: Map<string, HeldWindow>, rest: Omit<CollectUnit, 'source' | 'from' | 'to'>) =>
      groupDays(days.filter((day) => isDue(context, day, held.get(day))))
        .flatMap(splitPeriod)
        .map((period): CollectUnit => ({ source: 'cloudwatch', ...rest, ...period }));
    return [
      ...targets.flatMap(({ accountId, regions }) =>
        regions.flatMap((regionId) => {
          return makeUnits(utilization(scopeOf(accountId, regionId)), { accountId, regionId });
        }),
      ),
      ...settings.cloudwatch.drivers.flatMap((driver) => {
        const part = driverPart(driver);
        return makeUnits(drivers(`cloudwatch/${part}`), {
          accountId: driver.account_id,
          regionId: driver.region,
          part,
        });
      }),
    ];
  },

  async collect(context, unit) {
    return unit.part === undefined ? collectUtilization(context, unit) : collectDriver(context, unit);
  },
};

async function collectUtilization(context: CollectContext, unit: CollectUnit): Promise<Collected> {
  const { accountId, regionId = context.homeRegion, from, to } = unit;
  const session = context.session(accountId);
  const { services, period_seconds: periodSeconds } = context.settings.cloudwatch;
  const pulledAt = context.clock();
  const series = await listResourceSeries(session, regionId, { services, periodSeconds });
  const time = { from: startOfDay(from), to: startOfDay(to) };
  const points = await fetchMetricData(session, regionId, series, time);
  const partitions = new Map(listDays(from, to).map((day): [string, Row[]] => [day, []]));
  for (const each of series) {
    for (const { at, values } of points.get(each.key) ?? []) {
      partitions.get(toDay(at))?.push({
        account_id: accountId,
        region_id: regionId,
        namespace: each.namespace,
        resource_id: each.resourceId,
        dimensions: each.dimensions,
        metric: each.metric,
        measured_at: at.toISOString(),
        period_seconds: each.periodSeconds,
        average: values.Average ?? null,
        maximum: values.Maximum ?? null,
        minimum: values.Minimum ?? null,
        sum: values.Sum ?? null,
        sample_count: values.SampleCount ?? null,
      });
    }
  }
  const rowCount = await writeWindow(context, {
    schema: UTILIZATION,
    scope: scopeOf(accountId, regionId),
    pulledAt,
    partitions,
  });
  return { rowCount, warnings: [] };
}

function scopeOf(accountId: string, regionId: string): string {
  return `cloudwatch/${accountId}/${regionId}`;
}

/** Whole days that are over, unless the person asks for others. */
function chooseDays({ settings, clock, range }: CollectContext): string[] {
  const today = toDay(clock());
  const { history_days, period_seconds } = settings.cloudwatch;
  const earliest = addDays(today, 1 - (RETENTION_DAYS[period_seconds] ?? 0));
  if (range.from !== undefined && range.from < earliest) {
    throw new InputError(`CloudWatch has no datapoints of ${period_seconds} s before ${earliest}`, {
      where: '--from',
      remedy: 'Begin later, or set collect.cloudwatch.period_seconds: 3600, which is kept for 455 days.',
    });
  }
  const from = range.from ?? addDays(today, -history_days);
  return listDays(from, range.to ?? today).filter((day) => day >= earliest);
}

/** A day is asked until it was asked after its last datapoints had time to arrive. */
function isDue({ settings, isAgain }: CollectContext, day: string, held: HeldWindow | undefined): boolean {
  if (!held || isAgain) return true;
  const settledAt = startOfDay(addDays(day, 1)).getTime() + settings.cloudwatch.settle_hours * HOUR_MS;
  return held.pulledAt.getTime() < settledAt;
}

function splitPeriod({ from, to }: { from: string; to: string }): { from: string; to: string }[] {
  const parts: { from: string; to: string }[] = [];
  for (let start = from; start < to; start = addDays(start, MAX_UNIT_DAYS)) {
    parts.push({ from: start, to: earlierOf(addDays(start, MAX_UNIT_DAYS), to) });
  }
  return parts;
}
