import { CloudWatchClient, ListMetricsCommand, type Metric } from '@aws-sdk/client-cloudwatch';
import { callAws, listAll } from '../aws-call.ts';
import type { AwsSession } from '../aws-session.ts';
import { type MetricGroup, UTILIZATION_METRICS } from './metric-catalog.ts';
import type { MetricSeries } from './metric-data.ts';

/** A metric of the catalogue that has had datapoints in the last two weeks, with the resource that it measures. */
export type ResourceSeries = MetricSeries & { resourceId: string };

/** The series of some services that exist in a region. */
export async function listResourceSeries(
  session: AwsSession,
  region: string,
  options: { services: readonly string[]; periodSeconds: number },
): Promise<ResourceSeries[]> {
  const groups = UTILIZATION_METRICS.filter(({ service }) => options.services.includes(service));
  const series: ResourceSeries[] = [];
  for (const group of groups) {
    const metrics = await listMetrics(session, region, group.namespace);
    for (const metric of metrics) {
      const found = matchMetric(group, metric, options.periodSeconds);
      if (found) series.push(found);
    }
  }
  return series;
}

function listMetrics(session: AwsSession, region: string, namespace: string): Promise<Metric[]> {
  return listAll({
    what: `metrics of ${namespace} in ${region}`,
    fetch: (token) =>
      callAws(session, () =>
        session.client(CloudWatchClient, region).send(
          new ListMetricsCommand({
            Namespace: namespace,
            ...(token === undefined ? {} : { NextToken: token }),
          }),
        ),
      ),
    token: (page) => page.NextToken,
    items: (page) => page.Metrics,
    key: ({ MetricName, Dimensions = [] }) =>
      JSON.stringify([MetricName, Dimensions.map(({ Name, Value }) => [Name, Value]).sort()]),
  });
}

function matchMetric(group: MetricGroup, metric: Metric, periodSeconds: number): ResourceSeries | undefined {
  const statistics = group.metrics[metric.MetricName ?? ''];
  const dimensions = Object.fromEntries(
    (metric.Dimensions ?? []).map(({ Name, Value }) => [Name ?? '', Value ?? '']),
  );
  const hasAll = group.dimensions.every((name) => name in dimensions);
  const isExact = group.isOpen || Object.keys(dimensions).length === group.dimensions.length;
  if (!statistics || !hasAll || !isExact) return undefined;
  const named = group.dimensions.filter((name) => !group.details?.includes(name));
  return {
    key: JSON.stringify([group.namespace, metric.MetricName, Object.entries(dimensions).sort()]),
    namespace: group.namespace,
    metric: metric.MetricName ?? '',
    dimensions,
    statistics,
    periodSeconds: group.periodSeconds ?? periodSeconds,
    resourceId: named.map((name) => dimensions[name]).join('/'),
  };
}
