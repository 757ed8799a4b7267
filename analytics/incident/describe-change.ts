import type { Cause } from '../cause/choose-causes.ts';
import type { ChangeKind } from './incident.ts';

/** What is known of a cause beside its amounts. */
export type ChangeFacts = {
  /** Names that cost something for the first time with the incident. */
  isNew: { region: boolean; service: boolean; account: boolean; usageType: boolean };
  resources: readonly { resource_id: string; amount: bigint; is_new: boolean }[];
  /** Its cost appeared with one owner as it left another. */
  movedFrom?: string;
  movedTo?: string;
  /** It does not go on. */
  isOver?: boolean;
  /** All of it was charged on this one day, `YYYY-MM-DD`. */
  onceOn?: string;
  isCoverage: boolean;
  /** The same units were used before, at no cost. */
  wasFree?: boolean;
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
  if (isStart && facts.wasFree) return 'free_tier_ended';
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
  const named = where.sku_meter ?? where.service_name;
  const what = named ?? 'all usage';
  const [first] = facts.resources;
  const once = facts.onceOn === undefined ? '' : `, charged once on ${facts.onceOn}`;
  const words: Record<ChangeKind, () => string> = {
    new_region: () =>
      `first use of region ${where.region_id ?? cause.parts[0]?.values.region_id}: ${what}${once}`,
    new_account: () => `first cost of account ${where.sub_account_id}: ${what}${once}`,
    new_service: () => `first use of ${where.service_name}: ${what}${once}`,
    new_usage_type: () => `first use of ${what}${once}`,
    new_resource: () => `new resource ${first?.resource_id}: ${what}${once}`,
    more_usage: () => describeUse(cause, named),
    less_usage: () => describeUse(cause, named),
    more_volume: () => withVolume(cause, named, facts),
    less_volume: () => withVolume(cause, named, facts),
    stopped: () => `${what} ${facts.isOver ? 'was not used' : 'is no longer used'}`,
    price: () => `the unit price of ${what} ${priceOf(cause)}`,
    free_tier_began: () => `free units of ${what} began anew`,
    free_tier_ended: () => `the free units of ${what} are used up`,
    commitment_lapse: () => lossOf(cause),
    tag_change: () =>
      `cost of ${what} moved from ${facts.movedFrom}${facts.movedTo === undefined ? '' : ` to ${facts.movedTo}`}, as it is tagged otherwise`,
  };
  return words[kind]();
}

function withVolume(cause: Cause<string>, named: string | undefined, { volume }: ChangeFacts): string {
  const { driver, ratio = 1 } = volume ?? {};
  const moved =
    ratio < 1
      ? `${percentLess(ratio)} less ${driver} than usual`
      : `${ratio.toFixed(2)} times the usual ${driver}`;
  return `${describeUse(cause, named)} with ${moved}`;
}

/** How much more or less there is of what has a name, or of cost. */
function describeUse(cause: Cause<string>, named: string | undefined): string {
  const sum = (name: 'cost' | 'expected') =>
    Number(cause.parts.reduce((total, part) => total + part[name], 0n));
  const ratio = sum('cost') / sum('expected');
  const use = named === undefined ? 'cost' : `use of ${named}`;
  if (!Number.isFinite(ratio) || ratio > 1000) return `far more than the usual ${use}`;
  if (ratio < 1) return `${percentLess(Math.max(0, ratio))} less ${use} than usual`;
  return `${ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(1)} times the usual ${use}`;
}

const percentLess = (ratio: number) => `${Math.round(100 * (1 - ratio))} %`;

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
