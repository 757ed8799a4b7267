import type { Step } from '../step.ts';
import { alertPrecisionStep } from './alert-precision.ts';
import { anomaliesStep } from './anomalies.ts';
import { budgets } from './budgets.ts';
import { CAPACITY_FORECASTS_STEP } from './capacity-forecasts.ts';
import { closedBridges } from './closed-bridges.ts';
import { closedCosts } from './closed-costs.ts';
import { commitmentsStep } from './commitments.ts';
import { costForecastsStep } from './cost-forecasts.ts';
import { costLandingsStep } from './cost-landings.ts';
import { invoices } from './invoices.ts';
import { monthForecasts } from './month-forecasts.ts';
import { restatements } from './restatements.ts';
import { scorecardStep } from './scorecard.ts';
import { varianceDrivers } from './variance-drivers.ts';
import { wasteStep } from './waste.ts';

/** Every step of a run; they are put in order by what they read. */
export const STEPS: readonly Step[] = [
  closedBridges,
  closedCosts,
  restatements,
  varianceDrivers,
  invoices,
  budgets,
  CAPACITY_FORECASTS_STEP,
  costForecastsStep,
  costLandingsStep,
  monthForecasts,
  commitmentsStep,
  wasteStep,
  anomaliesStep,
  alertPrecisionStep,
  scorecardStep,
];
