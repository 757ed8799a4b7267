import {
  ListAWSDefaultServiceQuotasCommand,
  ListServiceQuotasCommand,
  type ServiceQuota,
  ServiceQuotasClient,
} from '@aws-sdk/client-service-quotas';
import { QUOTAS } from '../../lake/collected-tables.ts';
import { callAws, listAll } from '../aws-call.ts';
import { isDenied } from '../aws-errors.ts';
import type { AwsSession } from '../aws-session.ts';
import { type Row, writeWindow } from '../aws-window.ts';
import { fetchMetricData, type MetricSeries } from '../cloudwatch/metric-data.ts';
import type { Collector } from '../collector.ts';
import { addDays, DAY_MS, toDay } from '../days.ts';

const PAGE_SIZE = 100;
const LEVEL_PERIOD_SECONDS = 300;
const MINUTE_SECONDS = 60;
const SECONDS: Record<string, number> = {
  MICROSECOND: 1e-6,
  MILLISECOND: 1e-3,
  SECOND: 1,
  MINUTE: 60,
  HOUR: 3600,
  DAY: 86_400,
  WEEK: 604_800,
};

/** Quotas of an account and region as they stand, once a day. */
export const quotasCollector: Collector = {
  async plan({ clock, targets }) {
    const today = toDay(clock());
    return targets.flatMap(({ accountId, regions }) =>
      regions.map((regionId) => ({
        source: 'quotas' as const,
        accountId,
        regionId,
        from: today,
        to: addDays(today, 1),
      })),
    );
  },

  async collect(context, { accountId, regionId = context.homeRegion }) {
    const session = context.session(accountId);
    const observedAt = context.clock();
    const warnings: string[] = [];
    const found: FoundQuota[] = [];
    let refusal: unknown;
    for (const service of context.settings.quotas.services) {
      try {
        found.push(...(await listQuotas(session, regionId, service)));
      } catch (error) {
        // A region need not have every service, nor a role the right to read it.
        const isAbsent = (error as Error).name === 'NoSuchResourceException';
        if (!isAbsent && !isDenied(error)) throw error;
        if (!isAbsent) refusal = error;
        warnings.push(`quotas of ${service}: ${(error as Error).message}`);
      }
    }
    if (found.length === 0 && refusal !== undefined) throw refusal;
    const usage = await measureUsage(session, regionId, found, observedAt);
    const rows = found.map((each) => toRow(accountId, regionId, each, usage.get(keyOf(each)), observedAt));
    const rowCount = await writeWindow(context, {
      schema: QUOTAS,
      scope: `quotas/${accountId}/${regionId}`,
      pulledAt: observedAt,
      partitions: new Map([[toDay(observedAt), rows]]),
    });
    return { rowCount, warnings };
  },
};

type FoundQuota = { quota: ServiceQuota; isApplied: boolean };

/** Defaults, and over them what is applied to the account: AWS lists some quotas only here and some only there. */
async function listQuotas(session: AwsSession, region: string, service: string): Promise<FoundQuota[]> {
  const client = () => session.client(ServiceQuotasClient, region);
  const list = (Command: typeof ListServiceQuotasCommand | typeof ListAWSDefaultServiceQuotasCommand) =>
    listAll({
      what: `quotas of ${service} in ${region}`,
      fetch: (token) =>
        callAws(session, () =>
          client().send(
            new Command({
              ServiceCode: service,
              MaxResults: PAGE_SIZE,
              ...(token === undefined ? {} : { NextToken: token }),
            }),
          ),
        ),
      token: (page) => page.NextToken,
      items: (page) => page.Quotas,
      key: (quota) => quota.QuotaCode ?? '',
    });
  const quotas = new Map<string, FoundQuota>();
  for (const quota of await list(ListAWSDefaultServiceQuotasCommand)) {
    quotas.set(quota.QuotaCode ?? '', { quota, isApplied: false });
  }
  for (const quota of await list(ListServiceQuotasCommand)) {
    quotas.set(quota.QuotaCode ?? '', { quota, isApplied: true });
  }
  return [...quotas.values()].filter(({ quota }) => quota.Value !== undefined);
}

function keyOf({ quota }: FoundQuota): string {
  return `${quota.ServiceCode} ${quota.QuotaCode}`;
}

/** Peaks of the last day in the unit of the limit. A quota without a metric, or a metric without a datapoint, has none. */
async function measureUsage(
  session: AwsSession,
  region: string,
  found: readonly FoundQuota[],
  now: Date,
): Promise<Map<string, number>> {
  const factors = new Map<string, { statistic: string; factor: number }>();
  const series = found.flatMap((each): MetricSeries[] => {
    const { UsageMetric, Period } = each.quota;
    if (!UsageMetric?.MetricNamespace || !UsageMetric.MetricName) return [];
    const statistic = UsageMetric.MetricStatisticRecommendation ?? 'Maximum';
    const isRate = statistic === 'Sum';
    const periodSeconds = isRate ? MINUTE_SECONDS : LEVEL_PERIOD_SECONDS;
    const factor = isRate ? (quotaSeconds(Period) ?? periodSeconds) / periodSeconds : 1;
    factors.set(keyOf(each), { statistic, factor });
    return [
      {
        key: keyOf(each),
        namespace: UsageMetric.MetricNamespace,
        metric: UsageMetric.MetricName,
        dimensions: UsageMetric.MetricDimensions ?? {},
        statistics: [statistic],
        periodSeconds,
      },
    ];
  });
  const to = new Date(
    Math.floor(now.getTime() / (LEVEL_PERIOD_SECONDS * 1000)) * LEVEL_PERIOD_SECONDS * 1000,
  );
  const points = await fetchMetricData(session, region, series, {
    from: new Date(to.getTime() - DAY_MS),
    to,
  });
  const usage = new Map<string, number>();
  for (const [key, { statistic, factor }] of factors) {
    const values = (points.get(key) ?? []).flatMap(({ values }) => values[statistic] ?? []);
    if (values.length > 0) usage.set(key, Math.max(...values) * factor);
  }
  return usage;
}

function quotaSeconds(period: ServiceQuota['Period']): number | undefined {
  const unit = SECONDS[period?.PeriodUnit ?? ''];
  return unit === undefined ? undefined : unit * (period?.PeriodValue ?? 1);
}

function toRow(
  accountId: string,
  regionId: string,
  { quota, isApplied }: FoundQuota,
  usage: number | undefined,
  observedAt: Date,
): Row {
  const seconds = quotaSeconds(quota.Period);
  return {
    account_id: accountId,
    region_id: regionId,
    service_code: quota.ServiceCode ?? '',
    service_name: quota.ServiceName ?? null,
    quota_code: quota.QuotaCode ?? '',
    quota_name: quota.QuotaName ?? '',
    quota_limit: quota.Value ?? 0,
    unit: quota.Unit && quota.Unit !== 'None' ? quota.Unit : null,
    period_seconds: seconds !== undefined && seconds >= 1 ? Math.round(seconds) : null,
    is_adjustable: quota.Adjustable ?? false,
    is_global: quota.GlobalQuota ?? false,
    is_applied: isApplied,
    usage: usage ?? null,
    usage_metric: quota.UsageMetric?.MetricName
      ? `${quota.UsageMetric.MetricNamespace}/${quota.UsageMetric.MetricName}`
      : null,
    observed_at: observedAt.toISOString(),
  };
}
