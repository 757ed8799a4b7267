import type { AlertPolicySettings } from '../../configuration/alerts-schema.ts';
import { answerQuery } from '../../results/query.ts';
import type { Snapshot } from '../../results/snapshot.ts';
import { ALLOCATION_DIMENSIONS } from '../../vocabulary.ts';
import type { Alert } from '../alert.ts';
import { buildAnomalyAlerts } from './anomaly-alerts.ts';
import { type BudgetMonth, buildBudgetAlerts, type ExceedProbability } from './budget-alerts.ts';
import { buildCapacityAlerts } from './capacity-alerts.ts';
import { buildTaggingLines, buildWasteLines } from './digest-alerts.ts';
import { numberOf, type PublishedRow, readRecords, textOf } from './published.ts';

/** Months of budgets that are looked at: the running one and the last two complete ones. */
const BUDGET_MONTHS = 3;
const ALL_TAGS = '(all required)';

/**
 * Every alert that a published version holds, and the kinds that it could judge: one of these that an earlier version
 * had and this one has not is over. Results that are not published are left out.
 */
export async function buildAlerts(
  snapshot: Snapshot,
  policy: AlertPolicySettings,
): Promise<{ alerts: Alert[]; judged: string[] }> {
  const { as_of, tables } = snapshot.manifest;
  const [anomalies, capacity, waste] = await Promise.all([
    readRecords(snapshot, 'anomalies'),
    readRecords(snapshot, 'forecasts/capacity'),
    readRecords(snapshot, 'waste'),
  ]);
  const forecasts = await readRecords(snapshot, 'forecasts/cost');
  const budgets = buildBudgetAlerts(
    await readBudgets(snapshot),
    policy.budgets,
    findProbabilities(forecasts ?? [], snapshot.manifest.cost_basis),
  );
  return {
    alerts: [
      ...buildAnomalyAlerts(anomalies ?? []),
      ...budgets,
      ...buildCapacityAlerts(capacity ?? [], policy.capacity, as_of),
      ...buildWasteLines(waste ?? [], as_of),
      ...(await readTaggingLines(snapshot, policy)),
    ],
    judged: [
      ...(anomalies ? ['anomaly'] : []),
      ...(capacity ? ['capacity'] : []),
      ...(waste ? ['digest/waste'] : []),
      ...('variance' in tables ? ['budget/forecast_exceeds', 'budget/underspent'] : []),
      ...('tagging' in tables ? ['digest/tagging'] : []),
    ],
  };
}

/** How likely a month exceeds its budget, as the cost forecasts have it. */
function findProbabilities(rows: readonly PublishedRow[], basis: string): ExceedProbability {
  const found = new Map<string, number>();
  const keyOf = (...parts: string[]) => JSON.stringify(parts);
  for (const row of rows) {
    const level = textOf(row, 'level');
    const isMeant =
      textOf(row, 'scenario') === 'baseline' &&
      textOf(row, 'period_kind') === 'month' &&
      textOf(row, 'cost_basis') === basis;
    const probability = numberOf(row, 'budget_exceeded_probability');
    if (!isMeant || probability === undefined) continue;
    const name = level === 'total' ? '' : textOf(row, level);
    found.set(
      keyOf(level, name, textOf(row, 'billing_currency'), textOf(row, 'billing_period')),
      probability,
    );
  }
  return ({ level, name }, currency, billingPeriod) =>
    found.get(keyOf(level, level === 'total' ? '' : name, currency, billingPeriod));
}

async function readBudgets(snapshot: Snapshot): Promise<BudgetMonth[]> {
  if (!('variance' in snapshot.manifest.tables)) return [];
  const months: BudgetMonth[] = [];
  for (const { billing_period, is_complete, complete_days, days } of snapshot.manifest.months.slice(
    -BUDGET_MONTHS,
  )) {
    const { rows } = await answerQuery(snapshot, {
      result: 'variance',
      month: billing_period,
      by: [...ALLOCATION_DIMENSIONS],
      filters: {},
    });
    months.push({
      billingPeriod: billing_period,
      isComplete: is_complete,
      completeDays: complete_days,
      days,
      rows,
    });
  }
  return months;
}

async function readTaggingLines(snapshot: Snapshot, { tagging }: AlertPolicySettings): Promise<Alert[]> {
  if (!('tagging' in snapshot.manifest.tables)) return [];
  const complete = snapshot.manifest.months.filter(({ is_complete }) => is_complete).slice(-2);
  const [before, after] = await Promise.all(
    complete.map(async ({ billing_period, days }) => ({
      billingPeriod: billing_period,
      days,
      rows: (
        await answerQuery(snapshot, {
          result: 'tagging',
          month: billing_period,
          by: ['team', 'tag_key'],
          filters: { tag_key: [ALL_TAGS] },
        })
      ).rows,
    })),
  );
  if (!before || !after) return [];
  return buildTaggingLines(before, after, tagging.regression_ratio, snapshot.manifest.as_of);
}
