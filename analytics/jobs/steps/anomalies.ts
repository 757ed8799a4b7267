import {
  findMinimums,
  readThresholds,
  THRESHOLD_JOURNAL,
  thresholdKey,
} from '../../alerts/adapt-thresholds.ts';
import { FEEDBACK_JOURNAL, readFeedback } from '../../alerts/feedback.ts';
import { createRelation, type RelationRow } from '../../engine/relation.ts';
import { toDate, toDayNumber } from '../../forecast/calendar.ts';
import type { TrackedIncident } from '../../incident/incident.ts';
import { sumMonths } from '../../incident/sum-months.ts';
import { trackIncidents } from '../../incident/track-incidents.ts';
import { openJournal } from '../../lake/journal.ts';
import { toDuckdbType } from '../../lake/table-schema.ts';
import { listDepartures, listEarlyDays } from '../anomalies/candidates.ts';
import { describeIncidents } from '../anomalies/describe-incidents.ts';
import { ANOMALY_HISTORY, INCIDENT_COLUMNS, readIncidentHistory } from '../anomalies/incident-history.ts';
import { listHourDepartures, readHours } from '../anomalies/read-hours.ts';
import { readSeries } from '../anomalies/read-series.ts';
import { readUtilization, readVolumes } from '../anomalies/read-signals.ts';
import { listSignals } from '../anomalies/signals.ts';
import { readCompleteness } from '../cost-forecast/completeness.ts';
import { forecastCalendar } from '../cost-forecast/forecast-calendar.ts';
import { storeVersion } from '../day-versions.ts';
import { listKeptDays } from '../finding-history.ts';
import { LATE_DAYS } from '../months.ts';
import type { Step, StepContext } from '../step.ts';

const COLUMNS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(INCIDENT_COLUMNS).map(([name, type]) => [name, toDuckdbType(type)])),
  minimum_per_day_cost: 'DECIMAL(38,12)',
  minimum_confidence: 'DOUBLE',
  threshold_factor: 'DOUBLE',
  threshold_reason: 'VARCHAR',
  feedback: 'VARCHAR',
  feedback_by: 'VARCHAR',
  feedback_at: 'VARCHAR',
  feedback_reason: 'VARCHAR',
  snooze_until: 'DATE',
  statement_count: 'BIGINT',
};

const MONTH_COLUMNS = {
  billing_period: 'VARCHAR',
  team: 'VARCHAR',
  tier: 'VARCHAR',
  billing_currency: 'VARCHAR',
  excess_cost: 'DECIMAL(38,12)',
  actionable_count: 'BIGINT',
  judged_count: 'BIGINT',
};

/**
 * Judges the cost of every series as of the day of the run, tells incidents with their causes, and carries them on from
 * the run before. What it keeps in the lake depends on earlier days only, so a run repeated ends in the same.
 */
export const anomaliesStep: Step = {
  name: 'anomalies',
  inputs: [
    'anomaly_leaves',
    'anomaly_series',
    'anomaly_coverage',
    'anomaly_unit_costs',
    'anomaly_driver_owners',
    'anomaly_volumes',
    'anomaly_utilization',
    'anomaly_hours',
    'unit_cost_drivers',
    'cost_series',
    'daily_cost',
  ],
  outputs: { anomalies: COLUMNS, anomaly_months: MONTH_COLUMNS },
  async run(context) {
    const { engine, scratchFolder, store, asOf, configuration } = context;
    const completeness = await readCompleteness(engine, store, asOf);
    // Without knowing how much of its last days a bill shows, they wait until they are complete.
    const completeBefore = toDate(toDayNumber(asOf) - LATE_DAYS);
    const judgedBefore = completeness.length > 0 ? asOf : completeBefore;
    const calendar = forecastCalendar(configuration, asOf);
    const settings = configuration.anomalies;
    const days = listDepartures(await readSeries(engine, judgedBefore), {
      ...{ asOf: judgedBefore, completeness, calendar, settings },
    });
    const hours = listHourDepartures(await readHours(engine, completeBefore), {
      ...{ asOf: completeBefore, calendar, settings },
    });
    const signals = [
      ...listSignals(await readVolumes(engine, asOf, configuration.reporting_currency), {
        ...{ asOf, calendar, settings },
      }),
      ...listSignals(await readUtilization(engine, completeBefore), {
        ...{ asOf: completeBefore, calendar, settings },
      }),
    ];
    const previous = await readIncidentHistory(context);
    const described = await describeIncidents(
      context,
      { days, hours, signals },
      { isFirst: previous.length === 0, calendar, early: listEarlyDays(judgedBefore, completeness) },
    );
    const tracked = trackIncidents({ previous, ...described, asOf });
    const rows = await addStatements(context, tracked);
    await createRelation(engine, scratchFolder, 'anomalies', COLUMNS, rows);
    const months = sumMonths(rows, judgedBefore);
    await createRelation(engine, scratchFolder, 'anomaly_months', MONTH_COLUMNS, months);
    await storeVersion(context, ANOMALY_HISTORY, 'select * from anomalies', listKeptDays);
  },
};

type StatedIncident = TrackedIncident & RelationRow & { feedback: string | null };

/** What people said of each, and the minimums that its alert must reach. */
async function addStatements(
  { store, configuration }: StepContext,
  tracked: readonly TrackedIncident[],
): Promise<StatedIncident[]> {
  const entries = await openJournal(store, FEEDBACK_JOURNAL).readAll();
  const feedback = readFeedback(entries);
  const changes = await openJournal(store, THRESHOLD_JOURNAL).readAll();
  const thresholds = readThresholds(changes);
  return tracked.map((incident) => {
    const key = thresholdKey(incident.team, incident.kind);
    const { team, kind } = incident;
    const minimum = findMinimums(
      { kind: 'anomaly', team, subkind: kind },
      configuration.alerts.policy,
      thresholds,
    );
    const last = changes.get(key)?.at(-1);
    const said = feedback.get(incident.id);
    return {
      ...incident,
      minimum_per_day_cost: minimum.amountPerDay.toFixed(6),
      minimum_confidence: minimum.confidence,
      threshold_factor: thresholds[key]?.factor ?? 1,
      threshold_reason: last ? `${last.at.slice(0, 10)}: ${String(last.reason ?? '')}` : null,
      feedback: said?.feedback ?? null,
      feedback_by: said?.by ?? null,
      feedback_at: said?.at ?? null,
      feedback_reason: said?.reason ?? null,
      snooze_until: said?.snoozeUntil ?? null,
      statement_count: entries.get(incident.id)?.length ?? 0,
    };
  });
}
