import { openRates } from '../configuration/convert-budgets.ts';
import type { LoadedConfiguration } from '../configuration/load-configuration.ts';
import { chooseVersions } from '../configuration/resolve-budgets.ts';
import type { Relation } from './configuration-relations.ts';
import type { Month } from './months.ts';

const RATE = 'DECIMAL(24,12)';

/**
 * The rates that costs of each month are converted with into the reporting currency: the actual rate of the month, or the
 * budget rate until there is one. What the rate makes of costs is measured from `base_rate`: the budget rate; or `rate`
 * itself, where there is no budget rate, or budgets of the month are written in the currency and carry the effect.
 */
export function currencyRelations({
  configuration,
  months,
}: {
  configuration: LoadedConfiguration;
  months: readonly Pick<Month, 'billing_period'>[];
}): Record<string, Relation> {
  const { fxRates, budgets, reporting_currency } = configuration;
  const findRates = openRates(fxRates, reporting_currency);
  const versionOf = chooseVersions(budgets, configuration);
  const budgeted = new Set(
    budgets
      .filter(({ month, version }) => versionOf.get(month) === version)
      .map(({ month, currency }) => `${month} ${currency}`),
  );
  const currencies = new Set(fxRates.map(({ from_currency }) => from_currency));
  currencies.delete(reporting_currency);
  return {
    currency_rates: {
      columns: {
        billing_period: 'VARCHAR',
        bill_currency: 'VARCHAR',
        rate: RATE,
        base_rate: RATE,
        budget_rate: RATE,
        actual_rate: RATE,
      },
      rows: months.flatMap(({ billing_period }) =>
        [...currencies].flatMap((bill_currency) => {
          const { planned, actual } = findRates(billing_period, bill_currency);
          const rate = actual ?? planned;
          if (rate === undefined) return [];
          const isBudgeted = budgeted.has(`${billing_period} ${bill_currency}`);
          return [
            {
              billing_period,
              bill_currency,
              rate,
              base_rate: isBudgeted ? rate : (planned ?? rate),
              budget_rate: planned ?? null,
              actual_rate: actual ?? null,
            },
          ];
        }),
      ),
    },
  };
}
