import { createHash } from 'node:crypto';

/** What makes a finding the same one from run to run. */
export type FindingIdentity = {
  detector: string;
  sub_account_id: string;
  resource_id: string;
  cost_part: string;
  billing_currency: string;
};

const ID_LENGTH = 16;

/** The same for the same detector, account, resource, part and currency, whatever else changes. */
export function makeFindingId(finding: FindingIdentity): string {
  const { detector, sub_account_id, resource_id, cost_part, billing_currency } = finding;
  return createHash('sha256')
    .update(JSON.stringify([detector, sub_account_id, resource_id, cost_part, billing_currency]))
    .digest('hex')
    .slice(0, ID_LENGTH);
}
