import type { PartItem } from './parts.ts';

/** The tooling of the security account; AWS names no resource for it. */
export const SECURITY_USAGE: PartItem[] = [
  { meter: 'guardEvents', quantity: 4_000_000, shape: 'load' },
  { meter: 'configItems', quantity: 5_200, shape: 'steady' },
  { meter: 'trailEvents', quantity: 480_000, shape: 'load' },
  { meter: 'kmsRequests', quantity: 1_600_000, shape: 'load' },
];
