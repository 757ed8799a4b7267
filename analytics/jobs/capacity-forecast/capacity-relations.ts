import type { CapacityConfiguration } from '../../configuration/capacity-schema.ts';
import type { Relation } from '../configuration-relations.ts';
import { CAPACITY_METRICS } from './capacity-metrics.ts';

const TEXT = 'VARCHAR';

/** What capacity models read: how loads are measured, and the configuration's targets and groups. */
export function capacityRelations({
  configuration: { capacity, reporting_currency },
}: {
  configuration: { capacity: CapacityConfiguration; reporting_currency: string };
}): Record<string, Relation> {
  return {
    capacity_metrics: {
      columns: {
        resource_type: TEXT,
        metric: TEXT,
        unit: TEXT,
        namespace: TEXT,
        source_metric: TEXT,
        form: TEXT,
        combine: TEXT,
        scale: 'DOUBLE',
        statistic: TEXT,
        size_measure: TEXT,
        limit_metric: TEXT,
        limit_attribute: TEXT,
        other_limit_attribute: TEXT,
        is_size_limit: 'BOOLEAN',
        fixed_limit: 'DOUBLE',
        limit_name: TEXT,
        saturation_ratio: 'DOUBLE',
        is_expected: 'BOOLEAN',
        next_unit_kind: TEXT,
      },
      rows: CAPACITY_METRICS.flatMap((metric) =>
        metric.sourceMetrics.map((source_metric) => ({
          resource_type: metric.resourceType,
          metric: metric.metric,
          unit: metric.unit,
          namespace: metric.namespace,
          source_metric,
          form: metric.form,
          combine: metric.combine ?? 'max',
          scale: metric.scale ?? 1,
          statistic: metric.statistic,
          size_measure: metric.sizeMeasure ?? null,
          limit_metric: metric.limitMetric ?? null,
          limit_attribute: metric.limitAttributes?.[0] ?? null,
          other_limit_attribute: metric.limitAttributes?.[1] ?? null,
          is_size_limit: metric.isSizeLimit ?? false,
          fixed_limit: metric.fixedLimit ?? null,
          limit_name: metric.limitName,
          saturation_ratio: metric.saturationRatio,
          is_expected: metric.isExpected,
          next_unit_kind: metric.nextUnit,
        })),
      ),
    },
    capacity_targets: {
      columns: {
        target_no: 'INTEGER',
        resource_type: TEXT,
        resource_id: TEXT,
        metric: TEXT,
        service_code: TEXT,
        quota_code: TEXT,
        threshold_ratio: 'DOUBLE',
        limit_value: 'DOUBLE',
        statistic: TEXT,
        next_unit: TEXT,
        next_unit_cost: 'DECIMAL(38,12)',
        next_unit_currency: TEXT,
      },
      rows: capacity.targets.map((target, target_no) => ({
        target_no,
        resource_type: target.resource_type ?? null,
        resource_id: target.resource_id ?? null,
        metric: target.metric ?? null,
        service_code: target.service_code ?? null,
        quota_code: target.quota_code ?? null,
        threshold_ratio: target.threshold_ratio ?? null,
        limit_value: target.limit ?? null,
        statistic: target.statistic ?? null,
        next_unit: target.next_unit ?? null,
        next_unit_cost: target.next_unit_cost?.toFixed(6) ?? null,
        next_unit_currency: target.next_unit_cost === undefined ? null : reporting_currency,
      })),
    },
    capacity_groups: {
      columns: {
        group_name: TEXT,
        resource_type: TEXT,
        tag_key: TEXT,
        tag_value: TEXT,
        tag_count: 'INTEGER',
      },
      rows: capacity.groups.flatMap(({ name, resource_type, tags }) =>
        Object.entries(tags).map(([tag_key, tag_value]) => ({
          group_name: name,
          resource_type,
          tag_key: tag_key.trim().toLowerCase(),
          tag_value: tag_value.trim().toLowerCase(),
          tag_count: Object.keys(tags).length,
        })),
      ),
    },
    capacity_defaults: {
      columns: { threshold_ratio: 'DOUBLE', quota_threshold_ratio: 'DOUBLE' },
      rows: [
        { threshold_ratio: capacity.threshold_ratio, quota_threshold_ratio: capacity.quota_threshold_ratio },
      ],
    },
  };
}
