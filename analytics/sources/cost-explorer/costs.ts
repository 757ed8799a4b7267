import {
  GetCostAndUsageCommand,
  type GetCostAndUsageCommandOutput,
  type Group,
  type MetricValue,
} from '@aws-sdk/client-cost-explorer';
import { SourceError } from '../../errors.ts';
import type { SpendLedger } from '../../lake/spend-ledger.ts';
import { callAws, listAll } from '../aws-call.ts';
import type { Row } from '../aws-window.ts';
import type { CollectContext } from '../collector.ts';
import { listDays } from '../days.ts';
import { toDecimalText } from '../decimal-amount.ts';
import { openCostExplorer } from './client.ts';
import type { View } from './views.ts';

const COSTS = ['UnblendedCost', 'NetUnblendedCost', 'AmortizedCost', 'NetAmortizedCost'] as const;

/** Rows of one day, and whether AWS may still change it. */
export type CostDay = { rows: Row[]; isEstimated: boolean };

type Item = { day: string; isEstimated: boolean; group: Group | undefined };

/** The costs of each day that Cost Explorer answers for, days without cost too; none before there was an account. */
export async function fetchCosts(
  context: CollectContext,
  ledger: SpendLedger,
  view: View,
  { from, to }: { from: string; to: string },
): Promise<Map<string, CostDay>> {
  const session = context.session(context.payerAccountId);
  const items = await listAll<GetCostAndUsageCommandOutput, Item>({
    what: `Cost Explorer, ${view.name}, ${from} to ${to}`,
    fetch: (token) =>
      callAws(session, () =>
        openCostExplorer(context, ledger).send(
          new GetCostAndUsageCommand({
            TimePeriod: { Start: from, End: to },
            Granularity: 'DAILY',
            Metrics: [...COSTS, ...(view.hasUsage ? ['UsageQuantity'] : [])],
            GroupBy: view.groupBy,
            ...(token === undefined ? {} : { NextPageToken: token }),
          }),
        ),
      ),
    token: (page) => page.NextPageToken,
    items: (page) =>
      (page.ResultsByTime ?? []).flatMap(({ TimePeriod, Estimated = false, Groups = [] }) => {
        const day = TimePeriod?.Start ?? '';
        // A day without groups is an answer, too.
        return [undefined, ...Groups].map((group) => ({ day, isEstimated: Estimated, group }));
      }),
    key: ({ day, group }) => JSON.stringify([day, group?.Keys ?? null]),
    onConflict: 'again',
  }).catch((error) => {
    if ((error as Error).name === 'DataUnavailableException') return [];
    throw error;
  });

  const asked = new Set(listDays(from, to));
  const days = new Map<string, CostDay>();
  for (const { day, isEstimated, group } of items) {
    if (!asked.has(day)) throw new SourceError(`Cost Explorer answered for ${day}, which was not asked`);
    const known = days.get(day) ?? { rows: [], isEstimated: false };
    days.set(day, known);
    known.isEstimated ||= isEstimated;
    if (group) known.rows.push(toRow(context.payerAccountId, view, group, isEstimated));
  }
  return days;
}

function toRow(payerAccountId: string, view: View, group: Group, isEstimated: boolean): Row {
  const [accountId = '', key = ''] = group.Keys ?? [];
  const metrics = group.Metrics ?? {};
  const currencies = new Set(COSTS.flatMap((name) => metrics[name]?.Unit ?? []));
  const [currency] = currencies;
  if (currencies.size !== 1 || currency === undefined) {
    throw new SourceError(
      `Cost Explorer gave the units ${[...currencies].join(', ') || 'none'} for one amount`,
    );
  }
  const { UsageQuantity } = metrics;
  return {
    view: view.name,
    payer_account_id: payerAccountId,
    account_id: accountId,
    ...view.columns(key),
    billing_currency: currency,
    unblended_cost: amountOf(metrics.UnblendedCost),
    net_unblended_cost: amountOf(metrics.NetUnblendedCost),
    amortized_cost: amountOf(metrics.AmortizedCost),
    net_amortized_cost: amountOf(metrics.NetAmortizedCost),
    usage_quantity: amountOf(UsageQuantity),
    usage_unit: UsageQuantity?.Unit && UsageQuantity.Unit !== 'N/A' ? UsageQuantity.Unit : null,
    is_estimated: isEstimated,
  };
}

function amountOf(metric: MetricValue | undefined): string | null {
  return metric?.Amount === undefined ? null : toDecimalText(metric.Amount);
}
