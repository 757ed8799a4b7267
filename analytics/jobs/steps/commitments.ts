import { analysePurchase, largestRegret } from '../../commitments/analyse-purchase.ts';
import type { CommitmentSettings } from '../../configuration/commitments-schema.ts';
import { createRelation, type RelationRow } from '../../engine/relation.ts';
import { groupBy } from '../../group-by.ts';
import { addDays } from '../../sources/days.ts';
import { type HourlyDemand, type PurchasedTerm, readCommitmentCharges } from '../commitment-charges.ts';
import { LATE_DAYS } from '../months.ts';
import type { Step } from '../step.ts';

const TEXT = 'VARCHAR';
const DATE = 'DATE';
const AMOUNT = 'DECIMAL(38,12)';
const RATIO = 'DOUBLE';
const WINDOW_DAYS = 30;
/** Days without a charge after which a commitment has ended. */
const ENDED_DAYS = 3;
/** The terms that AWS sells. */
const ONE_YEAR_DAYS = 365;
const THREE_YEARS_DAYS = 1095;
const HISTORY_MONTHS = 13;
const MAXIMUM_DISCOUNT_RATIO = 0.9;

const COMMITMENTS = {
  id: TEXT,
  kind: TEXT,
  status: TEXT,
  billing_account_id: TEXT,
  billing_currency: TEXT,
  start_date: DATE,
  end_date: DATE,
  earliest_end_date: DATE,
  term_source: TEXT,
  hourly_cost: AMOUNT,
  used_cost: AMOUNT,
  unused_cost: AMOUNT,
  on_demand_cost: AMOUNT,
  saving_cost: AMOUNT,
  utilisation_ratio: RATIO,
  discount_ratio: RATIO,
  months: TEXT,
};

const PURCHASES = {
  billing_account_id: TEXT,
  billing_currency: TEXT,
  percentile: 'BIGINT',
  is_recommended: 'BOOLEAN',
  hourly_commitment_cost: AMOUNT,
  demand_cost: AMOUNT,
  saving_cost: AMOUNT,
  saving_down_20_cost: AMOUNT,
  saving_down_40_cost: AMOUNT,
  regret_cost: AMOUNT,
  regret_down_20_cost: AMOUNT,
  regret_down_40_cost: AMOUNT,
  largest_regret_cost: AMOUNT,
  utilisation_ratio: RATIO,
  break_even_utilisation_ratio: RATIO,
  coverage_ratio: RATIO,
  discount_ratio: RATIO,
  discount_source: TEXT,
  granularity: TEXT,
  hour_count: 'BIGINT',
};

/** Savings Plans and reservations as the bill shows them, and what buying another Compute Savings Plan would do. */
export const commitmentsStep: Step = {
  name: 'commitments',
  inputs: ['commitment_days', 'daily_cost'],
  outputs: { commitments: COMMITMENTS, commitment_purchases: PURCHASES },
  async run(context) {
    const { engine, scratchFolder, configuration, asOf } = context;
    const settings = configuration.commitments;
    const until = addDays(asOf, -LATE_DAYS);
    const window = { from: addDays(until, -WINDOW_DAYS), until };
    const uses = (await engine.query(useSql(window))) as CommitmentUse[];
    const months = (await engine.query(MONTHS_SQL)) as MonthUse[];
    const [bill] = await engine.query(
      'select min(charge_date) as first_date from daily_cost where not is_spread',
    );
    const { demand, terms } = await readCommitmentCharges(context, settings.lookback_days);
    const monthsOf = groupBy(months, keyOf);
    await createRelation(
      engine,
      scratchFolder,
      'commitments',
      COMMITMENTS,
      uses.map((use) => {
        const term = findTerm(use, terms.get(use.commitment_discount_id), settings, String(bill?.first_date));
        return toCommitment(use, term, monthsOf.get(keyOf(use)) ?? [], { asOf, until, settings });
      }),
    );
    await createRelation(
      engine,
      scratchFolder,
      'commitment_purchases',
      PURCHASES,
      demand.flatMap((each) => listPurchases(each, findDiscount(each, uses, settings))),
    );
  },
};

type CommitmentUse = {
  billing_account_id: string;
  commitment_discount_id: string;
  billing_currency: string;
  is_compute: boolean;
  first_date: string;
  last_date: string;
  day_count: number;
  used_cost: string;
  unused_cost: string;
  on_demand_cost: string;
  saving_cost: string;
  hourly_cost: string | null;
  utilisation_ratio: number | null;
  discount_ratio: number | null;
};
type MonthUse = Pick<CommitmentUse, 'billing_account_id' | 'commitment_discount_id' | 'billing_currency'> &
  Record<string, unknown>;
type Term = Record<'start_date' | 'end_date' | 'earliest_end_date' | 'term_source', string | null>;

const KEY = 'billing_account_id, commitment_discount_id, billing_currency';

/** Amounts of the last 30 complete days, and the first and last day of all. */
function useSql({ from, until }: { from: string; until: string }): string {
  const sum = (expression: string) =>
    `cast(coalesce(sum(case when is_recent then ${expression} end), 0) as decimal(38,12))`;
  return `
    select *, used_cost + unused_cost as total_cost, on_demand_cost - used_cost - unused_cost as saving_cost,
      case when day_count > 0 then cast(cast((used_cost + unused_cost) as double) / (24 * day_count) as decimal(38,6)) end as hourly_cost,
      cast(used_cost as double) / nullif(cast(used_cost + unused_cost as double), 0) as utilisation_ratio,
      1 - cast(used_cost as double) / nullif(cast(on_demand_cost as double), 0) as discount_ratio
    from (
      select ${KEY}, max(is_compute) as is_compute, min(charge_date) as first_date, max(charge_date) as last_date,
        count(distinct case when is_recent then charge_date end) as day_count,
        ${sum('used_cost')} as used_cost, ${sum('unused_cost')} as unused_cost, ${sum('on_demand_cost')} as on_demand_cost
      from (select *, charge_date >= date '${from}' and charge_date < date '${until}' as is_recent from commitment_days)
      group by ${KEY}
    )
    order by ${KEY}`;
}

const MONTHS_SQL = `
  select ${KEY}, billing_period, cast(sum(used_cost) as decimal(38,12)) as used_cost,
    cast(sum(unused_cost) as decimal(38,12)) as unused_cost
  from commitment_days
  group by ${KEY}, billing_period
  order by ${KEY}, billing_period`;

function toCommitment(
  use: CommitmentUse,
  term: Term,
  months: readonly MonthUse[],
  { asOf, until, settings }: { asOf: string; until: string; settings: CommitmentSettings },
): RelationRow {
  return {
    id: use.commitment_discount_id,
    kind: nameKind(use.commitment_discount_id),
    status: judgeStatus(use, term, { asOf, until, expiringDays: settings.expiring_days }),
    billing_account_id: use.billing_account_id,
    billing_currency: use.billing_currency,
    ...term,
    hourly_cost: use.hourly_cost,
    used_cost: use.used_cost,
    unused_cost: use.unused_cost,
    on_demand_cost: use.on_demand_cost,
    saving_cost: use.saving_cost,
    utilisation_ratio: use.utilisation_ratio,
    discount_ratio: use.discount_ratio,
    months: JSON.stringify(
      months.slice(-HISTORY_MONTHS).map(({ billing_period, used_cost, unused_cost }) => ({
        billing_period,
        used_cost,
        unused_cost,
      })),
    ),
  };
}

function nameKind(id: string): string {
  if (/:savingsplan\//.test(id)) return 'savings_plan';
  return /:(ri|reserved-instances|reserved-nodes?)[:/]/.test(id) ? 'reservation' : 'other';
}

function judgeStatus(
  { last_date }: CommitmentUse,
  { end_date }: Term,
  { asOf, until, expiringDays }: { asOf: string; until: string; expiringDays: number },
): string {
  if (end_date !== null && end_date <= asOf) return 'ended';
  if (last_date < addDays(until, -ENDED_DAYS)) return 'ended';
  return end_date !== null && end_date <= addDays(asOf, expiringDays) ? 'expiring' : 'active';
}

/** From configuration, else from a purchase that covers its term, else from when it was first seen. */
function findTerm(
  use: CommitmentUse,
  purchased: PurchasedTerm | undefined,
  { terms }: CommitmentSettings,
  billFirstDate: string,
): Term {
  const stated = terms.find(({ id }) => id === use.commitment_discount_id);
  if (stated) {
    const { start_date = null, end_date } = stated;
    return { start_date, end_date, earliest_end_date: end_date, term_source: 'configuration' };
  }
  if (purchased?.end_date) {
    const { start_date, end_date } = purchased;
    return { start_date, end_date, earliest_end_date: end_date, term_source: 'purchase' };
  }
  const first = purchased && purchased.first_date < use.first_date ? purchased.first_date : use.first_date;
  // What was there on the bill's first day began some time before.
  if (first <= billFirstDate) {
    return { start_date: null, end_date: null, earliest_end_date: null, term_source: null };
  }
  const hasOutlivedYear = use.last_date > addDays(first, ONE_YEAR_DAYS);
  return {
    start_date: first,
    end_date: null,
    earliest_end_date: addDays(first, hasOutlivedYear ? THREE_YEARS_DAYS : ONE_YEAR_DAYS),
    term_source: 'first charge',
  };
}

function findDiscount(
  { billing_account_id, billing_currency }: HourlyDemand,
  uses: readonly CommitmentUse[],
  settings: CommitmentSettings,
): { ratio: number; source: string } {
  const plans = uses.filter(
    (use) =>
      use.billing_account_id === billing_account_id &&
      use.billing_currency === billing_currency &&
      use.is_compute &&
      nameKind(use.commitment_discount_id) === 'savings_plan',
  );
  const used = plans.reduce((sum, { used_cost }) => sum + Number(used_cost), 0);
  const onDemand = plans.reduce((sum, { on_demand_cost }) => sum + Number(on_demand_cost), 0);
  const ratio = 1 - used / onDemand;
  return ratio > 0 && ratio < MAXIMUM_DISCOUNT_RATIO
    ? { ratio, source: 'bill' }
    : { ratio: settings.savings_plan_discount_ratio, source: 'configuration' };
}

function listPurchases(
  { billing_account_id, billing_currency, hours, granularity }: HourlyDemand,
  discount: { ratio: number; source: string },
): RelationRow[] {
  const demand = hours.reduce((sum, cost) => sum + cost, 0);
  return analysePurchase(hours, discount.ratio).map((option) => {
    const [saving = 0, saving20 = 0, saving40 = 0] = option.savings;
    const [regret = 0, regret20 = 0, regret40 = 0] = option.regrets;
    return {
      billing_account_id,
      billing_currency,
      percentile: option.percentile,
      is_recommended: option.isRecommended,
      hourly_commitment_cost: toAmount(option.hourlyCommitment),
      demand_cost: toAmount((demand * 24 * WINDOW_DAYS) / hours.length),
      saving_cost: toAmount(saving),
      saving_down_20_cost: toAmount(saving20),
      saving_down_40_cost: toAmount(saving40),
      regret_cost: toAmount(regret),
      regret_down_20_cost: toAmount(regret20),
      regret_down_40_cost: toAmount(regret40),
      largest_regret_cost: toAmount(largestRegret(option)),
      utilisation_ratio: option.utilisationRatio,
      break_even_utilisation_ratio: 1 - discount.ratio,
      coverage_ratio: option.coverageRatio,
      discount_ratio: discount.ratio,
      discount_source: discount.source,
      granularity,
      hour_count: hours.length,
    };
  });
}

/** An estimate, as decimal text. */
function toAmount(value: number): string {
  return value.toFixed(6);
}

function keyOf(
  use: Pick<CommitmentUse, 'billing_account_id' | 'commitment_discount_id' | 'billing_currency'>,
) {
  return JSON.stringify([use.billing_account_id, use.commitment_discount_id, use.billing_currency]);
}
