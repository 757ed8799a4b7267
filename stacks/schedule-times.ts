/** When each runs, in the time zone of the settings. Bills and metrics of the day before are there by then. */
export const SCHEDULE_TIMES = {
  accounts: 'cron(45 4 * * ? *)',
  inventory: 'cron(0 5 * * ? *)',
  quotas: 'cron(15 5 * * ? *)',
  budgets: 'cron(30 5 * * ? *)',
  cloudwatch: 'cron(45 5 * * ? *)',
  'cost-explorer': 'cron(0 6 * * ? *)',
  sweep: 'cron(30 6 * * ? *)',
  models: 'cron(30 7 * * ? *)',
  /** Often, because it also goes on with what could not be delivered; without news it does nothing. */
  alert: 'cron(0/15 * * * ? *)',
} as const;

export type ScheduleName = keyof typeof SCHEDULE_TIMES;
export const SCHEDULE_NAMES = Object.keys(SCHEDULE_TIMES) as ScheduleName[];
