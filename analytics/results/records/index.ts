import { ALERT_PRECISION } from './alert-precision.ts';
import { ANOMALIES } from './anomalies.ts';
import { BUDGET_CHANGES, BUDGET_LINES } from './budgets.ts';
import { COMMITMENT_PURCHASES, COMMITMENTS } from './commitments.ts';
import { COST_FORECAST_SCORES, COST_FORECASTS } from './cost-forecasts.ts';
import { CURRENCIES } from './currencies.ts';
import type { RecordDefinition } from './definition.ts';
import { FORECASTS_CAPACITY, FORECASTS_CAPACITY_ACCURACY } from './forecasts-capacity.ts';
import { BILLING_PERIODS, INVOICES } from './invoices.ts';
import { RESTATEMENTS } from './restatements.ts';
import { SCORECARD } from './scorecard.ts';
import { VARIANCE_DRIVERS } from './variance-drivers.ts';
import { WASTE } from './waste.ts';

/** Every record result, in the order in which documents list them. */
export const RECORDS: readonly RecordDefinition[] = [
  RESTATEMENTS,
  VARIANCE_DRIVERS,
  INVOICES,
  BILLING_PERIODS,
  CURRENCIES,
  BUDGET_LINES,
  BUDGET_CHANGES,
  COST_FORECASTS,
  COST_FORECAST_SCORES,
  FORECASTS_CAPACITY,
  FORECASTS_CAPACITY_ACCURACY,
  WASTE,
  ANOMALIES,
  ALERT_PRECISION,
  COMMITMENTS,
  COMMITMENT_PURCHASES,
  SCORECARD,
];

/** The definition that a name or an alias stands for. */
export function findRecordDefinition(name: string): RecordDefinition | undefined {
  return RECORDS.find((definition) => definition.name === name || definition.aliases?.includes(name));
}
