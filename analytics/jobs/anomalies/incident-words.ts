import type { Part } from '../../cause/attribute-excess.ts';
import { type Cause, coreOf, sumExcess } from '../../cause/choose-causes.ts';
import { formatScaled } from '../../decimal-text.ts';
import { type ChangeFacts, describeChange } from '../../incident/describe-change.ts';
import type { ChangeKind, StatedCause } from '../../incident/incident.ts';
import type { Assembled, Found } from './assemble-incident.ts';
import type { Departure } from './candidates.ts';
import type { LeafValues } from './read-leaves.ts';
import { SEVERAL } from './read-series.ts';

const MOST = 0.8;

/** A cause with its amounts, in words. */
export function stateCause(cause: Cause<string>, change: ChangeKind, facts: ChangeFacts): StatedCause {
  const { where, parts } = cause;
  const shown = Object.fromEntries(
    Object.entries(where).filter((entry): entry is [string, string] => Boolean(entry[1])),
  );
  const place = [
    where.service && (isNamed(where.service) ? `service ${where.service}` : 'not allocated'),
    isNamed(where.environment) && where.environment,
    where.service_name,
    where.sub_account_id && `account ${where.sub_account_id}`,
    where.region_id,
  ].filter(Boolean);
  // Units that cost nothing before have no price to compare with: all of it is price.
  const isPrice = change === 'free_tier_ended';
  const across = parts.length > 1 ? `, ${parts.length} parts of the bill` : '';
  return {
    text: `${describeChange(change, cause, facts)} (${[...place].join(', ')}${across})`.replace(' ()', ''),
    amount: formatScaled(cause.excess),
    quantity_amount: formatScaled(isPrice ? 0n : cause.quantityExcess),
    price_amount: formatScaled(isPrice ? cause.excess : cause.priceExcess),
    where: shown,
    change,
    resources: facts.resources.map(({ amount, ...rest }) => ({ ...rest, amount: formatScaled(amount) })),
  };
}

/** '(unallocated)' and the like stand for nobody. */
const isNamed = (name: string | undefined) => name !== undefined && !name.startsWith('(');

/** Everything that the causes do not explain. */
export function stateRest(rest: Omit<Cause<string>, 'where'>): StatedCause {
  return {
    text: `everything else (${rest.parts.length} ${rest.parts.length === 1 ? 'part' : 'parts'} of the bill)`,
    amount: formatScaled(rest.excess),
    quantity_amount: formatScaled(rest.quantityExcess),
    price_amount: formatScaled(rest.priceExcess),
    where: {},
    change: null,
    resources: [],
  };
}

/** The value that has at least four fifths of the excess. */
export function mostOf(core: readonly Part<LeafValues>[], name: keyof LeafValues): string {
  const amounts = new Map<string, number>();
  let total = 0;
  for (const { values, excess } of core) {
    const amount = Math.abs(Number(excess));
    amounts.set(values[name], (amounts.get(values[name]) ?? 0) + amount);
    total += amount;
  }
  const [value, amount] = [...amounts].sort(([, a], [, b]) => b - a)[0] ?? [SEVERAL, 0];
  return amount >= MOST * total && value !== '' ? value : SEVERAL;
}

const KINDS_OF_CHANGE: Partial<Record<ChangeKind, string>> = {
  new_region: 'new_region',
  new_service: 'new_service',
  new_account: 'new_account',
  price: 'price_change',
  free_tier_ended: 'free_tier_ended',
  tag_change: 'tag_change',
};

/** What kind of incident it is, by its shape, or by what changed where that has a name. */
export function kindOf({ departure }: Found, change: ChangeKind): string {
  return KINDS_OF_CHANGE[change] ?? departure.detection.kind;
}

/** A series for people. */
export function nameSeries({ kind, scope, name }: Departure['bill']): string {
  if (name !== undefined) return name;
  const names = Object.values(scope).filter(Boolean).join(' / ');
  const words = {
    group: 'allocation group',
    service_name: 'AWS service',
    sub_account: 'account',
    usage_type: 'usage type',
    unit_cost: 'unit cost of',
    hours: 'hours of',
    driver: 'volume of',
    utilization: 'utilization of',
    coverage: 'commitment coverage',
  }[kind];
  return names === '' ? words : `${words} ${names}`;
}

/** Whose an incident is. */
export function nameOwner({ parts }: Found): string {
  const core = coreOf(parts);
  return `${mostOf(core, 'service')} (${mostOf(core, 'environment')}, team ${mostOf(core, 'team')})`;
}

/** One line for a list. */
export function titleOf(
  { currency, direction, from, to, isOpen }: Assembled,
  perDay: number,
  change: ChangeKind,
  cause: string,
): string {
  const amount = `${Math.abs(perDay).toFixed(Math.abs(perDay) >= 100 ? 0 : 2)} ${currency}`;
  const way = direction === 'up' ? 'more' : 'less';
  if (change === 'tag_change') return `${amount} a day: ${cause}`;
  return from === to && !isOpen
    ? `${amount} ${way} on ${from}: ${cause}`
    : `${amount} a day ${way}: ${cause}`;
}

/** The numbers in sentences; what the largest cause is, the title says. */
export function reasonOf(
  lead: Assembled,
  largest: Pick<Cause<string>, 'excess' | 'parts' | 'where'> | undefined,
  seriesCount: number,
): string {
  const { detection, bill } = lead.departure;
  const others = seriesCount > 1 ? ` It shows in ${seriesCount} series.` : '';
  const began =
    lead.beganAt === null
      ? ''
      : ` It began on ${lead.beganAt.slice(0, 10)} at ${lead.beganAt.slice(11, 16)} UTC.`;
  const cause = largest === undefined ? '' : ` ${shareOf(lead, largest)}`;
  return `${capitalize(nameSeries(bill))}: ${detection.explanation}${began}${cause}${others}`;
}

/** How much of an incident its largest cause is, and what that costs a day now, and did before. */
function shareOf(
  lead: Assembled,
  { excess, parts, where }: Pick<Cause<string>, 'excess' | 'parts' | 'where'>,
): string {
  const total = Number(sumExcess(lead.parts));
  const share = total === 0 ? 0 : Math.round((100 * Number(excess)) / total);
  const what = where.commitment_discount_id || where.sku_meter || where.service_name || 'its largest cause';
  if (lead.family === 'coverage') return `${share} % of it is ${what}.`;
  const perDay = (name: 'cost' | 'expected') =>
    (Number(parts.reduce((sum, part) => sum + part[name], 0n)) / 1e12 / lead.days).toFixed(2);
  return `${share} % of it is ${what}: ${perDay('cost')} instead of ${perDay('expected')} ${lead.currency} a day.`;
}

/** What to do about it. */
export function nextStepOf(change: ChangeKind, facts: ChangeFacts | undefined): string {
  const [resource] = facts?.resources ?? [];
  const look = resource ? `Look at ${resource.resource_id}: ` : '';
  const isOnce = facts?.onceOn !== undefined;
  const plan = isOnce
    ? 'ask what it was for; if it comes every month, it is told this once.'
    : 'ask whether it is wanted, and plan its budget.';
  const steps: Record<ChangeKind, string> = {
    new_region: `${look}ask who started it, and forbid the region where nobody may use it.`,
    new_account: `${look}ask who uses the account, and give it a budget.`,
    new_service: look + plan,
    new_usage_type: look + plan,
    new_resource: isOnce ? look + plan : `${look}ask whether it is wanted; stop it if not.`,
    more_usage: `${look}find what changed on the day it began: a deployment, a setting, its load.`,
    less_usage: `${look}check that it works as it should.`,
    more_volume:
      'Nothing, if the volume is wanted: the cost of a unit tells whether it grew by more than that.',
    less_volume: 'Scale down what the volume no longer needs, if it stays where it is.',
    stopped: `${look}check that it was stopped on purpose.`,
    price: 'Compare the price with the contract and with other instance types or regions.',
    free_tier_began: 'Nothing to do.',
    free_tier_ended: 'Plan for the price of further units.',
    commitment_lapse: 'Renew the commitment, or buy what headroom show commitment-purchases recommends.',
    tag_change: 'Check the tags: all of it costs what it did, only its owner is another one.',
  };
  return capitalize(steps[change]);
}

export const capitalize = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
