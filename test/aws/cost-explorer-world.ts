import { formatScaled, parseScaled } from '../../analytics/decimal-text.ts';
import { takePage } from './pages.ts';
import { AwsFault } from './wire-protocol.ts';
import type { World } from './wire-server.ts';

export type Charge = {
  day: string;
  accountId: string;
  service: string;
  usageType: string;
  team: string;
  /** Text, as AWS writes amounts. */
  unblended: string;
  amortized: string;
};

type Grouping = { Type: string; Key: string };
type Request = {
  TimePeriod: { Start: string; End: string };
  Granularity: string;
  Metrics: string[];
  GroupBy: Grouping[];
  NextPageToken?: string;
};
type Group = { Keys: string[]; Metrics: Record<string, { Amount: string; Unit: string }> };
type Entry = { day: string; group: Group | undefined };

/** A Cost Explorer over charges that a test may change. */
export function makeCostExplorer(options: {
  charges: Charge[];
  /** Days from here on may still change. */
  estimatedFrom: string;
  groupsAPage: number;
}): World {
  return {
    ce: {
      GetCostAndUsage(request: Request) {
        const { TimePeriod, GroupBy, Metrics, Granularity } = request;
        if (GroupBy.length > 2 || Granularity !== 'DAILY') throw new AwsFault('ValidationException');
        const entries = listDays(TimePeriod.Start, TimePeriod.End).flatMap((day): Entry[] => {
          const groups = groupCharges(
            options.charges.filter((charge) => charge.day === day),
            GroupBy,
            Metrics,
          );
          return groups.length === 0 ? [{ day, group: undefined }] : groups.map((group) => ({ day, group }));
        });
        const page = takePage(entries, options.groupsAPage, request.NextPageToken);
        const days = [...new Set(page.items.map(({ day }) => day))];
        return {
          NextPageToken: page.next,
          GroupDefinitions: GroupBy,
          ResultsByTime: days.map((day) => ({
            TimePeriod: { Start: day, End: nextDay(day) },
            Total: {},
            Estimated: day >= options.estimatedFrom,
            Groups: page.items.flatMap((item) => (item.day === day && item.group ? [item.group] : [])),
          })),
        };
      },
      GetSavingsPlansCoverage({ TimePeriod }: Request) {
        return {
          SavingsPlansCoverages: listDays(TimePeriod.Start, TimePeriod.End).map((day) => ({
            Attributes: { SERVICE: 'AWS Lambda' },
            Coverage: {
              SpendCoveredBySavingsPlans: '10.5',
              OnDemandCost: '4.25',
              TotalCost: '14.75',
              CoveragePercentage: '71.1864406779661',
            },
            TimePeriod: { Start: day, End: nextDay(day) },
          })),
        };
      },
      GetSavingsPlansUtilization({ TimePeriod }: Request) {
        return {
          SavingsPlansUtilizationsByTime: listDays(TimePeriod.Start, TimePeriod.End).map((day) => ({
            TimePeriod: { Start: day, End: nextDay(day) },
            Utilization: { TotalCommitment: '24', UsedCommitment: '18.5', UnusedCommitment: '5.5' },
            Savings: { NetSavings: '-1.5E-7' },
          })),
          Total: { Utilization: {} },
        };
      },
      GetReservationCoverage() {
        throw new AwsFault('DataUnavailableException', 'No reservations');
      },
      GetReservationUtilization() {
        throw new AwsFault('DataUnavailableException', 'No reservations');
      },
    },
  };
}

function groupCharges(
  charges: readonly Charge[],
  by: readonly Grouping[],
  metrics: readonly string[],
): Group[] {
  const groups = new Map<string, { keys: string[]; unblended: bigint; amortized: bigint }>();
  for (const charge of charges) {
    const keys = by.map(({ Type, Key }) => keyOf(charge, Type, Key));
    const id = JSON.stringify(keys);
    const group = groups.get(id) ?? { keys, unblended: 0n, amortized: 0n };
    group.unblended += parseScaled(charge.unblended);
    group.amortized += parseScaled(charge.amortized);
    groups.set(id, group);
  }
  return [...groups.values()].map(({ keys, unblended, amortized }) => ({
    Keys: keys,
    Metrics: Object.fromEntries(
      metrics.map((metric) => {
        if (metric === 'UsageQuantity') return [metric, { Amount: '2.5', Unit: 'Hrs' }];
        const amount = metric.endsWith('UnblendedCost') ? unblended : amortized;
        return [metric, { Amount: formatScaled(amount), Unit: 'USD' }];
      }),
    ),
  }));
}

function keyOf(charge: Charge, type: string, key: string): string {
  if (type === 'TAG') return `${key}$${charge.team}`;
  const values: Record<string, string> = {
    LINKED_ACCOUNT: charge.accountId,
    SERVICE: charge.service,
    USAGE_TYPE: charge.usageType,
  };
  return values[key] ?? '';
}

function nextDay(day: string): string {
  return new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);
}

function listDays(from: string, to: string): string[] {
  const days: string[] = [];
  for (let day = from; day < to; day = nextDay(day)) days.push(day);
  return days;
}
