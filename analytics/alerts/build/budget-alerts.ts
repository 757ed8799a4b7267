import type { AlertPolicySettings } from '../../configuration/alerts-schema.ts';
import { formatScaled, parseScaled } from '../../decimal-text.ts';
import { formatMoney } from '../../money-text.ts';
import { type Alert, FADED_RATIO } from '../alert.ts';
import { type PublishedRow, readOwnership, textOf } from './published.ts';
import { quoteArgument } from './quote-argument.ts';

/** A month of the published variance, by all allocation dimensions. */
export type BudgetMonth = {
  billingPeriod: string;
  isComplete: boolean;
  completeDays: number;
  days: number;
  rows: readonly PublishedRow[];
};

/** What a budget is compared over: a team; a cost centre, or all, where budgets name no team. */
export type BudgetScope = { level: 'team' | 'cost_center' | 'total'; name: string };

/** Probability that a month costs more than its budget, where a forecast tells. */
export type ExceedProbability = (
  scope: BudgetScope,
  currency: string,
  billingPeriod: string,
) => number | undefined;

/** How results name a dimension that a budget leaves open. */
const OPEN = '(all)';

type TeamMonth = {
  month: BudgetMonth;
  scope: BudgetScope;
  ownership: ReturnType<typeof readOwnership>;
  currency: string;
  budget: bigint;
  actual: bigint;
  landing: bigint;
};

/**
 * Alerts on the budgets of teams (of cost centres or all, where budgets name no team): of the running month when it exceeds its budget or is forecast to; of the last complete one
 * when it exceeded it, or fell far short of it. A month that ended within its budget, and the complete month before the
 * last, are over, at their final cost.
 *
 * @param months in ascending order.
 */
export function buildBudgetAlerts(
  months: readonly BudgetMonth[],
  policy: AlertPolicySettings['budgets'],
  probabilityOf: ExceedProbability = () => undefined,
): Alert[] {
  const lastComplete = months.findLast(({ isComplete }) => isComplete)?.billingPeriod;
  return months.flatMap((month) => {
    const isPast = lastComplete !== undefined && month.billingPeriod < lastComplete;
    return sumByScope(month)
      .filter(({ budget }) => budget > 0n)
      .flatMap((team): Alert[] => {
        const judged = month.isComplete
          ? judgeComplete(team, policy, isPast)
          : judgeRunning(team, policy, probabilityOf);
        return judged;
      });
  });
}

function judgeRunning(
  team: TeamMonth,
  policy: AlertPolicySettings['budgets'],
  probabilityOf: ExceedProbability,
): Alert[] {
  const { month, scope, budget, actual, landing, currency } = team;
  if (actual > budget) {
    return [describe(team, { subkind: 'exceeded', over: maximum(landing, actual) - budget, confidence: 1 })];
  }
  const share = month.completeDays / month.days;
  const probability = probabilityOf(scope, currency, month.billingPeriod) ?? (1 + share) / 2;
  const isOverBy = (part: number) =>
    Number(landing - budget) > Number(budget) * policy.exceed_ratio * part &&
    probability >= policy.probability * part;
  if (!isOverBy(FADED_RATIO)) return [];
  const alert = describe(team, {
    subkind: 'forecast_exceeds',
    over: landing - budget,
    confidence: probability,
  });
  return [isOverBy(1) ? alert : { ...alert, isFading: true }];
}

function judgeComplete(team: TeamMonth, policy: AlertPolicySettings['budgets'], isPast: boolean): Alert[] {
  const { budget, actual } = team;
  const over = actual - budget;
  const exceeded = describe(team, { subkind: 'exceeded', over, confidence: 1 });
  if (isPast || over <= 0n) {
    const under = Number(-over) > Number(budget) * policy.underspent_ratio && !isPast;
    return [
      { ...exceeded, status: 'cleared', amountTotal: formatScaled(team.actual) },
      ...(under ? [describe(team, { subkind: 'underspent', over, confidence: 1 })] : []),
    ];
  }
  return [exceeded];
}

function describe(
  { month, scope, ownership, currency, budget, actual, landing }: TeamMonth,
  { subkind, over, confidence }: { subkind: string; over: bigint; confidence: number },
): Alert {
  const { billingPeriod, days, isComplete, completeDays } = month;
  const money = (scaled: bigint) => formatMoney(formatScaled(scaled), currency);
  const isUnder = subkind === 'underspent';
  const id = [
    isUnder ? 'budget-underspent' : 'budget',
    billingPeriod,
    currency,
    ...(scope.level === 'team' ? [] : [scope.level]),
    scope.name,
  ].join('|');
  const amount = over < 0n ? -over : over;
  const what = {
    exceeded: `is over its budget of ${billingPeriod}`,
    forecast_exceeds: `is forecast to exceed its budget of ${billingPeriod}`,
    underspent: `spent far less than its budget of ${billingPeriod}`,
  }[subkind];
  const state = isComplete
    ? `The month ended at ${money(actual)} against a budget of ${money(budget)}: ${money(amount)} ${over < 0n ? 'under' : 'over'}.`
    : `After ${completeDays} of ${days} days the cost is ${money(actual)}; it is expected to end at ${money(landing)} against a budget of ${money(budget)}.`;
  return {
    id,
    kind: 'budget',
    subkind,
    status: 'open',
    revision: 1,
    occurredOn: `${billingPeriod}-01`,
    detectedOn: `${billingPeriod}-${String(Math.max(1, completeDays)).padStart(2, '0')}`,
    ...ownership,
    amountPerDay: formatScaled(amount / BigInt(days)),
    amountTotal: formatScaled(amount),
    currency,
    confidence: Math.min(1, confidence),
    title: `${scope.name} ${what}`,
    summary: state,
    causes: [],
    nextStep: isUnder
      ? 'Release what the budget does not need, or say what is still to come.'
      : `See what drives it: headroom show variance --by service ${scope.level === 'total' ? '' : `--where ${quoteArgument(`${scope.level}=${scope.name}`)} `}--month ${billingPeriod}`,
    link: 'variance',
  };
}

/** Amounts of each scope by currency; other dimensions are those of its largest cost. */
function sumByScope(month: BudgetMonth): TeamMonth[] {
  const scopes = new Map<string, TeamMonth & { largest: bigint }>();
  const listScopes = planScopes(month.rows);
  for (const row of month.rows) {
    const currency = textOf(row, 'billing_currency');
    const ownership = readOwnership(row);
    const [budget, actual, landing] = ['budget_cost', 'actual_cost', 'landing_cost'].map((name) =>
      parseScaled(textOf(row, name) || '0'),
    ) as [bigint, bigint, bigint];
    for (const scope of listScopes(row)) {
      const key = JSON.stringify([scope.level, scope.name, currency]);
      const sum = scopes.get(key);
      if (!sum) {
        scopes.set(key, { month, scope, ownership, currency, budget, actual, landing, largest: landing });
        continue;
      }
      sum.budget += budget;
      sum.actual += actual;
      sum.landing += landing;
      if (landing > sum.largest) Object.assign(sum, { largest: landing, ownership });
    }
  }
  return [...scopes.values()].map(({ ownership, ...sum }) => ({
    ...sum,
    ownership: { ...ownership, service: '', environment: '' },
  }));
}

/** The scopes that a row belongs to: its team, and what budgets without a team are about. */
function planScopes(rows: readonly PublishedRow[]): (row: PublishedRow) => BudgetScope[] {
  const open = rows.filter((row) => textOf(row, 'team') === OPEN && Number(textOf(row, 'budget_cost')) > 0);
  const centers = new Set(open.map((row) => textOf(row, 'cost_center')));
  return (row) => {
    const [team, center] = [textOf(row, 'team'), textOf(row, 'cost_center')];
    return [
      ...(team === OPEN ? [] : [{ level: 'team' as const, name: team }]),
      ...(center !== OPEN && centers.has(center) ? [{ level: 'cost_center' as const, name: center }] : []),
      ...(centers.has(OPEN) ? [{ level: 'total' as const, name: 'The organisation' }] : []),
    ];
  };
}

const maximum = (a: bigint, b: bigint): bigint => (a > b ? a : b);
