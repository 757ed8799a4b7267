import { createRelation } from '../../engine/relation.ts';
import { openJournal } from '../../lake/journal.ts';
import { ALLOCATION_DIMENSIONS } from '../../vocabulary.ts';
import { BUDGETS_JOURNAL, type BudgetApproval, listBudgetChanges, listBudgetLines } from '../list-budgets.ts';
import type { Step } from '../step.ts';

const AMOUNT = 'DECIMAL(38,12)';
const TEXT = 'VARCHAR';
const LINES = {
  budget_id: TEXT,
  version: TEXT,
  billing_period: TEXT,
  scope: TEXT,
  ...Object.fromEntries(ALLOCATION_DIMENSIONS.map((name) => [name, TEXT])),
  billing_currency: TEXT,
  budget_cost: AMOUNT,
  inner_count: 'BIGINT',
  inner_cost: AMOUNT,
  difference_cost: AMOUNT,
  state: TEXT,
  driver: TEXT,
  planned_volume: AMOUNT,
  approval: TEXT,
  approved_by: TEXT,
  approved_at: 'TIMESTAMPTZ',
  approval_note: TEXT,
};
const CHANGES = {
  change_id: TEXT,
  from_version: TEXT,
  to_version: TEXT,
  billing_period: TEXT,
  scope: TEXT,
  cost_center: TEXT,
  billing_currency: TEXT,
  change: TEXT,
  from_cost: AMOUNT,
  to_cost: AMOUNT,
  change_cost: AMOUNT,
};

/** Lists the budgets of every version, with who approved them, and what versions changed. */
export const budgets: Step = {
  name: 'budget_lines',
  inputs: [],
  outputs: { budget_lines: LINES, budget_changes: CHANGES },
  async run({ engine, store, scratchFolder, configuration }) {
    const journal = await openJournal(store, BUDGETS_JOURNAL).readAll();
    const approvals = new Map(
      [...journal].map(([version, entries]) => [version, entries.at(-1) as unknown as BudgetApproval]),
    );
    const lines = listBudgetLines(configuration.budgets, configuration, approvals);
    await createRelation(engine, scratchFolder, 'budget_lines', LINES, lines);
    await createRelation(
      engine,
      scratchFolder,
      'budget_changes',
      CHANGES,
      listBudgetChanges(configuration.budgets),
    );
  },
};
