import { formatScaled, parseScaled } from '../../decimal-text.ts';
import { createRelation, type RelationRow } from '../../engine/relation.ts';
import { groupBy } from '../../group-by.ts';
import { type JournalEntry, openJournal } from '../../lake/journal.ts';
import type { ObjectStore } from '../../lake/object-store.ts';
import { type Close, listCloses } from '../../results/closes.ts';
import { addMonths } from '../../results/months.ts';
import { COST_BASES } from '../../vocabulary.ts';
import { type CurrentDelivery, listCurrentDeliveries } from '../deliveries.ts';
import type { Step, StepContext } from '../step.ts';
import { CLOSED_GRAIN } from './closed-costs.ts';

const JOURNAL = 'restatements';
const KEYS = [...CLOSED_GRAIN, 'billing_currency'];
const AMOUNTS = COST_BASES.map((basis) => `${basis}_cost`);

type Change = Record<string, string>;
type Restatement = JournalEntry & {
  /** The close that the changes are against: a month that was reopened and closed again begins anew. */
  close_sequence: number;
  known_as_of: string;
  /** The open month into which the changes are booked. */
  booked_period: string;
  deliveries: { source: string; delivery_id: string; delivered_at: string }[];
  /** What changed since the entry before. */
  changes: Change[];
};

const OUTPUT = {
  restatement_id: 'VARCHAR',
  billing_period: 'VARCHAR',
  sequence: 'BIGINT',
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
  { store, asOf }: StepContext,
  month: string,
  close: Close,
  differences: readonly Change[],
  deliveries: readonly CurrentDelivery[],
  closedMonths: ReadonlySet<string>,
): Promise<void> {
  const journal = openJournal(store, JOURNAL);
  const entries = (await journal.read(month)) as Restatement[];
  const noted = entries.filter(({ close_sequence }) => close_sequence === close.sequence);
  const changes = subtract(
    differences,
    noted.flatMap((entry) => entry.changes),
  );
  if (changes.length === 0) return;
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
      changes,
    },
    entries.length,
  );
}

/** What is in `differences` and not yet in `noted`, exactly; keys that come to nothing are left out. */
export function subtract(differences: readonly Change[], noted: readonly Change[]): Change[] {
  const sums = new Map<string, bigint[]>();
  const add = (rows: readonly Change[], sign: bigint) => {
    for (const row of rows) {
      const key = JSON.stringify(KEYS.map((name) => row[name]));
      const amounts = sums.get(key) ?? AMOUNTS.map(() => 0n);
      sums.set(
        key,
        amounts.map((amount, index) => amount + sign * parseScaled(String(row[AMOUNTS[index] as string]))),
      );
    }
  };
  add(differences, 1n);
  add(noted, -1n);
  return [...sums]
    .filter(([, amounts]) => amounts.some((amount) => amount !== 0n))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, amounts]) => {
      const values = JSON.parse(key) as string[];
      return {
        ...Object.fromEntries(KEYS.map((name, index) => [name, values[index] as string])),
        ...Object.fromEntries(AMOUNTS.map((name, index) => [name, formatScaled(amounts[index] as bigint)])),
      };
    });
}

/** The first month after a closed one that is open. */
function findOpenMonth(month: string, closed: ReadonlySet<string>): string {
  let open = addMonths(month, 1);
  while (closed.has(open)) open = addMonths(open, 1);
  return open;
}

async function listEntries(store: ObjectStore): Promise<RelationRow[]> {
  const all = await openJournal(store, JOURNAL).readAll();
  return [...all].flatMap(([month, entries]) =>
    (entries as Restatement[]).flatMap((entry) =>
      entry.changes.map((change, index) => ({
        restatement_id: `${month}-${entry.sequence}-${index + 1}`,
        billing_period: month,
        sequence: entry.sequence,
        recorded_at: entry.at,
        known_as_of_date: entry.known_as_of,
        booked_period: entry.booked_period,
        delivery_ids: entry.deliveries.map(({ delivery_id }) => delivery_id).join(' '),
        delivered_at:
          entry.deliveries
            .map(({ delivered_at }) => delivered_at)
            .sort()
            .at(-1) ?? entry.at,
        ...change,
      })),
    ),
  );
}
