import { InputError } from '../../errors.ts';
import { DRIVERS } from '../../lake/collected-tables.ts';
import { type Row, writeWindow } from '../aws-window.ts';
import type { CollectContext, Collected, CollectUnit } from '../collector.ts';
import { listDays, startOfDay, toDay } from '../days.ts';
import { toDecimalText } from '../decimal-amount.ts';
import { driverMeasure, driverPart } from './driver-part.ts';
import { fetchMetricData } from './metric-data.ts';

const DAY_SECONDS = 86_400;
const VOLUME_PLACES = 6;

/** Daily volumes of one driver. A day without a datapoint has no row. */
export async function collectDriver(context: CollectContext, unit: CollectUnit): Promise<Collected> {
  const driver = context.settings.cloudwatch.drivers.find((each) => driverPart(each) === unit.part);
  if (!driver) {
    throw new InputError(`the configuration has no driver for ${unit.part}`, {
      where: 'collect.cloudwatch.drivers',
    });
  }
  const { from, to } = unit;
  const pulledAt = context.clock();
  const series = {
    key: driver.driver,
    namespace: driver.namespace,
    metric: driver.metric,
    dimensions: driver.metric_dimensions,
    statistics: [driver.statistic],
    periodSeconds: DAY_SECONDS,
  };
  const time = { from: startOfDay(from), to: startOfDay(to) };
  const points = await fetchMetricData(context.session(driver.account_id), driver.region, [series], time);
  const partitions = new Map(listDays(from, to).map((day): [string, Row[]] => [day, []]));
  for (const { at, values } of points.get(driver.driver) ?? []) {
    const volume = values[driver.statistic];
    if (volume === undefined) continue;
    partitions.get(toDay(at))?.push({
      driver: driver.driver,
      dimensions: driver.set as Record<string, string>,
      volume: toDecimalText(volume.toFixed(VOLUME_PLACES)),
      unit: driver.unit,
      collected_from: 'cloudwatch',
    });
  }
  const rowCount = await writeWindow(context, {
    schema: DRIVERS,
    scope: `cloudwatch/${unit.part}`,
    pulledAt,
    partitions,
    tags: () => ({ measure: driverMeasure(driver) }),
  });
  return { rowCount, warnings: [] };
}
