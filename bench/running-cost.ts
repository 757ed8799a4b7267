/**
 * What it costs to run Headroom in AWS for a month, by the number of accounts: list prices of us-east-1 times what the
 * schedules ask for. Writes its section of docs/benchmarks.md.
 *
 *   npx tsx bench/running-cost.ts
 */
import { formatTable, writeSection } from './report.ts';

const DAYS = 30;
const USD = {
  costExplorerRequest: 0.01,
  metricAsked: 0.01 / 1000,
  lambdaGibSecondArm: 0.0000133334,
  s3GibMonth: 0.023,
  s3Put: 0.005 / 1000,
  s3Get: 0.0004 / 1000,
  kmsKeyMonth: 1,
  kmsRequest: 0.03 / 10_000,
  alarmMonth: 0.1,
  logGib: 0.5,
};

/** Assumptions about an organisation; change them for yours. */
const PER_ACCOUNT = {
  regions: 2,
  services: 25,
  metricsAsked: 120,
  millionLinesMonth: 0.05,
  apiRequestsMonth: 500,
};
const REQUESTS = {
  /** Views: account and service, usage type, one tag; and four for commitments. */
  costExplorerViews: 7,
  /** A page of Cost Explorer has 5,000 groups at most; four young days are asked again each time. */
  groupsPerPage: 5000,
  youngDays: 4,
  costExplorerRunsADay: 1,
  utilisationRunsADay: 1,
  /** Deliveries and analytics runs. */
  importsADay: 3,
  alarms: 12,
};
/** Seconds of a Lambda with 4 GiB for a million lines, from the section on pipeline speed, doubled for smaller cores. */
const PIPELINE_SECONDS_PER_MILLION_LINES = 6;

function estimate(accounts: number) {
  const pages = Math.ceil((accounts * PER_ACCOUNT.services * REQUESTS.youngDays) / REQUESTS.groupsPerPage);
  const costExplorer =
    REQUESTS.costExplorerViews * pages * REQUESTS.costExplorerRunsADay * DAYS * USD.costExplorerRequest;
  const metrics = accounts * PER_ACCOUNT.metricsAsked * REQUESTS.utilisationRunsADay * DAYS * USD.metricAsked;
  const units = accounts * PER_ACCOUNT.regions * 3 * DAYS;
  const lines = accounts * PER_ACCOUNT.millionLinesMonth;
  const pipelineSeconds = lines * PIPELINE_SECONDS_PER_MILLION_LINES * REQUESTS.importsADay * DAYS * 0.5;
  const lambda =
    (pipelineSeconds * 4 + units * 3 * 0.5 + REQUESTS.importsADay * DAYS * 20 * 4) * USD.lambdaGibSecondArm;
  const storage = lines * 14 * 0.06 * 2 * USD.s3GibMonth;
  const requests = units * (8 * USD.s3Put + 20 * USD.s3Get + 10 * USD.kmsRequest);
  const fixed = USD.kmsKeyMonth + REQUESTS.alarms * USD.alarmMonth + 0.5 * USD.logGib;
  const parts = {
    'Cost Explorer': costExplorer,
    CloudWatch: metrics,
    Lambda: lambda,
    'S3 storage': storage,
    'S3 and KMS requests': requests,
    'key, alarms, logs': fixed,
  };
  return { parts, total: Object.values(parts).reduce((sum, part) => sum + part, 0) };
}

const sizes = [10, 100, 1000];
const estimates = sizes.map(estimate);
const names = Object.keys(estimates[0]?.parts ?? {}) as (keyof (typeof estimates)[number]['parts'])[];
const money = (amount: number) => amount.toFixed(2);
const table = formatTable(
  ['USD a month', ...sizes.map((size) => `${size} accounts`)],
  [
    ...names.map((name) => [name, ...estimates.map(({ parts }) => money(parts[name]))]),
    ['**total**', ...estimates.map(({ total }) => `**${money(total)}**`)],
  ],
);
writeSection(
  'running-cost',
  [
    '## Running cost in AWS',
    '',
    'Arithmetic, not a bill: list prices of us-east-1 times what the schedules ask for, without free tiers. Assumed for each',
    `account: ${PER_ACCOUNT.regions} regions, ${PER_ACCOUNT.services} services, ${PER_ACCOUNT.metricsAsked} metric statistics, ${PER_ACCOUNT.millionLinesMonth * 1e6} charge lines a month; Cost Explorer ${REQUESTS.costExplorerRunsADay} time a day, ${REQUESTS.costExplorerViews} views,`,
    `${REQUESTS.groupsPerPage} groups a page. bench/running-cost.ts has every figure; change them to yours.`,
    '',
    table,
  ].join('\n'),
);
process.stdout.write(`${table}\n`);
