import { createAlarms } from './alarms.ts';
import { createAlerts } from './alerts.ts';
import { createAnalyze } from './analyze.ts';
import { createApi } from './api.ts';
import { createBackfill } from './backfill.ts';
import { createCollect } from './collect.ts';
import { createLake } from './lake.ts';
import { restrictRoles } from './restrict-roles.ts';
import { retainData } from './retain-data.ts';
import { createSchedules } from './schedules.ts';
import type { Settings } from './settings.ts';

/** All of Headroom in one account and region. */
export function createHeadroom(settings: Settings) {
  restrictRoles();
  retainData();
  const lake = createLake(settings);
  const analyze = createAnalyze(settings, lake);
  const collect = createCollect(settings, lake, analyze.refresh);
  const alerts = createAlerts(settings, lake);
  const scheduled = { plan: collect.plan, sweep: analyze.sweep, alert: alerts.fn };
  createSchedules(settings, scheduled, collect.planDeadLetters);
  const backfill = createBackfill(collect, analyze.refresh);
  const api = createApi(settings, lake);
  const alarms = createAlarms(settings, { collect, analyze, alerts, backfill });
  return {
    lake: lake.location,
    exports: lake.exportsLocation,
    configuration: lake.configurationLocation,
    api: api.url,
    backfill: backfill.arn,
    alarms: alarms.topicArn,
  };
}
