import type { Cause } from '../cause/choose-causes.ts';
import type { ChangeKind } from './incident.ts';

/** What is known of a cause beside its amounts. */
export type ChangeFacts = {
  /** Names that cost something for the first time with the incident. */
  isNew: { region: boolean; service: boolean; account: boolean; usageType: boolean };
  resources: readonly { resource_id: string; amount: bigint; is_new: boolean }[];
  /** Its cost appeared here as it left another place. */
  movedFrom?: string;
  isCoverage: boolean;
  /** What the business did more or less of, by as much as explains it. */
  volume?: { driver: string; ratio: number };
};

const MOST = 0.6;
const NOTHING_RATIO = 0.05;

/** What changed, the most telling first: something new, a price, or the amount that was used. */
export function classifyChange(cause: Cause<string>, facts: ChangeFacts): ChangeKind {
  const sum = (name: 'cost' | 'expected') => cause.parts.reduce((total, part) => total + part[name], 0n);
  const [cost, expected, excess] = [Number(sum('cost')), Number(sum('expected')), Number(cause.excess)];
  if (facts.isCoverage) return 'commitment_lapse';
  if (facts.movedFrom !== undefined) return 'tag_change';
  const isStart = excess > 0 && expected <= NOTHING_RATIO * cost;
  const isEnd = excess < 0 && cost <= NOTHING_RATIO * expected;
  const first = isStart ? classifyNew(facts) : undefined;
  if (first !== undefined) return first;
  if (Math.abs(Number(cause.priceExcess)) >= MOST * Math.abs(excess)) {
    if (isEnd) return 'free_tier_began';
    return isStart ? 'free_tier_ended' : 'price';
  }
  const [resource] = facts.resources;
  if (excess > 0 && resource?.is_new && Number(resource.amount) >= MOST * excess) return 'new_resource';
  if (isEnd) return 'stopped';
  if (facts.volume !== undefined) return excess > 0 ? 'more_volume' : 'less_volume';
  return excess > 0 ? 'more_usage' : 'less_usage';
}

function classifyNew({ isNew }: ChangeFacts): ChangeKind | undefined {
  if (isNew.region) return 'new_region';
  if (isNew.account) return 'new_account';
  if (isNew.service) return 'new_service';
  return isNew.usageType ? 'new_usage_type' : undefined;
}

/** The change in words, such as '5.9 times the usual use of NatGateway-Bytes'. */
export function describeChange(kind: ChangeKind, cause: Cause<string>, facts: ChangeFacts): string {
  const { where } = cause;
  const what = where.sku_meter ?? where.service_name ?? 'all usage';
  const [first] = facts.resources;
  const words: Record<ChangeKind, () => string> = {
    new_region: () => `first use of region ${where.region_id ?? cause.parts[0]?.values.region_id}: ${what}`,
    new_account: () => `first cost of account ${where.sub_account_id}: ${what}`,
    new_service: () => `first use of ${where.service_name}: ${what}`,
    new_usage_type: () => `first use of ${what}`,
    new_resource: () => `new resource ${first?.resource_id}: ${what}`,
    more_usage: () => `${timesOf(cause)} the usual use of ${what}`,
    less_usage: () => `${timesOf(cause)} the usual use of ${what}`,
    more_volume: () => withVolume(cause, what, facts),
    less_volume: () => withVolume(cause, what, facts),
    stopped: () => `${what} is no longer used`,
    price: () => `the unit price of ${what} ${priceOf(cause)}`,
    free_tier_began: () => `free units of ${what} began anew`,
    free_tier_ended: () => `the free units of ${what} are used up`,
    commitment_lapse: () => lossOf(cause),
    tag_change: () => `cost of ${what} that was ${facts.movedFrom} before: tagged otherwise`,
  };
  return words[kind]();
}

function withVolume(cause: Cause<string>, what: string, { volume }: ChangeFacts): string {
  return `${timesOf(cause)} the usual use of ${what} with ${volume?.ratio.toFixed(2)} times the usual ${volume?.driver}`;
}

function timesOf(cause: Cause<string>): string {
  const sum = (name: 'cost' | 'expected') =>
    Number(cause.parts.reduce((total, part) => total + part[name], 0n));
  const ratio = sum('cost') / sum('expected');
  if (!Number.isFinite(ratio) || ratio > 1000) return 'far more than';
  return `${ratio >= 10 ? ratio.toFixed(0) : ratio >= 1 ? ratio.toFixed(1) : ratio.toFixed(2)} times`;
}

function priceOf(cause: Cause<string>): string {
  const [part] = cause.parts;
  if (part === undefined || !(part.quantity > 0) || !(part.baseQuantity > 0)) return 'changed';
  const change = Number(part.cost) / part.quantity / (Number(part.baseCost) / part.baseQuantity) - 1;
  return `${change > 0 ? 'rose' : 'fell'} by ${Math.abs(100 * change).toFixed(0)} %`;
}

function lossOf(cause: Cause<string>): string {
  const ended = cause.parts.filter(({ cost, expected }) => cost === 0n && expected > 0n);
  const name = cause.where.commitment_discount_id ?? 'commitments';
  return ended.length > 0 ? `${name} ended: it saves nothing now` : `${name} saves less`;
}
