import { type Budget, BudgetsClient, DescribeBudgetsCommand } from '@aws-sdk/client-budgets';
import { BUDGETS } from '../../lake/collected-tables.ts';
import { callAws, listAll } from '../aws-call.ts';
import { type Row, writeWindow } from '../aws-window.ts';
import type { Collector } from '../collector.ts';
import { addDays, startOfMonth, toDay } from '../days.ts';
import { toDecimalText } from '../decimal-amount.ts';

const PAGE_SIZE = 100;

/** AWS Budgets of the payer as they stand: one version a day. */
export const budgetsCollector: Collector = {
  async plan({ clock, payerAccountId }) {
    const today = toDay(clock());
    return [{ source: 'budgets', accountId: payerAccountId, from: today, to: addDays(today, 1) }];
  },

  async collect(context, { accountId }) {
    const session = context.session(accountId);
    const observedAt = context.clock();
    const budgets = await listAll({
      what: `budgets of ${accountId}`,
      fetch: (token) =>
        callAws(session, () =>
          session.client(BudgetsClient, context.homeRegion).send(
            new DescribeBudgetsCommand({
              AccountId: accountId,
              MaxResults: PAGE_SIZE,
              ShowFilterExpression: true,
              ...(token === undefined ? {} : { NextToken: token }),
            }),
          ),
        ),
      token: (page) => page.NextToken,
      items: (page) => page.Budgets,
      key: (budget) => budget.BudgetName ?? '',
    });
    const rows = budgets.flatMap((budget) => toRows(accountId, budget, observedAt));
    const rowCount = await writeWindow(context, {
      schema: BUDGETS,
      scope: `budgets/${accountId}`,
      pulledAt: observedAt,
      partitions: new Map([[`aws-budgets-${toDay(observedAt)}`, rows]]),
    });
    return { rowCount, warnings: [] };
  },
};

type Period = { start: string; end: string };

/** The running period, and every other one for which limits were planned. */
function toRows(accountId: string, budget: Budget, observedAt: Date): Row[] {
  const running = findPeriod(budget, observedAt);
  const planned = Object.entries(budget.PlannedBudgetLimits ?? {}).map(([seconds, limit]) => ({
    period: findPeriod(budget, new Date(Number(seconds) * 1000)),
    limit,
  }));
  const hasRunning = planned.some(({ period }) => period.start === running.start);
  const limits = hasRunning ? planned : [{ period: running, limit: budget.BudgetLimit }, ...planned];
  const { ActualSpend, ForecastedSpend } = budget.CalculatedSpend ?? {};
  return limits.map(({ period, limit }, index) => {
    const isRunning = period.start === running.start;
    return {
      account_id: accountId,
      budget_name: budget.BudgetName ?? '',
      budget_type: budget.BudgetType ?? '',
      time_unit: budget.TimeUnit ?? '',
      period_start: period.start,
      period_end: period.end,
      scope: JSON.stringify(budget.FilterExpression ?? budget.CostFilters ?? {}),
      amount: limit?.Amount === undefined ? null : toDecimalText(limit.Amount),
      unit: limit?.Unit ?? ActualSpend?.Unit ?? null,
      is_planned: hasRunning || index > 0,
      actual_amount: isRunning && ActualSpend?.Amount ? toDecimalText(ActualSpend.Amount) : null,
      forecast_amount: isRunning && ForecastedSpend?.Amount ? toDecimalText(ForecastedSpend.Amount) : null,
      observed_at: observedAt.toISOString(),
    };
  });
}

/** The budget's period that an instant lies in, half-open. */
function findPeriod({ TimeUnit, TimePeriod }: Budget, instant: Date): Period {
  const day = toDay(instant);
  const month = startOfMonth(day);
  const monthOfYear = Number(day.slice(5, 7)) - 1;
  switch (TimeUnit) {
    case 'DAILY':
      return { start: day, end: addDays(day, 1) };
    case 'MONTHLY':
      return { start: month, end: startOfMonth(day, 1) };
    case 'QUARTERLY':
      return { start: startOfMonth(day, -(monthOfYear % 3)), end: startOfMonth(day, 3 - (monthOfYear % 3)) };
    case 'ANNUALLY':
      return { start: startOfMonth(day, -monthOfYear), end: startOfMonth(day, 12 - monthOfYear) };
    default:
      return { start: toDay(TimePeriod?.Start ?? instant), end: toDay(TimePeriod?.End ?? instant) };
  }
}
