import { createFunction, subscribe } from './function.ts';
import type { Lake } from './lake.ts';
import { createDeadLetters, createQueue, type Queue } from './queue.ts';
import { ACCOUNT_ACTIONS, COST_ACTIONS, ORGANIZATION_ACTIONS } from './read-actions.ts';
import { allowScoped, allowUnscoped } from './read-permissions.ts';
import type { Settings } from './settings.ts';

const COLLECT_SECONDS = 900;
const PLAN_SECONDS = 300;
const MEMORY_MB = 1769;
const STORAGE_MB = 1024;
const WORK_TRIES = 5;
const COST_TRIES = 8;

export type Collect = ReturnType<typeof createCollect>;

/**
 * Collectors. The planner compares what is wanted with what the lake holds and queues the difference; workers do one
 * unit after the other. Cost Explorer, which is paid by the page, has one consumer.
 */
export function createCollect(settings: Settings, lake: Lake, refresh: Queue) {
  const work = createQueue('Work', { visibilityMinutes: 90, tries: WORK_TRIES });
  const cost = createQueue('Cost', { visibilityMinutes: 16, tries: COST_TRIES, fifo: true });
  const planDeadLetters = createDeadLetters('PlanDeadLetters');
  const lakePrefixes = ['tables', 'collect'];
  const environment = {
    HEADROOM_LAKE: lake.location,
    HEADROOM_CONFIG: lake.configurationLocation,
    HEADROOM_WORK_QUEUE: work.url,
    HEADROOM_COST_QUEUE: cost.url,
  };
  const collecting = [
    ...lake.reading(['config', ...lakePrefixes]),
    ...lake.writing(lakePrefixes),
    ...assumeMembers(settings),
  ];

  const plan = createFunction('Plan', settings, {
    handler: 'functions/schedule/plan.handler',
    description: 'Queues what the lake lacks of a source',
    timeoutSeconds: PLAN_SECONDS,
    memoryMb: MEMORY_MB,
    storageMb: STORAGE_MB,
    environment: { ...environment, HEADROOM_REFRESH_QUEUE: refresh.url },
    permissions: [
      ...collecting,
      allowUnscoped(ORGANIZATION_ACTIONS),
      ...work.sending,
      ...cost.sending,
      ...refresh.sending,
    ],
    deadLetters: planDeadLetters,
    hasDuckdb: true,
  });
  const worker = createFunction('Collect', settings, {
    handler: 'functions/event/collect.handler',
    description: 'Reads utilisation, inventory, quotas and budgets of one account and region',
    timeoutSeconds: COLLECT_SECONDS,
    memoryMb: MEMORY_MB,
    storageMb: STORAGE_MB,
    environment,
    permissions: [
      ...collecting,
      allowUnscoped([...ORGANIZATION_ACTIONS, ...ACCOUNT_ACTIONS]),
      ...allowScoped(accountId()),
      {
        actions: ['budgets:ViewBudget'],
        resources: [$interpolate`arn:aws:budgets::${accountId()}:budget/*`],
      },
      ...work.receiving,
      ...work.sending,
    ],
    hasDuckdb: true,
  });
  subscribe(worker, work, { batchSize: 5, concurrency: settings.collect.concurrency });
  const costReader = createFunction('CollectCost', settings, {
    handler: 'functions/event/collect.handler',
    description: 'Reads Cost Explorer, one at a time',
    timeoutSeconds: COLLECT_SECONDS,
    memoryMb: MEMORY_MB,
    storageMb: STORAGE_MB,
    environment: { ...environment, HEADROOM_WORK_QUEUE: cost.url },
    permissions: [
      ...collecting,
      allowUnscoped([...ORGANIZATION_ACTIONS, ...COST_ACTIONS]),
      ...cost.receiving,
      ...cost.sending,
    ],
    reserved: 1,
    hasDuckdb: true,
  });
  subscribe(costReader, cost, { batchSize: 1 });

  return { plan, costReader, work, cost, planDeadLetters };
}

/** The read-only role of each account that is read; nothing else can be assumed. */
function assumeMembers({ accounts, organization_id, member_role }: Settings) {
  const assume = { actions: ['sts:AssumeRole'] };
  if (accounts.length > 0) {
    return [
      { ...assume, resources: accounts.map((account) => `arn:aws:iam::${account}:role/${member_role}`) },
    ];
  }
  if (!organization_id) return [];
  return [
    {
      ...assume,
      resources: [`arn:aws:iam::*:role/${member_role}`],
      conditions: [{ test: 'StringEquals', variable: 'aws:ResourceOrgID', values: [organization_id] }],
    },
  ];
}

function accountId(): $util.Output<string> {
  return aws.getCallerIdentityOutput().accountId;
}
