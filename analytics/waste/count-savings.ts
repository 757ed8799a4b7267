import { groupBy } from '../group-by.ts';

/** A finding as totals see it. Amounts are in units of 10^-12 of the currency, for 30 days. */
export type SavingCandidate = {
  id: string;
  currency: string;
  accountId: string;
  /** Findings of one resource share it. */
  resource: string;
  /** What the resource is a part of, or what the finding itself is about where its scope says so; null: nothing known. */
  group: string | null;
  environment: string | null;
  scope: 'resource' | 'group' | 'environment' | 'account';
  action: string;
  /** 'whole', or the part of the resource's cost that it touches. */
  costPart: string;
  /** Whether a compute commitment could cover what it frees. */
  isCompute: boolean;
  saving: bigint;
  deferred: bigint;
  partCost: bigint;
  /** What the whole resource costs; null: unknown, then the parts alone limit the saving. */
  resourceCost: bigint | null;
  confidence: number;
};

/** What a finding adds to the total; `alternativeTo` names the finding that is counted in its place. */
export type CountedSaving = {
  isCounted: boolean;
  saving: bigint;
  deferred: bigint;
  alternativeTo: string | null;
};

type Taken = { candidate: SavingCandidate; saving: bigint; deferred: bigint };
/** The best compatible set below a place in the tree. */
type Choice = {
  taken: Taken[];
  saving: bigint;
  deferred: bigint;
  /** The part of the members' saving that no compute commitment could have covered. */
  nonCompute: bigint;
  members: SavingCandidate[];
};

const NOTHING: CountedSaving = { isCounted: false, saving: 0n, deferred: 0n, alternativeTo: null };
const WHOLE = 'whole';
const COMMIT = 'commit';

/**
 * Counts savings once: the best compatible set of each resource, then up the tree resource < group < environment the
 * larger of a finding about the whole and of the sum of its members. Purchases of commitments are computed on what then
 * remains. Whatever the order of the candidates, the answer is the same; leaving one out never raises the total.
 */
export function countSavings(candidates: readonly SavingCandidate[]): Map<string, CountedSaving> {
  const counted = new Map(candidates.map(({ id }) => [id, NOTHING]));
  const saving = candidates
    .map((each) => ({ ...each, saving: limit(each.saving, each.partCost) }))
    .filter((each) => each.saving > 0n || each.deferred > 0n);
  for (const [, members] of groupBy(saving, ({ currency }) => currency)) {
    // What is about to end saves nothing when it is renewed: it is told about, not counted.
    const purchases = members.filter(({ action, saving: now }) => action === COMMIT && now > 0n);
    const choice = chooseAll(
      members.filter(({ action }) => action !== COMMIT),
      counted,
    );
    for (const taken of choice.taken) countTaken(counted, taken);
    countPurchases(purchases, choice.saving - choice.nonCompute, counted);
  }
  return counted;
}

function chooseAll(candidates: readonly SavingCandidate[], counted: Map<string, CountedSaving>): Choice {
  const isOf = (scope: SavingCandidate['scope']) => (each: SavingCandidate) => each.scope === scope;
  const environments = groupBy(candidates.filter(isOf('environment')), keyOf('environment'));
  const groups = groupBy(candidates.filter(isOf('group')), keyOf('group'));
  const leaves = candidates.filter((each) => each.scope === 'resource' || each.scope === 'account');
  const resources = groupBy(leaves, ({ accountId, resource }) => JSON.stringify([accountId, resource]));

  const inGroup = new Map<string, Choice[]>();
  const inEnvironment = new Map<string, Choice[]>();
  const top: Choice[] = [];
  const place = (choice: Choice, group: string | null, environment: string | null) => {
    if (group !== null && groups.has(group)) push(inGroup, group, choice);
    else if (environment !== null && environments.has(environment)) push(inEnvironment, environment, choice);
    else top.push(choice);
  };
  for (const [, members] of resources) {
    const first = members[0] as SavingCandidate;
    place(chooseOwn(members, counted), first.group, first.environment);
  }
  for (const [group, own] of groups) {
    const environment = own.map((each) => each.environment).sort()[0] ?? null;
    place(chooseBetween(own, inGroup.get(group) ?? [], counted), null, environment);
  }
  for (const [environment, own] of environments)
    top.push(chooseBetween(own, inEnvironment.get(environment) ?? [], counted));
  return combine(top);
}

/** The best set of findings about one thing: the best of each part together, or the best about the whole. */
function chooseOwn(candidates: readonly SavingCandidate[], counted: Map<string, CountedSaving>): Choice {
  const parts = groupBy([...candidates].sort(compareCandidates), ({ costPart }) => costPart);
  const best = (members: readonly SavingCandidate[]) => members[0] as SavingCandidate;
  const whole = parts.get(WHOLE);
  const separate = [...parts].filter(([part]) => part !== WHOLE).map(([, members]) => members);
  const chosenWhole = takeUpTo(whole ? [best(whole)] : []);
  const chosenParts = takeUpTo(separate.map(best));
  const isWhole = compareAmounts(chosenWhole, chosenParts) >= 0 && whole !== undefined;
  const taken = isWhole ? chosenWhole.taken : chosenParts.taken;
  for (const members of isWhole ? parts.values() : separate) {
    const winner = isWhole ? taken[0]?.candidate : best(members);
    for (const each of members) if (each !== winner) yieldTo(counted, each, winner);
  }
  if (!isWhole) for (const each of whole ?? []) yieldTo(counted, each, largest(taken));
  const { saving, deferred } = isWhole ? chosenWhole : chosenParts;
  const isCompute = candidates.some((each) => each.isCompute);
  return { taken, saving, deferred, nonCompute: isCompute ? 0n : saving, members: [...candidates] };
}

/** Findings about a group against the best of its members: one or the other. */
function chooseBetween(
  own: readonly SavingCandidate[],
  children: readonly Choice[],
  counted: Map<string, CountedSaving>,
): Choice {
  const mine = chooseOwn(own, counted);
  const theirs = combine(children);
  const [winner, loser] = compareAmounts(mine, theirs) > 0 ? [mine, theirs] : [theirs, mine];
  for (const each of loser.members) yieldTo(counted, each, largest(winner.taken));
  const { taken, saving, deferred } = winner;
  return {
    taken,
    saving,
    deferred,
    nonCompute: theirs.nonCompute,
    members: [...mine.members, ...theirs.members],
  };
}

/**
 * A purchase saves on what the counted findings leave of the cost that it would cover. Rounded once, over all of them:
 * each has the difference of the rounded cumulative sums.
 */
function countPurchases(
  purchases: readonly SavingCandidate[],
  freed: bigint,
  counted: Map<string, CountedSaving>,
): void {
  const accounts = [...groupBy(purchases, ({ accountId }) => accountId)].sort(([a], [b]) => (a < b ? -1 : 1));
  const covered = accounts.reduce(
    (sum, [, members]) => sum + largestOf(members.map((each) => each.partCost)),
    0n,
  );
  const left = covered > freed ? covered - freed : 0n;
  const scale = (amount: bigint) => (covered === 0n ? 0n : (amount * left) / covered);
  let sum = 0n;
  for (const [, members] of accounts) {
    const [winner, ...others] = [...members].sort(compareCandidates);
    if (!winner) continue;
    const saving = scale(sum + winner.saving) - scale(sum);
    sum += winner.saving;
    countTaken(counted, { candidate: winner, saving, deferred: 0n });
    for (const each of others) yieldTo(counted, each, winner);
  }
}

/** Takes what findings on one thing save, up to what the thing costs. */
function takeUpTo(candidates: readonly SavingCandidate[]): {
  taken: Taken[];
  saving: bigint;
  deferred: bigint;
} {
  const taken: Taken[] = [];
  let saving = 0n;
  let deferred = 0n;
  for (const candidate of [...candidates].sort(compareCandidates)) {
    const { partCost, resourceCost } = candidate;
    const left = resourceCost === null ? partCost : resourceCost - saving;
    const now = limit(candidate.saving, left > 0n ? left : 0n);
    taken.push({ candidate, saving: now, deferred: 0n });
    saving += now;
  }
  for (const each of taken) {
    const { partCost, resourceCost } = each.candidate;
    const left = resourceCost === null ? partCost - each.saving : resourceCost - saving - deferred;
    each.deferred = limit(each.candidate.deferred, left > 0n ? left : 0n);
    deferred += each.deferred;
  }
  return { taken, saving, deferred };
}

function combine(choices: readonly Choice[]): Choice {
  return {
    taken: choices.flatMap(({ taken }) => taken),
    saving: choices.reduce((sum, { saving }) => sum + saving, 0n),
    deferred: choices.reduce((sum, { deferred }) => sum + deferred, 0n),
    nonCompute: choices.reduce((sum, { nonCompute }) => sum + nonCompute, 0n),
    members: choices.flatMap(({ members }) => members),
  };
}

function countTaken(counted: Map<string, CountedSaving>, { candidate, saving, deferred }: Taken): void {
  const isCounted = saving > 0n || deferred > 0n;
  counted.set(candidate.id, { isCounted, saving, deferred, alternativeTo: null });
}

function yieldTo(
  counted: Map<string, CountedSaving>,
  loser: SavingCandidate,
  winner: SavingCandidate | undefined,
): void {
  counted.set(loser.id, { ...NOTHING, alternativeTo: winner?.id ?? null });
}

function largest(taken: readonly Taken[]): SavingCandidate | undefined {
  return taken.map(({ candidate }) => candidate).sort(compareCandidates)[0];
}

/** The better first: it saves more now, then later, then is surer; ids settle the rest. */
function compareCandidates(a: SavingCandidate, b: SavingCandidate): number {
  return compareAmounts(b, a) || b.confidence - a.confidence || (a.id < b.id ? -1 : Number(a.id > b.id));
}

type Amounts = { saving: bigint; deferred: bigint };

function compareAmounts(a: Amounts, b: Amounts): number {
  if (a.saving !== b.saving) return a.saving > b.saving ? 1 : -1;
  return a.deferred === b.deferred ? 0 : a.deferred > b.deferred ? 1 : -1;
}

function limit(amount: bigint, most: bigint): bigint {
  return amount < most ? amount : most;
}

function largestOf(amounts: readonly bigint[]): bigint {
  return amounts.reduce((most, amount) => (amount > most ? amount : most), 0n);
}

function keyOf(level: 'group' | 'environment') {
  return (each: SavingCandidate) => each[level] ?? each.id;
}

function push<T>(map: Map<string, T[]>, key: string, item: T): void {
  const items = map.get(key);
  if (items) items.push(item);
  else map.set(key, [item]);
}
