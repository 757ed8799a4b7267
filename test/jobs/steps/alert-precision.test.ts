import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { recordThresholds, THRESHOLD_JOURNAL } from '../../../analytics/alerts/adapt-thresholds.ts';
import { alertsSchema } from '../../../analytics/configuration/alerts-schema.ts';
import { openDuckdb } from '../../../analytics/engine/duckdb.ts';
import { createRelation } from '../../../analytics/engine/relation.ts';
import type { StepContext } from '../../../analytics/jobs/step.ts';
import { alertPrecisionStep } from '../../../analytics/jobs/steps/alert-precision.ts';
import { openFolderStore } from '../../../analytics/lake/folder-store.ts';
import { openJournal } from '../../../analytics/lake/journal.ts';
import { ALERT_PRECISION } from '../../../analytics/results/records/alert-precision.ts';
import { buildRecords } from '../../../analytics/results/records/record-table.ts';

it('tells the precision by team and detector beside the minimums that it led to', async () => {
  const scratchFolder = await mkdtemp(path.join(tmpdir(), 'precision-'));
  const engine = await openDuckdb({ tempFolder: scratchFolder });
  onTestFinished(async () => {
    await engine.close();
    await rm(scratchFolder, { recursive: true });
  });
  const store = await openFolderStore(path.join(scratchFolder, 'lake'));
  await recordThresholds(
    openJournal(store, THRESHOLD_JOURNAL),
    [
      {
        key: 'payments|spike',
        from: 1,
        to: 1.25,
        from_confidence_shift: 0,
        to_confidence_shift: 0.05,
        through: '2026-11-01T00:00:00Z',
        reason: 'one of four',
      },
    ],
    '2026-11-02T06:00:00Z',
  );
  const said = (team: string, kind: string, feedback: string | null, count: number) =>
    Array.from({ length: count }, () => ({ team, kind, feedback, feedback_at: feedback && '2026-11-01' }));
  await createRelation(
    engine,
    scratchFolder,
    'anomalies',
    { team: 'VARCHAR', kind: 'VARCHAR', feedback: 'VARCHAR', feedback_at: 'VARCHAR' },
    [
      ...said('payments', 'spike', 'actionable', 1),
      ...said('payments', 'spike', 'not_actionable', 3),
      ...said('payments', 'spike', null, 5),
      ...said('search', 'leak', 'planned', 2),
    ],
  );
  const configuration = { alerts: alertsSchema.parse({}) } as StepContext['configuration'];
  await alertPrecisionStep.run({
    engine,
    store,
    scratchFolder,
    configuration,
    asOf: '2026-11-03',
    months: [],
  });
  const rows = await engine.query('select * from alert_precision order by team');
  expect(rows).toMatchObject([
    {
      precision_id: 'payments|spike',
      actionable_count: 1,
      not_actionable_count: 3,
      planned_count: 0,
      precision_ratio: 0.25,
      minimum_confidence: 0.55,
      change_count: 1,
      threshold_reason: '2026-11-02: one of four',
    },
    {
      detector: 'leak',
      planned_count: 2,
      precision_ratio: null,
      lowest_ratio: 0,
      highest_ratio: 1,
      change_count: 0,
    },
  ]);
  expect(rows.map(({ minimum_per_day_cost }) => Number(minimum_per_day_cost))).toEqual([12.5, 10]);
  expect(
    buildRecords(
      ALERT_PRECISION,
      rows.map((row) => ({ ...row, minimum_per_day_cost: '1' })),
    ).rowCount,
  ).toBe(2);
});
