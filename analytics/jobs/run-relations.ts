import type { LoadedConfiguration } from '../configuration/load-configuration.ts';
import type { Relation } from './configuration-relations.ts';
import type { Month } from './months.ts';

/** What models know of the run: the day, the chosen cost basis, and the state of each month. */
export function runRelations(
  configuration: LoadedConfiguration,
  asOf: string,
  months: readonly Month[],
): Record<string, Relation> {
  return {
    run: {
      columns: { as_of_date: 'DATE', cost_basis: 'VARCHAR', reporting_currency: 'VARCHAR' },
      rows: [
        {
          as_of_date: asOf,
          cost_basis: configuration.cost_basis,
          reporting_currency: configuration.reporting_currency,
        },
      ],
    },
    months: {
      columns: {
        billing_period: 'VARCHAR',
        period_start_date: 'DATE',
        period_end_date: 'DATE',
        is_complete: 'BOOLEAN',
        complete_until_date: 'DATE',
        complete_days: 'INTEGER',
        days: 'INTEGER',
        month_factor: 'DECIMAL(12,9)',
      },
      rows: [...months],
    },
  };
}
