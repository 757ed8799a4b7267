/** Words that every part of Headroom shares. */

/** What a charge is allocated to, in the order in which results list them. */
export const ALLOCATION_DIMENSIONS = [
  'team',
  'service',
  'environment',
  'tier',
  'cost_center',
  'owner',
] as const;
export type AllocationDimension = (typeof ALLOCATION_DIMENSIONS)[number];

/** The cost columns of FOCUS that a variance or a unit cost can be computed on. */
export const COST_BASES = ['billed', 'effective', 'list', 'contracted'] as const;
export type CostBasis = (typeof COST_BASES)[number];
