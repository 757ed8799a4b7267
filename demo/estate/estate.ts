import type { Window } from '../calendar.ts';
import { ACCOUNTS, type Environment, SERVICES, type Service } from '../world.ts';
import { type Cast, castRandom, type EstateResource } from './cast.ts';
import { CLUSTERS } from './clusters.ts';
import { COMPUTE } from './compute.ts';
import { DATABASES } from './databases.ts';
import { ENVIRONMENTS, environmentOf } from './environments.ts';
import { NETWORK } from './network.ts';
import { SERVERLESS } from './serverless.ts';
import { MANAGED_SERVICES } from './services.ts';
import { STORAGE } from './storage.ts';

const RECIPES = {
  ...COMPUTE,
  ...STORAGE,
  ...NETWORK,
  ...DATABASES,
  ...SERVERLESS,
  ...CLUSTERS,
  ...MANAGED_SERVICES,
};
/** Recipes that make sense only where production is, or only where it is not. */
const NONPRODUCTION = ['ec2-office-hours', 'ec2-nightly-builds'];
const PRODUCTION = [
  'ec2-production-by-day',
  'ec2-disaster-recovery',
  'ec2-night-batch',
  'ec2-weekly-peak',
  'ec2-monthly-batch',
  'rds-standby-replica',
  'rds-busy',
  'ec2-busy',
  'ec2-gpu-busy',
];
/** Services whose unit cost is planted, or that are no more. */
const LEFT_ALONE = [
  'checkout',
  'login',
  'profiles',
  'web-frontend',
  'catalog',
  'search',
  'payments-api',
  'monolith',
];
/** Metered lines a day of one copy of everything. */
export const ESTATE_LINES_A_DAY = 150;

/** Charges of an account that AWS puts on no resource. */
export type AccountCharge = { accountId: string; meter: 'trailEvents'; daily: number };

/**
 * What Acme has beside the machines that follow its business: waste of every kind and, beside it, what looks like waste and
 * is none. Each of the `copies` is drawn anew; none of the draws knows a detector's threshold.
 */
export function createEstate(seed: number, window: Window, copies: number): EstateResource[] {
  const resources: EstateResource[] = [];
  for (let copy = 1; copy <= copies; copy++) {
    for (const [name, recipe] of Object.entries(RECIPES)) {
      const label = copy > 1 ? `${name}-${copy}` : name;
      resources.push(...recipe(castOf(seed, window, name, label)));
    }
  }
  if (copies > 0) {
    for (const { service, environment, isUsed } of ENVIRONMENTS) {
      const found = SERVICES.find(({ name }) => name === service);
      if (!found) continue;
      const label = `${service}-${environment}`;
      resources.push(...environmentOf(placeIn(seed, window, found, environment, label), isUsed));
    }
  }
  return resources;
}

/** Second trails: AWS charges every copy of management events but the first. */
export function listAccountCharges(copies: number): AccountCharge[] {
  if (copies === 0) return [];
  return [ACCOUNTS.commerce, ACCOUNTS.dev].map(({ id }, index) => ({
    accountId: id,
    meter: 'trailEvents',
    daily: 150_000 + 90_000 * index,
  }));
}

function castOf(seed: number, window: Window, recipe: string, label: string): Cast {
  const random = castRandom(seed, `place/${label}`);
  const environments: [Environment, ...Environment[]] = NONPRODUCTION.includes(recipe)
    ? ['staging', 'dev']
    : PRODUCTION.includes(recipe)
      ? ['prod']
      : ['prod', 'prod', 'prod', 'staging', 'dev'];
  const environment = random.pick(environments);
  const candidates = SERVICES.filter(
    ({ name, accounts, parts }) => accounts[environment] && parts.length > 0 && !LEFT_ALONE.includes(name),
  );
  const service = candidates[random.integer(candidates.length)] as Service;
  return placeIn(seed, window, service, environment, label);
}

function placeIn(
  seed: number,
  window: Window,
  service: Service,
  environment: Environment,
  label: string,
): Cast {
  const random = castRandom(seed, label);
  return {
    random,
    window,
    service,
    environment,
    accountId: service.accounts[environment] ?? '',
    region: service.region,
    label: `${service.name}-${environment}-${random.hex(6)}`,
  };
}
