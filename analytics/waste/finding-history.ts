import { type ColumnType, column, type TableSchema } from '../lake/table-schema.ts';
import { MONEY } from '../lake/tables.ts';
import { ALLOCATION_DIMENSIONS, type AllocationDimension } from '../vocabulary.ts';

/** A finding of a run with its owner. Amounts are decimal text, dates `YYYY-MM-DD`. */
export type Finding = {
  finding_id: string;
  detector: string;
  resource_type: string;
  resource_id: string;
  resource_name: string | null;
  arn: string | null;
  sub_account_id: string;
  region_id: string;
  scope: 'resource' | 'group' | 'environment' | 'account';
  group_id: string | null;
  /** The group that a resource is a part of. */
  parent_group_id: string | null;
  action: string;
  cost_part: string;
  reason: string;
  observed: string;
  threshold: string;
  resource_cost: string | null;
  part_cost: string;
  saving_cost: string;
  deferred_saving_cost: string;
  billing_currency: string;
  confidence: number;
  remedy: string;
  evidence: string;
} & Record<AllocationDimension, string>;

/** A finding as it was last found, and what became of it. */
export type TrackedFinding = Finding & {
  counted_saving_cost: string;
  first_found_date: string;
  last_found_date: string;
  /** The first run that did not find it; null while it is found. */
  resolved_date: string | null;
  /** When it came back after it was resolved; null: never. */
  reopened_date: string | null;
  /** Its metric is missing now: it cannot be judged, which resolves nothing. */
  is_unknown: boolean;
  realised_saving_cost: string | null;
};

/** A resolved finding is told about for thirteen months. */
const RESOLVED_DAYS = 400;
const DAY_MILLISECONDS = 86_400_000;

const AMOUNTS = new Set(['resource_cost', 'part_cost', 'saving_cost', 'deferred_saving_cost']);
const NULLABLE = new Set(['resource_name', 'arn', 'group_id', 'parent_group_id', 'resource_cost']);
const FINDING_COLUMNS = [
  'finding_id',
  'detector',
  'resource_type',
  'resource_id',
  'resource_name',
  'arn',
  'sub_account_id',
  'region_id',
  'scope',
  'group_id',
  'parent_group_id',
  'action',
  'cost_part',
  'reason',
  'observed',
  'threshold',
  'resource_cost',
  'part_cost',
  'saving_cost',
  'deferred_saving_cost',
  'billing_currency',
  'confidence',
  'remedy',
  'evidence',
  ...ALLOCATION_DIMENSIONS,
];

/** What each run leaves for the next: every finding that was ever found, but for those resolved long ago. */
export const FINDING_HISTORY: TableSchema = {
  name: 'finding_history',
  description: 'One row per finding and run: as it was last found, and what became of it',
  columns: [
    ...FINDING_COLUMNS.map((name) => column(name, typeOf(name), NULLABLE.has(name), '')),
    column('counted_saving_cost', MONEY, false, ''),
    column('first_found_date', 'date', false, ''),
    column('last_found_date', 'date', false, ''),
    column('resolved_date', 'date', true, ''),
    column('reopened_date', 'date', true, ''),
    column('is_unknown', 'boolean', false, ''),
    column('realised_saving_cost', MONEY, true, ''),
    column('as_of_date', 'date', false, ''),
  ],
  partitionBy: ['as_of_date'],
};

/**
 * Carries the findings of the run before over to this one: what is found again goes on, what is not is resolved, unless
 * its detector says that it cannot judge the resource now.
 *
 * @param previous what an earlier run left; not what this one left when it ran before.
 * @param unjudged keys (see `judgementKey`) of what detectors call unknown.
 */
export function trackFindings(options: {
  previous: readonly TrackedFinding[];
  found: readonly (Finding & { counted_saving_cost: string })[];
  unjudged: ReadonlySet<string>;
  asOf: string;
}): TrackedFinding[] {
  const { found, unjudged, asOf } = options;
  const before = new Map(options.previous.map((each) => [each.finding_id, each]));
  const tracked = found.map((finding): TrackedFinding => {
    const known = before.get(finding.finding_id);
    before.delete(finding.finding_id);
    return {
      ...finding,
      first_found_date: known?.first_found_date ?? asOf,
      last_found_date: asOf,
      resolved_date: null,
      reopened_date: known?.resolved_date ? asOf : (known?.reopened_date ?? null),
      is_unknown: false,
      realised_saving_cost: null,
    };
  });
  const forgottenBefore = new Date(Date.parse(asOf) - RESOLVED_DAYS * DAY_MILLISECONDS)
    .toISOString()
    .slice(0, 10);
  for (const known of before.values()) {
    const isUnknown = known.resolved_date === null && unjudged.has(judgementKey(known));
    const resolved_date = isUnknown ? null : (known.resolved_date ?? asOf);
    if (resolved_date !== null && resolved_date < forgottenBefore) continue;
    tracked.push({ ...known, resolved_date, is_unknown: isUnknown });
  }
  return tracked;
}

/** What a detector judges or cannot judge, whatever part of the cost it is about. */
export function judgementKey(finding: Pick<Finding, 'detector' | 'sub_account_id' | 'resource_id'>): string {
  return JSON.stringify([finding.detector, finding.sub_account_id, finding.resource_id]);
}

function typeOf(name: string): ColumnType {
  if (name === 'confidence') return 'double';
  return AMOUNTS.has(name) ? MONEY : 'string';
}
