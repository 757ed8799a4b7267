import { CostExplorerClient } from '@aws-sdk/client-cost-explorer';
import { openSpendLedger, type SpendLedger } from '../../lake/spend-ledger.ts';
import { type CollectContext, SpendLimitError } from '../collector.ts';
import { toDay } from '../days.ts';

/** AWS charges a US cent for a request. */
const REQUESTS_A_USD = 100;
/** 0.29 x 100 is below 29 in binary floating point. */
const ROUNDING = 1e-6;

/** The ledger of Cost Explorer requests, with the allowance that the configuration gives a day. */
export function openCostExplorerLedger(context: Pick<CollectContext, 'store' | 'settings'>): SpendLedger {
  const limitUsd = context.settings.cost_explorer.daily_spend_limit_usd;
  return openSpendLedger(context.store, 'cost-explorer', Math.floor(limitUsd * REQUESTS_A_USD + ROUNDING));
}

/**
 * A Cost Explorer client that takes each request, retries too, from the day's allowance before it is sent.
 * Requests throw SpendLimitError when none is left.
 */
export function openCostExplorer(context: CollectContext, ledger: SpendLedger): CostExplorerClient {
  const { settings, clock, homeRegion, payerAccountId } = context;
  const client = context.session(payerAccountId).client(CostExplorerClient, homeRegion);
  client.middlewareStack.add(
    (next) => async (args) => {
      if (!(await ledger.reserve(toDay(clock())))) {
        throw new SpendLimitError(
          `the day's ${settings.cost_explorer.daily_spend_limit_usd} USD for Cost Explorer requests are spent`,
        );
      }
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low', name: 'headroomSpend', override: true },
  );
  return client;
}
