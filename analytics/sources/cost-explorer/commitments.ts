import {
  GetReservationCoverageCommand,
  GetReservationUtilizationCommand,
  GetSavingsPlansCoverageCommand,
  GetSavingsPlansUtilizationCommand,
} from '@aws-sdk/client-cost-explorer';
import type { SpendLedger } from '../../lake/spend-ledger.ts';
import { callAws, listAll } from '../aws-call.ts';
import type { Row } from '../aws-window.ts';
import type { CollectContext } from '../collector.ts';
import { toDecimalText } from '../decimal-amount.ts';
import { openCostExplorer } from './client.ts';

export const COMMITMENT_KINDS = [
  'savings_plans_coverage',
  'savings_plans_utilization',
  'reservation_coverage',
  'reservation_utilization',
] as const;
export type CommitmentKind = (typeof COMMITMENT_KINDS)[number];

type Measures = { day: string; serviceName?: string; accountId?: string; measures: object };
type Page = { items: Measures[]; token: string | undefined };
type Ask = (token: string | undefined) => Promise<Page>;

/**
 * Coverage or utilisation of commitments on each day of a half-open period, by day. A payer that has never had such a
 * commitment has no rows.
 */
export async function fetchCommitments(
  context: CollectContext,
  ledger: SpendLedger,
  kind: CommitmentKind,
  period: { from: string; to: string },
): Promise<Map<string, Row[]>> {
  const ask = listQuestions(context, ledger, period)[kind];
  const items = await listAll<Page, Measures>({
    what: `Cost Explorer, ${kind}`,
    fetch: (token) => callAws(context.session(context.payerAccountId), () => ask(token)),
    token: (page) => page.token,
    items: (page) => page.items,
    key: ({ day, serviceName, accountId }) => JSON.stringify([day, serviceName, accountId]),
    onConflict: 'again',
  }).catch((error) => {
    if ((error as Error).name === 'DataUnavailableException') return [];
    throw error;
  });
  const days = new Map<string, Row[]>();
  for (const { day, serviceName, accountId, measures } of items) {
    const rows = readMeasures(measures).map(([measure, value]) => ({
      kind,
      payer_account_id: context.payerAccountId,
      service_name: serviceName ?? null,
      account_id: accountId ?? null,
      measure,
      value,
    }));
    days.set(day, [...(days.get(day) ?? []), ...rows]);
  }
  return days;
}

function listQuestions(
  context: CollectContext,
  ledger: SpendLedger,
  { from, to }: { from: string; to: string },
): Record<CommitmentKind, Ask> {
  const period = { TimePeriod: { Start: from, End: to }, Granularity: 'DAILY' as const };
  const client = () => openCostExplorer(context, ledger);
  return {
    async savings_plans_coverage(token) {
      const page = await client().send(
        new GetSavingsPlansCoverageCommand({
          ...period,
          GroupBy: [{ Type: 'DIMENSION', Key: 'SERVICE' }],
          ...(token === undefined ? {} : { NextToken: token }),
        }),
      );
      const items = (page.SavingsPlansCoverages ?? []).map(({ TimePeriod, Attributes, Coverage }) => ({
        day: TimePeriod?.Start ?? '',
        serviceName: firstValue(Attributes),
        measures: Coverage ?? {},
      }));
      return { items, token: page.NextToken };
    },
    async savings_plans_utilization() {
      const page = await client().send(new GetSavingsPlansUtilizationCommand(period));
      const items = (page.SavingsPlansUtilizationsByTime ?? []).map(({ TimePeriod, ...measures }) => ({
        day: TimePeriod?.Start ?? '',
        measures,
      }));
      return { items, token: undefined };
    },
    async reservation_coverage(token) {
      const page = await client().send(
        new GetReservationCoverageCommand({
          ...period,
          GroupBy: [{ Type: 'DIMENSION', Key: 'LINKED_ACCOUNT' }],
          ...(token === undefined ? {} : { NextPageToken: token }),
        }),
      );
      const items = (page.CoveragesByTime ?? []).flatMap(({ TimePeriod, Groups = [] }) =>
        Groups.map(({ Attributes, Coverage }) => ({
          day: TimePeriod?.Start ?? '',
          accountId: firstValue(Attributes),
          measures: Coverage ?? {},
        })),
      );
      return { items, token: page.NextPageToken };
    },
    async reservation_utilization(token) {
      const page = await client().send(
        new GetReservationUtilizationCommand({
          ...period,
          ...(token === undefined ? {} : { NextPageToken: token }),
        }),
      );
      const items = (page.UtilizationsByTime ?? []).map(({ TimePeriod, Total }) => ({
        day: TimePeriod?.Start ?? '',
        measures: Total ?? {},
      }));
      return { items, token: page.NextPageToken };
    },
  };
}

/** There is one attribute, the group; AWS spells its key in more than one way. */
function firstValue(attributes: Record<string, string> | undefined): string {
  return Object.values(attributes ?? {})[0] ?? '';
}

/** Amounts at any depth, by their own name: within a kind no name comes twice. */
function readMeasures(measures: object): [string, string][] {
  return Object.entries(measures).flatMap(([key, value]): [string, string][] => {
    if (typeof value === 'string') return [[toSnakeCase(key), toDecimalText(value)]];
    return value && typeof value === 'object' ? readMeasures(value) : [];
  });
}

function toSnakeCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();
}
