import {
  findMinimums,
  readThresholds,
  THRESHOLD_JOURNAL,
  thresholdKey,
} from '../../alerts/adapt-thresholds.ts';
import type { Feedback } from '../../alerts/feedback.ts';
import { measurePrecision } from '../../alerts/precision.ts';
import { createRelation } from '../../engine/relation.ts';
import { openJournal } from '../../lake/journal.ts';
import type { Step } from '../step.ts';

const COLUMNS = {
  precision_id: 'VARCHAR',
  team: 'VARCHAR',
  detector: 'VARCHAR',
  actionable_count: 'BIGINT',
  not_actionable_count: 'BIGINT',
  planned_count: 'BIGINT',
  precision_ratio: 'DOUBLE',
  lowest_ratio: 'DOUBLE',
  highest_ratio: 'DOUBLE',
  minimum_per_day_cost: 'DECIMAL(38,12)',
  minimum_confidence: 'DOUBLE',
  change_count: 'BIGINT',
  threshold_reason: 'VARCHAR',
};

const JUDGED_SQL = `
  select team, kind as detector, feedback, feedback_at as at from anomalies where feedback is not null`;

type Judged = { team: string; detector: string; feedback: Feedback; at: string };

/** Measures what people said of anomalies by team and detector, beside the minimums that are in force. */
export const alertPrecisionStep: Step = {
  name: 'alert-precision',
  inputs: ['anomalies'],
  outputs: { alert_precision: COLUMNS },
  async run({ engine, store, scratchFolder, configuration }) {
    const changes = await openJournal(store, THRESHOLD_JOURNAL).readAll();
    const thresholds = readThresholds(changes);
    const measured = measurePrecision((await engine.query(JUDGED_SQL)) as Judged[]);
    const rows = measured.map(({ team, detector, precision, low, high, ...counts }) => {
      const key = thresholdKey(team, detector);
      const moves = changes.get(key) ?? [];
      const last = moves.at(-1);
      const about = { kind: 'anomaly', team, subkind: detector } as const;
      const minimum = findMinimums(about, configuration.alerts.policy, thresholds);
      return {
        precision_id: key,
        team,
        detector,
        actionable_count: counts.actionable,
        not_actionable_count: counts.notActionable,
        planned_count: counts.planned,
        precision_ratio: precision ?? null,
        lowest_ratio: low,
        highest_ratio: high,
        minimum_per_day_cost: minimum.amountPerDay.toFixed(6),
        minimum_confidence: minimum.confidence,
        change_count: moves.length,
        threshold_reason: last ? `${last.at.slice(0, 10)}: ${String(last.reason ?? '')}` : null,
      };
    });
    await createRelation(engine, scratchFolder, 'alert_precision', COLUMNS, rows);
  },
};
