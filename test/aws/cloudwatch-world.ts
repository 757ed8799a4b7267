import { takePage } from './pages.ts';
import { AwsFault } from './wire-protocol.ts';
import type { World } from './wire-server.ts';

/** A metric that has the same value in each hour of some half-open time, and none outside. */
export type Gauge = {
  namespace: string;
  metric: string;
  dimensions: Record<string, string>;
  from: string;
  to: string;
  value: (at: Date, statistic: string) => number;
};

type MetricQuery = {
  Id: string;
  MetricStat: {
    Metric: { Namespace: string; MetricName: string; Dimensions: { Name: string; Value: string }[] };
    Period: number;
    Stat: string;
  };
};
type DataRequest = {
  MetricDataQueries: MetricQuery[];
  StartTime: Date;
  EndTime: Date;
  MaxDatapoints?: number;
  NextToken?: string;
};
type Point = { id: string; at: Date; value: number };

/** The limits of AWS. */
const MAX_QUERIES = 500;
const MAX_DATAPOINTS = 100_800;

/** A CloudWatch over gauges; `datapointsAPage` may be smaller than AWS's limit to force pages. */
export function makeCloudwatch(
  gauges: readonly Gauge[],
  datapointsAPage = MAX_DATAPOINTS,
  metricsAPage = 500,
): World {
  const idOf = (namespace: string, metric: string, dimensions: Record<string, string>) =>
    JSON.stringify([namespace, metric, Object.entries(dimensions).sort()]);
  const byId = new Map(gauges.map((gauge) => [idOf(gauge.namespace, gauge.metric, gauge.dimensions), gauge]));

  return {
    monitoring: {
      ListMetrics({ Namespace, NextToken }: { Namespace: string; NextToken?: string }) {
        const found = gauges.filter(({ namespace }) => namespace === Namespace);
        const page = takePage(found, metricsAPage, NextToken, 'InvalidParameterValue');
        return {
          NextToken: page.next,
          Metrics: page.items.map(({ namespace, metric, dimensions }) => ({
            Namespace: namespace,
            MetricName: metric,
            Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
          })),
        };
      },
      GetMetricData(request: DataRequest) {
        const { MetricDataQueries: queries, StartTime, EndTime, MaxDatapoints = MAX_DATAPOINTS } = request;
        if (queries.length > MAX_QUERIES || MaxDatapoints > MAX_DATAPOINTS) {
          throw new AwsFault('ValidationError', `${queries.length} queries, ${MaxDatapoints} datapoints`);
        }
        const points = queries.flatMap(({ Id, MetricStat }): Point[] => {
          const { Namespace, MetricName, Dimensions } = MetricStat.Metric;
          const dimensions = Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value]));
          const gauge = byId.get(idOf(Namespace, MetricName, dimensions));
          return gauge ? readGauge(gauge, Id, MetricStat, StartTime, EndTime) : [];
        });
        if (points.length > MAX_DATAPOINTS)
          throw new AwsFault('ValidationError', `${points.length} datapoints`);
        const page = takePage(points, datapointsAPage, request.NextToken, 'InvalidNextToken');
        return {
          NextToken: page.next,
          MetricDataResults: queries.map(({ Id }) => {
            const own = page.items.filter(({ id }) => id === Id);
            return {
              Id,
              Label: Id,
              Timestamps: own.map(({ at }) => at),
              Values: own.map(({ value }) => value),
              StatusCode: page.next === undefined ? 'Complete' : 'PartialData',
            };
          }),
        };
      },
    },
  };
}

function readGauge(
  gauge: Gauge,
  id: string,
  { Period, Stat }: MetricQuery['MetricStat'],
  from: Date,
  to: Date,
): Point[] {
  const points: Point[] = [];
  for (let time = from.getTime(); time < to.getTime(); time += Period * 1000) {
    const at = new Date(time);
    if (at >= new Date(gauge.from) && at < new Date(gauge.to))
      points.push({ id, at, value: gauge.value(at, Stat) });
  }
  return points;
}
