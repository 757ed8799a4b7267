import type { DuckDBConnection } from '@duckdb/node-api';
import { STATISTICS, UTILIZATION_METRICS } from '../../analytics/sources/cloudwatch/metric-catalog.ts';
import type { Window } from '../calendar.ts';
import { type Columns, loadTable } from '../database.ts';
import type { EstateResource } from '../estate/cast.ts';
import type { Signal, WorkDays } from '../estate/signal.ts';
import { estateTags } from '../resources.ts';
import { listQuotaSeries, type QuotaSeries } from './quotas.ts';

const ALL_DAY = { from: 0, to: 24 };
const WORK_DAYS: WorkDays[] = ['all', 'weekday', 'weekend', 'monday', 'month-end'];
/** Datapoints an hour where they come every five minutes. */
const DEFAULT_COUNT = 12;
const HOUR_SECONDS = 3600;

type OwnedSignal = Signal & { accountId: string; region: string };

/** Loads `inventory`, `signal` and `quota_series`: what exists, how it moves, and the limits. */
export async function loadCollected(
  connection: DuckDBConnection,
  schema: string,
  { seed, window, resources }: { seed: number; window: Window; resources: readonly EstateResource[] },
): Promise<void> {
  await loadTable<EstateResource>(connection, schema, 'inventory', inventoryColumns(seed, window), resources);
  const signals = resources.flatMap(({ accountId, region, signals: own, createdDay }) =>
    own.map(
      (signal): OwnedSignal => ({
        ...signal,
        accountId,
        region,
        from: Math.max(createdDay, signal.from ?? 0),
      }),
    ),
  );
  const numbers = new Map(signals.map((signal, index) => [signal, index]));
  await loadTable<OwnedSignal>(
    connection,
    schema,
    'signal',
    signalColumns(window, (one) => numbers.get(one) ?? 0),
    signals,
  );
  await connection.run(`
    alter table ${schema}.signal add column dimensions map(varchar, varchar);
    update ${schema}.signal set dimensions = from_json(dimensions_text, '"MAP(VARCHAR, VARCHAR)"')`);
  await loadTable<QuotaSeries>(connection, schema, 'quota_series', QUOTA_COLUMNS, listQuotaSeries(seed));
}

function inventoryColumns(seed: number, window: Window): Columns<EstateResource> {
  const tagsOf = (one: EstateResource) => estateTags(seed, one).later;
  return {
    account_id: ['VARCHAR', ({ accountId }) => accountId],
    region_id: ['VARCHAR', ({ region }) => region],
    resource_type: ['VARCHAR', ({ type }) => type],
    resource_id: ['VARCHAR', ({ id }) => id],
    arn: ['VARCHAR', ({ arn }) => arn],
    utilization_id: ['VARCHAR', ({ utilizationId }) => utilizationId],
    resource_name: ['VARCHAR', (one) => tagsOf(one).Name ?? one.name],
    state: ['VARCHAR', ({ state }) => state],
    earlier_state: ['VARCHAR', ({ state, stateSince }) => stateSince?.before ?? state],
    state_day: ['INTEGER', ({ stateSince }) => stateSince?.day ?? 0],
    size_class: ['VARCHAR', ({ sizeClass }) => sizeClass],
    size_gib: ['DOUBLE', ({ sizeGib }) => sizeGib],
    attachments: ['VARCHAR', ({ attachments }) => (attachments ? JSON.stringify(attachments) : null)],
    created_day: ['INTEGER', ({ createdDay }) => createdDay],
    age_known: ['INTEGER', ({ isAgeKnown, createdDay }) => Number(isAgeKnown && createdDay <= window.end)],
    attributes_text: ['VARCHAR', ({ attributes }) => JSON.stringify(toTexts(attributes))],
    tags_text: ['VARCHAR', (one) => JSON.stringify(tagsOf(one))],
  };
}

function toTexts(values: Record<string, string | number | boolean>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, String(value)]));
}

/** How CloudWatch publishes a metric, as the collection asks for it. */
function publicationOf({ namespace, metric }: Signal): {
  statistics: readonly string[];
  periodSeconds: number;
} {
  const group = UTILIZATION_METRICS.find((one) => one.namespace === namespace && metric in one.metrics);
  const statistics =
    group?.metrics[metric] ??
    (/Utilization|percent|Percent|memory/.test(metric) ? ['Average', 'Maximum'] : ['Sum']);
  return { statistics, periodSeconds: group?.periodSeconds ?? HOUR_SECONDS };
}

function signalColumns(window: Window, numberOf: (signal: OwnedSignal) => number): Columns<OwnedSignal> {
  const flags = STATISTICS.map((name): [string, Columns<OwnedSignal>[string]] => [
    `has_${name.toLowerCase()}`,
    ['INTEGER', (signal) => Number(publicationOf(signal).statistics.includes(name))],
  ]);
  return {
    signal_no: ['INTEGER', numberOf],
    account_id: ['VARCHAR', ({ accountId }) => accountId],
    region_id: ['VARCHAR', ({ region }) => region],
    namespace: ['VARCHAR', ({ namespace }) => namespace],
    resource_id: ['VARCHAR', ({ resourceId }) => resourceId],
    dimensions_text: ['VARCHAR', ({ dimensions }) => JSON.stringify(dimensions)],
    metric: ['VARCHAR', ({ metric }) => metric],
    period_seconds: ['INTEGER', (signal) => publicationOf(signal).periodSeconds],
    ...Object.fromEntries(flags),
    base: ['DOUBLE', ({ base }) => base],
    slope: ['DOUBLE', ({ slope }) => slope ?? 0],
    growth: ['DOUBLE', ({ growth }) => growth ?? 0],
    amplitude: ['DOUBLE', ({ amplitude }) => amplitude ?? 0],
    peak_hour: ['DOUBLE', ({ peakHour }) => peakHour ?? 0],
    weekend: ['DOUBLE', ({ weekend }) => weekend ?? 1],
    noise: ['DOUBLE', ({ noise }) => noise ?? 0.1],
    peak: ['DOUBLE', ({ peak }) => peak ?? 1.2],
    cap: ['DOUBLE', ({ cap }) => cap ?? null],
    burst_mille: ['DOUBLE', ({ burstMille }) => burstMille ?? 0],
    burst: ['DOUBLE', ({ burst }) => burst ?? 0],
    from_hour: ['INTEGER', ({ fromHour }) => fromHour ?? ALL_DAY.from],
    to_hour: ['INTEGER', ({ toHour }) => toHour ?? ALL_DAY.to],
    days: ['INTEGER', ({ days }) => WORK_DAYS.indexOf(days ?? 'all')],
    off_level: ['DOUBLE', ({ offLevel }) => offLevel ?? 0],
    gap_mille: ['DOUBLE', ({ gapMille }) => gapMille ?? 0],
    zero_mille: ['DOUBLE', ({ zeroMille }) => zeroMille ?? 0],
    change_day: ['INTEGER', ({ changeDay }) => changeDay ?? window.end],
    change_factor: ['DOUBLE', ({ changeFactor }) => changeFactor ?? 1],
    from_day: ['INTEGER', ({ from }) => from ?? window.start],
    to_day: ['INTEGER', ({ to }) => to ?? window.end],
    sample_count: ['DOUBLE', ({ count }) => count ?? DEFAULT_COUNT],
  };
}

const QUOTA_COLUMNS: Columns<QuotaSeries> = {
  account_id: ['VARCHAR', ({ accountId }) => accountId],
  region_id: ['VARCHAR', ({ region }) => region],
  service_code: ['VARCHAR', ({ serviceCode }) => serviceCode],
  service_name: ['VARCHAR', ({ serviceName }) => serviceName],
  quota_code: ['VARCHAR', ({ quotaCode }) => quotaCode],
  quota_name: ['VARCHAR', ({ quotaName }) => quotaName],
  quota_limit: ['DOUBLE', ({ limit }) => limit],
  usage: ['DOUBLE', ({ usage }) => usage],
  growth_a_day: ['DOUBLE', ({ growthADay }) => growthADay],
  weekend: ['DOUBLE', ({ weekend }) => weekend],
  usage_metric: ['VARCHAR', ({ usageMetric }) => usageMetric],
};
