import {
  CloudWatchClient,
  GetMetricDataCommand,
  type GetMetricDataCommandOutput,
  type MetricDataQuery,
} from '@aws-sdk/client-cloudwatch';
import { SourceError } from '../../errors.ts';
import { callAws, listAll } from '../aws-call.ts';
import type { AwsSession } from '../aws-session.ts';

/** Limits of one GetMetricData request. */
export const MAX_QUERIES = 500;
export const MAX_DATAPOINTS = 100_800;
const STATUS_ATTEMPTS = 3;

/** One metric and the statistics asked of it; `key` is the caller's. */
export type MetricSeries = {
  key: string;
  namespace: string;
  metric: string;
  dimensions: Record<string, string>;
  statistics: readonly string[];
  periodSeconds: number;
};

/** Values by statistic at one time, for a period that had datapoints. */
export type MetricPoint = { at: Date; values: Record<string, number> };

/**
 * Datapoints of a half-open time, in as few requests as the limits allow. A period without datapoints has no point; a
 * series without any has an empty list.
 *
 * @throws SourceError where CloudWatch did not complete a series: nothing of it is returned.
 */
export async function fetchMetricData(
  session: AwsSession,
  region: string,
  series: readonly MetricSeries[],
  time: { from: Date; to: Date },
): Promise<Map<string, MetricPoint[]>> {
  const found = new Map<string, MetricPoint[]>();
  for (const batch of makeBatches(series, time)) {
    for (const [key, points] of await fetchBatch(session, region, batch, time)) found.set(key, points);
  }
  return found;
}

/** Series in order, filled up to the limits; the statistics of one series stay together. */
export function makeBatches(
  series: readonly MetricSeries[],
  { from, to }: { from: Date; to: Date },
): MetricSeries[][] {
  const batches: MetricSeries[][] = [];
  let queries = 0;
  let datapoints = 0;
  for (const each of series) {
    const count = each.statistics.length;
    const points = count * Math.ceil((to.getTime() - from.getTime()) / 1000 / each.periodSeconds);
    if (batches.length === 0 || queries + count > MAX_QUERIES || datapoints + points > MAX_DATAPOINTS) {
      batches.push([]);
      queries = 0;
      datapoints = 0;
    }
    batches.at(-1)?.push(each);
    queries += count;
    datapoints += points;
  }
  return batches;
}

type Item = { id: string; status: string } | { id: string; at: number; value: number };

async function fetchBatch(
  session: AwsSession,
  region: string,
  batch: readonly MetricSeries[],
  { from, to }: { from: Date; to: Date },
): Promise<Map<string, MetricPoint[]>> {
  const queries = new Map<string, { series: MetricSeries; statistic: string; query: MetricDataQuery }>();
  for (const [index, series] of batch.entries()) {
    for (const [number, statistic] of series.statistics.entries()) {
      const id = `m${index}_${number}`;
      queries.set(id, { series, statistic, query: toQuery(id, series, statistic) });
    }
  }
  for (let attempt = 1; ; attempt += 1) {
    const items = await listAll<GetMetricDataCommandOutput, Item>({
      what: `GetMetricData in ${region}`,
      fetch: (token) =>
        callAws(session, () =>
          session.client(CloudWatchClient, region).send(
            new GetMetricDataCommand({
              MetricDataQueries: [...queries.values()].map(({ query }) => query),
              StartTime: from,
              EndTime: to,
              ScanBy: 'TimestampAscending',
              MaxDatapoints: MAX_DATAPOINTS,
              ...(token === undefined ? {} : { NextToken: token }),
            }),
          ),
        ),
      token: (page) => page.NextToken,
      items: (page) =>
        (page.MetricDataResults ?? []).flatMap(
          ({ Id: id = '', Timestamps = [], Values = [], StatusCode }) => [
            { id, status: StatusCode ?? 'Complete' },
            ...Timestamps.map((at, index) => ({ id, at: at.getTime(), value: Values[index] ?? Number.NaN })),
          ],
        ),
      // The last status of a series counts: while there are pages it may be partial.
      key: (item) => ('at' in item ? `${item.id} ${item.at}` : item.id),
    });
    const incomplete = [...queries.keys()].filter(
      (id) => !items.some((item) => item.id === id && 'status' in item && item.status === 'Complete'),
    );
    if (incomplete.length === 0) return gatherPoints(queries, items);
    if (attempt >= STATUS_ATTEMPTS) {
      const names = incomplete.slice(0, 3).map((id) => queries.get(id)?.series.metric);
      throw new SourceError(`CloudWatch in ${region} did not complete ${names.join(', ')}`, {
        isRetryable: true,
      });
    }
  }
}

function toQuery(id: string, series: MetricSeries, statistic: string): MetricDataQuery {
  const Dimensions = Object.entries(series.dimensions).map(([Name, Value]) => ({ Name, Value }));
  return {
    Id: id,
    MetricStat: {
      Metric: { Namespace: series.namespace, MetricName: series.metric, Dimensions },
      Period: series.periodSeconds,
      Stat: statistic,
    },
  };
}

function gatherPoints(
  queries: ReadonlyMap<string, { series: MetricSeries; statistic: string }>,
  items: readonly Item[],
): Map<string, MetricPoint[]> {
  const points = new Map<string, Map<number, MetricPoint>>();
  for (const { series } of queries.values()) points.set(series.key, new Map());
  for (const item of items) {
    const query = queries.get(item.id);
    if (!query || !('at' in item)) continue;
    const known = points.get(query.series.key) as Map<number, MetricPoint>;
    const point = known.get(item.at) ?? { at: new Date(item.at), values: {} };
    if (Number.isFinite(item.value)) point.values[query.statistic] = item.value;
    known.set(item.at, point);
  }
  return new Map(
    [...points].map(([key, byTime]) => [
      key,
      [...byTime.values()].sort((a, b) => Number(a.at) - Number(b.at)),
    ]),
  );
}
