/**
 * The organisation: accounts, teams and services. It is invented. Its size, growth and mistakes are in the other files
 * of this folder.
 */

export type Environment = 'prod' | 'staging' | 'dev' | 'sandbox';

export type Account = { id: string; name: string; environment: Environment | null };

/** What a service's work follows: a business driver, the working week, or nothing. */
export type LoadName = 'orders' | 'requests' | 'active_users' | 'tenants' | 'batch' | 'steady';

export type PartName =
  | 'asg'
  | 'gpu'
  | 'spot'
  | 'alb'
  | 'rds'
  | 'cache'
  | 'bucket'
  | 'lambda'
  | 'dynamo'
  | 'logs'
  | 'queue'
  | 'topic'
  | 'stream'
  | 'nat'
  | 'transfer'
  | 'cdn'
  | 'eks'
  | 'warehouse'
  | 'query'
  | 'search'
  | 'endpoint'
  | 'dns'
  | 'registry'
  | 'secrets';

export type Service = {
  name: string;
  team: string;
  tier: 'tier-1' | 'tier-2' | 'tier-3';
  accounts: Partial<Record<Environment, string>>;
  region: string;
  load: LoadName;
  /** Share of the load's growth that the service's usage follows: 1 in step, below 1 economies of scale. */
  elasticity: number;
  /** Growth of usage per unit of load, a month. */
  monthlyDrift: number;
  /** Multiplies the quantities of its parts. */
  size: number;
  parts: PartName[];
  /** Lived only from or until day 1 of the month that lies so far back. */
  launchedMonthsAgo?: number;
  endedMonthsAgo?: number;
};

export const PAYER: Account = { id: '001102938475', name: 'acme-management', environment: null };

export const ACCOUNTS = {
  management: PAYER,
  commerce: { id: '010220485761', name: 'acme-prod-commerce', environment: 'prod' },
  web: { id: '020330194857', name: 'acme-prod-web', environment: 'prod' },
  core: { id: '300440958172', name: 'acme-prod-core', environment: 'prod' },
  staging: { id: '040551029384', name: 'acme-staging', environment: 'staging' },
  dev: { id: '050662738495', name: 'acme-dev', environment: 'dev' },
  sandbox: { id: '060773849502', name: 'acme-sandbox', environment: 'sandbox' },
  data: { id: '070884950613', name: 'acme-data-prod', environment: 'prod' },
  dataDev: { id: '510995061724', name: 'acme-data-dev', environment: 'dev' },
  ml: { id: '610328394057', name: 'acme-ml', environment: 'prod' },
  security: { id: '080106172835', name: 'acme-security', environment: null },
  shared: { id: '090217283946', name: 'acme-shared-services', environment: null },
  pilot: { id: '620439405168', name: 'acme-pilot', environment: 'sandbox' },
  legacy: { id: '000731940628', name: 'acme-legacy', environment: 'prod' },
} as const satisfies Record<string, Account>;

/** Whose cost an account's is where tags do not say, as far as the configuration knows. */
export const ACCOUNT_TEAMS: Record<string, TeamName> = {
  [ACCOUNTS.data.id]: 'data',
  [ACCOUNTS.dataDev.id]: 'data',
  [ACCOUNTS.ml.id]: 'data',
  [ACCOUNTS.legacy.id]: 'logistics',
  [ACCOUNTS.sandbox.id]: 'platform',
  [ACCOUNTS.shared.id]: 'platform',
};

export const TEAMS = {
  payments: { costCenter: 'CC-210', owner: 'payments@acme.example' },
  storefront: { costCenter: 'CC-220', owner: 'storefront@acme.example' },
  discovery: { costCenter: 'CC-230', owner: 'discovery@acme.example' },
  logistics: { costCenter: 'CC-240', owner: 'logistics@acme.example' },
  identity: { costCenter: 'CC-250', owner: 'identity@acme.example' },
  mobile: { costCenter: 'CC-260', owner: 'mobile@acme.example' },
  data: { costCenter: 'CC-310', owner: 'data@acme.example' },
  platform: { costCenter: 'CC-410', owner: 'platform@acme.example' },
} as const;

export type TeamName = keyof typeof TEAMS;

const EAST = 'us-east-1';
const { commerce, web, core, staging, dev, sandbox, data, dataDev, ml, shared, legacy } = ACCOUNTS;
const commerceAccounts = { prod: commerce.id, staging: staging.id, dev: dev.id };
const webAccounts = { prod: web.id, staging: staging.id, dev: dev.id };
const coreAccounts = { prod: core.id, dev: dev.id };

/** name, team, tier, accounts, load, elasticity, monthly drift, size, parts. */
type Row = [
  string,
  TeamName,
  Service['tier'],
  Service['accounts'],
  LoadName,
  number,
  number,
  number,
  PartName[],
];

// biome-ignore format: a table
const ROWS: Row[] = [
  ['checkout', 'storefront', 'tier-1', commerceAccounts, 'orders', 0.45, -0.006, 1.5, ['asg', 'alb', 'rds', 'cache', 'nat', 'logs']],
  ['search', 'discovery', 'tier-1', webAccounts, 'requests', 1, 0.002, 1.4, ['asg', 'alb', 'cache', 'search']],
  ['login', 'identity', 'tier-1', coreAccounts, 'active_users', 1, 0.035, 0.9, ['asg', 'alb', 'dynamo', 'cache']],
  ['payments-api', 'payments', 'tier-1', commerceAccounts, 'requests', 0.9, 0, 1.3, ['asg', 'alb', 'rds', 'queue', 'logs']],
  ['web-frontend', 'storefront', 'tier-1', webAccounts, 'requests', 1, 0.002, 1.6, ['asg', 'alb', 'cdn', 'bucket', 'logs']],
  ['orders', 'logistics', 'tier-1', commerceAccounts, 'orders', 0.8, 0, 1, ['asg', 'alb', 'rds', 'queue', 'lambda']],
  ['recommendations', 'discovery', 'tier-2', { prod: web.id, dev: dev.id }, 'requests', 0.9, 0.004, 1.2, ['asg', 'bucket', 'dynamo']],
  ['catalog', 'discovery', 'tier-1', { prod: web.id, staging: staging.id }, 'requests', 1, 0.002, 1, ['asg', 'rds', 'cdn', 'transfer']],
  ['warehouse', 'data', 'tier-2', { prod: data.id, dev: dataDev.id }, 'steady', 0, 0.008, 1.4, ['warehouse', 'bucket', 'query']],
  ['event-pipeline', 'data', 'tier-2', { prod: data.id }, 'requests', 0.9, 0.006, 1.3, ['stream', 'bucket', 'lambda']],
  ['ml-training', 'data', 'tier-3', { prod: ml.id }, 'batch', 1, 0.012, 1, ['gpu', 'bucket', 'endpoint']],
  ['kubernetes', 'platform', 'tier-1', { prod: shared.id }, 'requests', 0.8, 0, 1.5, ['eks', 'asg', 'nat', 'registry', 'logs']],
  ['monolith', 'logistics', 'tier-2', { prod: legacy.id }, 'steady', 0, -0.02, 1, ['asg', 'alb', 'rds']],
  ['fraud-scoring', 'payments', 'tier-1', { prod: commerce.id, dev: dev.id }, 'orders', 0.9, 0.004, 0.8, ['asg', 'cache', 'dynamo']],
  ['inventory', 'logistics', 'tier-2', commerceAccounts, 'orders', 0.7, 0, 0.8, ['asg', 'rds', 'queue']],
  ['profiles', 'identity', 'tier-2', coreAccounts, 'active_users', 1, 0.035, 0.8, ['asg', 'rds', 'bucket']],
  ['ledger', 'payments', 'tier-1', { prod: core.id, staging: staging.id }, 'tenants', 1, 0.002, 0.9, ['rds', 'bucket', 'lambda']],
  ['cart', 'storefront', 'tier-1', { prod: commerce.id, dev: dev.id }, 'orders', 0.9, 0, 0.8, ['dynamo', 'lambda', 'cache']],
  ['mobile-bff', 'mobile', 'tier-2', webAccounts, 'active_users', 1, 0.01, 0.9, ['asg', 'alb', 'logs']],
  ['push-notifications', 'mobile', 'tier-2', { prod: web.id, dev: dev.id }, 'active_users', 1, 0, 0.7, ['topic', 'lambda', 'dynamo', 'asg']],
  ['reporting', 'data', 'tier-3', { prod: data.id, dev: dataDev.id }, 'tenants', 1, 0.004, 0.8, ['rds', 'query', 'lambda']],
  ['observability', 'platform', 'tier-2', { prod: core.id }, 'requests', 0.7, 0.008, 1.3, ['logs', 'search', 'bucket']],
  ['ci-runners', 'platform', 'tier-3', { dev: dev.id }, 'batch', 1, 0.01, 1.3, ['spot', 'bucket', 'registry']],
  ['edge', 'platform', 'tier-1', { prod: web.id }, 'requests', 0.9, 0, 1, ['dns', 'nat', 'transfer']],
  ['shipping', 'logistics', 'tier-2', { prod: commerce.id, staging: staging.id }, 'orders', 0.9, 0, 0.7, ['lambda', 'queue', 'dynamo', 'secrets']],
  ['invoicing', 'payments', 'tier-3', { prod: core.id }, 'batch', 1, 0.004, 0.6, ['lambda', 'bucket', 'queue']],
  ['experiments', 'platform', 'tier-3', { sandbox: sandbox.id }, 'batch', 1, 0.01, 0.5, ['asg', 'bucket', 'rds']],
  ['partner-portal', 'mobile', 'tier-3', { staging: staging.id }, 'steady', 0, 0, 1, []],
  ['loyalty-pilot', 'logistics', 'tier-3', { dev: dev.id }, 'steady', 0, 0, 1, []],
  ['returns', 'logistics', 'tier-3', { staging: staging.id }, 'steady', 0, 0, 1, []],

];

const LIVES: Record<string, Pick<Service, 'launchedMonthsAgo' | 'endedMonthsAgo'>> = {
  'mobile-bff': { launchedMonthsAgo: 8 },
  monolith: { endedMonthsAgo: 4 },
};

/** In the order in which a smaller organisation keeps them. */
export const SERVICES: Service[] = ROWS.map(
  ([name, team, tier, accounts, load, elasticity, monthlyDrift, size, parts]) => ({
    name,
    team,
    tier,
    accounts,
    region: EAST,
    load,
    elasticity,
    monthlyDrift,
    size,
    parts,
    ...LIVES[name],
  }),
);
