import { createRelation, type RelationRow } from '../../engine/relation.ts';
import { listCloses } from '../../results/closes.ts';
import { answerQuery } from '../../results/query.ts';
import { readSnapshot } from '../../results/snapshot.ts';
import { COST_BASES } from '../../vocabulary.ts';
import type { Step } from '../step.ts';

/** By what a closed month and the month as known now are compared. */
export const CLOSED_GRAIN = [
  'source',
  'billing_account_id',
  'service_name',
  'charge_category',
  'team',
  'cost_center',
] as const;

const MONTHS = { billing_period: 'VARCHAR' } as const;
const COSTS = {
  ...MONTHS,
  ...Object.fromEntries(CLOSED_GRAIN.map((name) => [name, 'VARCHAR'])),
  billing_currency: 'VARCHAR',
  ...Object.fromEntries(COST_BASES.map((basis) => [`${basis}_cost`, 'DECIMAL(38,12)'])),
};

/** Leaves the closed months and their costs as closed, from the published versions that the closes pin. */
export const closedCosts: Step = {
  name: 'closed_costs',
  inputs: [],
  outputs: { closed_months: MONTHS, closed_costs: COSTS },
  async run({ engine, store, scratchFolder }) {
    const closes = await listCloses(store);
    const months = [...closes.keys()].sort();
    const rows: RelationRow[] = [];
    for (const month of months) {
      const snapshot = await readSnapshot(store, closes.get(month)?.results_version ?? '');
      const answer = await answerQuery(snapshot, { result: 'costs', month, by: [...CLOSED_GRAIN] });
      for (const row of answer.rows) {
        rows.push(
          Object.fromEntries(Object.keys(COSTS).map((name) => [name, row[name] ?? null])) as RelationRow,
        );
        Object.assign(rows.at(-1) as RelationRow, { billing_period: month });
      }
    }
    const named = months.map((billing_period) => ({ billing_period }));
    await createRelation(engine, scratchFolder, 'closed_months', MONTHS, named);
    await createRelation(engine, scratchFolder, 'closed_costs', COSTS, rows);
  },
};
