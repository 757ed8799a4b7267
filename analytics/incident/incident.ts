import { createHash } from 'node:crypto';
import type { AllocationDimension } from '../vocabulary.ts';

/** One cause in words; the amounts of all causes add up to the excess of the incident. Amounts are decimal text. */
export type StatedCause = {
  text: string;
  amount: string;
  /** Of `amount`: more or fewer units at the old price, and the change of the price. */
  quantity_amount: string;
  price_amount: string;
  /** What its parts of the bill have in common; empty: everything that the other causes do not explain. */
  where: Record<string, string>;
  change: ChangeKind | null;
  resources: { resource_id: string; amount: string; is_new: boolean }[];
};

export type ChangeKind =
  | 'new_region'
  | 'new_service'
  | 'new_account'
  | 'new_usage_type'
  | 'new_resource'
  | 'more_usage'
  | 'less_usage'
  | 'more_volume'
  | 'less_volume'
  | 'stopped'
  | 'price'
  | 'free_tier_began'
  | 'free_tier_ended'
  | 'commitment_lapse'
  | 'tag_change';

/** An incident as one run sees it. Days are included and `YYYY-MM-DD`; amounts are decimal text. */
export type FoundIncident = {
  /** What its largest cause is about: the same from run to run. */
  cause_key: string;
  /** The series that tells it most clearly. */
  series_id: string;
  kind: string;
  /** What departed from the usual: cost, unit_cost, coverage, utilization or driver; the latter two cost nothing themselves. */
  measure: string;
  family: string;
  direction: 'up' | 'down';
  started_on: string;
  /** The hour it began, an ISO instant; null where only days are known. */
  began_at: string | null;
  /** Null while it goes on. */
  ended_on: string | null;
  judged_on: string;
  /** Its new level is the baseline now. */
  is_accepted: boolean;
  excess_per_day_cost: string;
  excess_cost: string;
  expected_cost: string;
  observed_cost: string;
  /** Of what departed, in its own unit: what was observed over what was expected, less one; null where nothing was expected. */
  change_ratio: number | null;
  /** What a day of it costs, of utilization and drivers; decimal text. */
  at_stake_per_day_cost: string | null;
  billing_currency: string;
  confidence: number;
  severity: string;
  title: string;
  reason: string;
  next_step: string;
  series_count: number;
  causes: string;
  evidence: string;
  sub_account_id: string;
  region_id: string;
  service_name: string;
  sku_meter: string;
} & Record<AllocationDimension, string>;

export const INCIDENT_STATUSES = ['open', 'updated', 'closed', 'accepted', 'withdrawn'] as const;
export type IncidentStatus = (typeof INCIDENT_STATUSES)[number];

/** An incident with what became of it. */
export type TrackedIncident = FoundIncident & {
  id: string;
  status: IncidentStatus;
  /** Rises with what is known about it. */
  revision: number;
  /** The day of the run that last changed it. */
  revised_on: string;
};

const ID_LENGTH = 16;

/** The same for the same cause and start, whatever else becomes known. */
export function makeIncidentId({ cause_key, started_on }: FoundIncident): string {
  return createHash('sha256')
    .update(JSON.stringify([cause_key, started_on]))
    .digest('hex')
    .slice(0, ID_LENGTH);
}
