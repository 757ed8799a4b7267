import { formatScaled, parseScaled } from '../../decimal-text.ts';
import { createRelation, type RelationRow } from '../../engine/relation.ts';
import { groupBy } from '../../group-by.ts';
import { type JournalEntry, openJournal } from '../../lake/journal.ts';
import type { ObjectStore } from '../../lake/object-store.ts';
import { type Close, listCloses } from '../../results/closes.ts';
import { addMonths } from '../../results/months.ts';
import { readSnapshot } from '../../results/snapshot.ts';
import { COST_BASES } from '../../vocabulary.ts';
import { type CurrentDelivery, listCurrentDeliveries } from '../deliveries.ts';
import type { Step, StepContext } from '../step.ts';
import { CLOSED_GRAIN } from './closed-costs.ts';

const JOURNAL = 'restatements';
const KEYS = [...CLOSED_GRAIN, 'billing_currency'];
const OWNER_KEYS = ['team', 'cost_center', 'billing_currency'];
/** What of a cost is in the bill, whoever it is allocated to. */
const BILL_KEYS = KEYS.filter((name) => name === 'billing_currency' || !OWNER_KEYS.includes(name));
const AMOUNTS = COST_BASES.map((basis) => `${basis}_cost`);

type Change = Record<string, string>;
type Restatement = JournalEntry & {
  /** The close that the changes are against: a month that was reopened and closed again begins anew. */
  close_sequence: number;
  known_as_of: string;
  /** The open month into which the changes are booked. */
  booked_period: string;
  deliveries: { source: string; delivery_id: string; delivered_at: string }[];
  /** Hash of the configuration that allocated the costs; absent in entries from before it was kept. */
  configuration?: string;
  /** What changed since the entry before. */
  changes: Change[];
};

const OUTPUT = {
  restatement_id: 'VARCHAR',
  billing_period: 'VARCHAR',
  sequence: 'BIGINT',
  cause: 'VARCHAR',
  recorded_at: 'TIMESTAMPTZ',
  known_as_of_date: 'DATE',
  booked_period: 'VARCHAR',
  delivery_ids: 'VARCHAR',
  delivered_at: 'TIMESTAMPTZ',
  ...Object.fromEntries(KEYS.map((name) => [name, 'VARCHAR'])),
  ...Object.fromEntries(AMOUNTS.map((name) => [name, 'DECIMAL(38,12)'])),
};

/**
 * Keeps a journal of what changed in months after they were closed: each entry holds the changes since the one before, so
 * that all entries of a close add up to the difference between as closed and as known now.
 */
export const restatements: Step = {
  name: 'restatements',
  inputs: ['closed_month_changes'],
  outputs: { restatements: OUTPUT },
  async run(context) {
    const { engine, store, scratchFolder } = context;
    const closes = await listCloses(store);
    const deliveries = closes.size > 0 ? await listCurrentDeliveries(store) : [];
    const differences = groupBy(
      (await engine.query('select * from closed_month_changes order by all')) as Change[],
      (row) => row.billing_period ?? '',
    );
    for (const [month, close] of closes) {
      const own = deliveries.filter(({ billingPeriod }) => billingPeriod === month);
      await noteChanges(context, month, close, differences.get(month) ?? [], own, new Set(closes.keys()));
    }
    await createRelation(engine, scratchFolder, 'restatements', OUTPUT, await listEntries(store));
  },
};

async function noteChanges(
  { store, asOf, configuration }: StepContext,
  month: string,
  close: Close,
  differences: readonly Change[],
  deliveries: readonly CurrentDelivery[],
  closedMonths: ReadonlySet<string>,
): Promise<void> {
  const journal = openJournal(store, JOURNAL);
  const entries = (await journal.read(month)) as Restatement[];
  const noted = entries.filter(({ close_sequence }) => close_sequence === close.sequence);
  const changes = sumChanges([...differences, ...noted.flatMap((entry) => entry.changes.map(negate))], KEYS);
  if (changes.length === 0) return;
  const before =
    noted.at(-1)?.configuration ??
    (await readSnapshot(store, close.results_version)).manifest.generated_from.configuration;
  await journal.append(
    month,
    {
      at: new Date().toISOString(),
      by: 'run',
      close_sequence: close.sequence,
      known_as_of: asOf,
      booked_period: findOpenMonth(month, closedMonths),
      deliveries: deliveries.map(({ source, deliveryId, deliveredAt }) => ({
        source,
        delivery_id: deliveryId,
        delivered_at: deliveredAt,
      })),
      configuration: configuration.hash,
      changes: nameCauses(changes, configuration.hash !== before),
    },
    entries.length,
  );
}

/**
 * A delivery changes what is in the bill, and with it who pays for shared costs; where the bill says the same, it was only
 * allocated otherwise.
 */
function nameCauses(changes: readonly Change[], isConfiguredAnew: boolean): Change[] {
  const moved = new Set(sumChanges(changes, BILL_KEYS).map((change) => keyOf(change, BILL_KEYS)));
  return changes.map((change) => {
    const isDelivered = isConfiguredAnew ? moved.has(keyOf(change, BILL_KEYS)) : moved.size > 0;
    return { ...change, cause: isDelivered ? 'delivery' : 'configuration' };
  });
}

const negate = (change: Change): Change => ({
  ...change,
  ...Object.fromEntries(AMOUNTS.map((name) => [name, formatScaled(-parseScaled(String(change[name])))])),
});

/** Adds up changes by `keys`, exactly; those that come to nothing are left out. */
function sumChanges(changes: readonly Change[], keys: readonly string[]): Change[] {
  return [...groupBy(changes, (change) => keyOf(change, keys))]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, own]) => ({
      ...Object.fromEntries(keys.map((name) => [name, own[0]?.[name] as string])),
      ...Object.fromEntries(
        AMOUNTS.map((name) => [
          name,
          formatScaled(own.reduce((sum, change) => sum + parseScaled(String(change[name])), 0n)),
        ]),
      ),
    }))
    .filter((change: Change) => AMOUNTS.some((name) => change[name] !== '0'));
}

const keyOf = (change: Change, keys: readonly string[]) => JSON.stringify(keys.map((name) => change[name]));

/** The first month after a closed one that is open. */
function findOpenMonth(month: string, closed: ReadonlySet<string>): string {
  let open = addMonths(month, 1);
  while (closed.has(open)) open = addMonths(open, 1);
  return open;
}

async function listEntries(store: ObjectStore): Promise<RelationRow[]> {
  const all = await openJournal(store, JOURNAL).readAll();
  return [...all].flatMap(([month, entries]) =>
    [...groupBy(entries as Restatement[], (entry) => String(entry.close_sequence))].flatMap(
      ([close, own]) => [
        ...own.flatMap((entry) => listDelivered(month, entry)),
        ...sumAllocated(month, close, own),
      ],
    ),
  );
}

function listDelivered(month: string, entry: Restatement): RelationRow[] {
  const deliveredAt = entry.deliveries.map(({ delivered_at }) => delivered_at).sort();
  return entry.changes.flatMap((change, index) =>
    change.cause === 'configuration'
      ? []
      : [
          {
            ...describe(month, entry, 'delivery'),
            restatement_id: `${month}-${entry.sequence}-${index + 1}`,
            delivery_ids: entry.deliveries.map(({ delivery_id }) => delivery_id).join(' '),
            delivered_at: deliveredAt.at(-1) ?? entry.at,
            ...change,
          },
        ],
  );
}

/** What other allocation comes to by owner since the close: what went there and back leaves nothing. */
function sumAllocated(month: string, close: string, entries: readonly Restatement[]): RelationRow[] {
  const isAllocated = ({ cause }: Change) => cause === 'configuration';
  const last = entries.findLast(({ changes }) => changes.some(isAllocated));
  if (last === undefined) return [];
  const changes = entries.flatMap((entry) => entry.changes.filter(isAllocated));
  return sumChanges(changes, OWNER_KEYS).map((change, index) => ({
    ...Object.fromEntries(BILL_KEYS.map((name) => [name, '(all)'])),
    ...describe(month, last, 'configuration'),
    restatement_id: `${month}-${close}-configuration-${index + 1}`,
    delivery_ids: '',
    delivered_at: null,
    ...change,
  }));
}

function describe(month: string, entry: Restatement, cause: string) {
  return {
    billing_period: month,
    sequence: entry.sequence,
    cause,
    recorded_at: entry.at,
    known_as_of_date: entry.known_as_of,
    booked_period: entry.booked_period,
  };
}
