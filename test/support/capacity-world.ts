import type { RelationRow } from '../../analytics/engine/relation.ts';
import { createRandom } from '../../analytics/forecast/random.ts';

/** What is collected of a small estate, as rows of the lake's relations. Days are counted back from the day of the run. */
export type CapacityWorld = {
  resources: RelationRow[];
  utilization: RelationRow[];
  quotas: RelationRow[];
  resource_charges: RelationRow[];
};

export const AS_OF = '2026-11-01';
export const ACCOUNT = '111111111111';
export const REGION = 'eu-west-1';
const DAY_MILLISECONDS = 86_400_000;
const HOURS = [3, 9, 15, 21];
const GIB = 2 ** 30;

export function dayBack(days: number): string {
  return new Date(Date.parse(AS_OF) - days * DAY_MILLISECONDS).toISOString().slice(0, 10);
}

function statistics(field: 'average' | 'minimum' | 'sum', value: number): RelationRow {
  const none = { average: null, maximum: null, minimum: null, sum: null };
  if (field === 'sum') return { ...none, sum: value };
  if (field === 'minimum') return { ...none, average: value, minimum: value };
  return { ...none, average: value, maximum: value * 1.01 };
}

type Resource = {
  id: string;
  type: string;
  /** The size by the age of the day in days. */
  size?: (age: number) => { size_class?: string; size_gib?: number };
  attributes?: Record<string, string>;
  tags?: Record<string, string>;
  days?: number;
  state?: string;
};

export function createWorld() {
  const world: CapacityWorld = { resources: [], utilization: [], quotas: [], resource_charges: [] };
  return {
    world,
    addResource({
      id,
      type,
      size,
      attributes = {},
      tags = {},
      days = 95,
      state = 'running',
    }: Resource): void {
      for (let age = days; age >= 1; age--)
        world.resources.push({
          account_id: ACCOUNT,
          region_id: REGION,
          resource_type: type,
          resource_id: id,
          utilization_id: id,
          resource_name: id,
          state,
          size_class: null,
          size_gib: null,
          ...size?.(age),
          attributes,
          tags,
          date: dayBack(age),
        } as unknown as RelationRow);
    },
    /** `level` gives the value of an hour by the age of its day; null where nothing was measured. */
    addMetric(
      id: string,
      {
        namespace,
        metric,
        field = 'average',
        level,
        noise = 0,
      }: {
        namespace: string;
        metric: string;
        field?: 'average' | 'minimum' | 'sum';
        level: (age: number, hour: number) => number | null;
        noise?: number;
      },
    ): void {
      const random = createRandom(id.length * 1009 + metric.length);
      const hours = Array.from({ length: 95 }, (_, day) => HOURS.map((hour) => ({ age: 95 - day, hour })));
      for (const { age, hour } of hours.flat()) {
        const value = level(age, hour);
        if (value === null) continue;
        const noisy = value + noise * random.normal();
        world.utilization.push({
          account_id: ACCOUNT,
          region_id: REGION,
          namespace,
          resource_id: id,
          metric,
          measured_at: `${dayBack(age)}T${String(hour).padStart(2, '0')}:00:00Z`,
          period_seconds: 3600,
          ...statistics(field, noisy),
          date: dayBack(age),
        });
      }
    },
    addFreeStorage(id: string, free: (age: number) => number): void {
      this.addMetric(id, {
        namespace: 'AWS/RDS',
        metric: 'FreeStorageSpace',
        field: 'minimum',
        level: (age) => free(age) * GIB,
        noise: 0.2 * GIB,
      });
    },
    addQuota(code: string, usage: (age: number) => number | null, quota: RelationRow = {}): void {
      for (let age = 95; age >= 1; age--)
        world.quotas.push({
          account_id: ACCOUNT,
          region_id: REGION,
          service_code: 'ec2',
          quota_code: code,
          quota_name: `quota ${code}`,
          quota_limit: 100,
          is_adjustable: true,
          usage: usage(age),
          usage_metric: 'ResourceCount',
          date: dayBack(age),
          ...quota,
        });
    },
    addCharge(resource_id: string, charge: RelationRow): void {
      world.resource_charges.push({
        resource_id,
        sub_account_id: ACCOUNT,
        region_id: REGION,
        service_name: 's',
        pricing_category: 'Standard',
        billing_currency: 'USD',
        team: 'web',
        service: 'shop',
        environment: 'prod',
        tier: '1',
        cost_center: 'cc-1',
        owner: 'ann',
        charged_days: 30,
        ...charge,
      });
    },
  };
}
