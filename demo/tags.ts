import { createRandom, type Random } from './random.ts';
import type { Environment } from './world.ts';

/** Who a resource really belongs to. */
export type Ownership = { team: string; service: string; environment: Environment; owner: string };

/** The tags of a resource, as people wrote them; from `fixedMonthsAgo` on, the later ones. */
export type ResourceTags = { first: Tags; later: Tags; fixedMonthsAgo: number | null };

export type Tags = Record<string, string>;

/** How often something is wrong with a resource's tags; the rest is as it should be. */
const UNTAGGED_RATIO = 0.07;
const MISSING_TAG_RATIO = 0.04;
const MISSPELT_KEY_RATIO = 0.12;
const MISSPELT_VALUE_RATIO = 0.12;

export const KEY_VARIANTS: Record<string, [string, ...string[]]> = {
  team: ['Team', ' team', 'user:team', 'squad', 'TEAM'],
  environment: ['env', 'Environment', 'stage', 'user:environment'],
  service: ['Service', 'app', 'application', ' service'],
};

/** Misspelt values, and whether the demo's configuration names them as an alias (the rest stays a value of its own). */
export const VALUE_VARIANTS: Record<string, { written: string; isAliased: boolean }[]> = {
  payments: aliased('paymnts', 'Payments', 'payments '),
  storefront: aliased('store-front', 'Storefront'),
  discovery: [...aliased('Discovery'), { written: 'discvery', isAliased: false }],
  logistics: [...aliased('LOGISTICS'), { written: 'logistcs', isAliased: false }],
  identity: aliased('identiy', ' identity'),
  mobile: aliased('Mobile'),
  data: aliased('Data', 'data-platform'),
  platform: aliased('plattform', 'Platform '),
  prod: aliased('production', 'prd', 'Prod', 'prod '),
  staging: [...aliased('stage', 'stg'), { written: 'preprod', isAliased: false }],
  dev: aliased('development', 'Dev'),
  sandbox: aliased('Sandbox'),
};

/**
 * @param isCareful that tag exactly the services that unit costs are planted on
 */
export function createTags(
  seed: number,
  resource: string,
  ownership: Ownership,
  isCareful: boolean,
): ResourceTags {
  const random = createRandom(seed, 'tags', resource);
  const right: Tags = {
    team: ownership.team,
    service: ownership.service,
    environment: ownership.environment,
  };
  if (random.unit() < 0.5) right.owner = ownership.owner;
  if (random.unit() < 0.3) right.Name = resource.split('/').at(-1) ?? resource;
  const written = misspell(random, right, isCareful);
  if (!isCareful && random.unit() < UNTAGGED_RATIO) {
    return { first: {}, later: written, fixedMonthsAgo: random.unit() < 0.45 ? 1 + random.integer(6) : null };
  }
  return { first: written, later: written, fixedMonthsAgo: null };
}

function misspell(random: Random, right: Tags, isCareful: boolean): Tags {
  const tags: Tags = {};
  for (const [key, value] of Object.entries(right)) {
    if (!isCareful && key in KEY_VARIANTS && random.unit() < MISSING_TAG_RATIO) continue;
    const keys = KEY_VARIANTS[key];
    const values = (VALUE_VARIANTS[value] ?? []).filter(({ isAliased }) => isAliased || !isCareful);
    const [first, ...others] = values.map(({ written }) => written);
    const writtenKey = keys && random.unit() < MISSPELT_KEY_RATIO ? random.pick(keys) : key;
    tags[writtenKey] =
      first && random.unit() < MISSPELT_VALUE_RATIO ? random.pick([first, ...others]) : value;
  }
  return tags;
}

function aliased(...written: string[]): { written: string; isAliased: boolean }[] {
  return written.map((text) => ({ written: text, isAliased: true }));
}

/** The team that the demo's configuration reads from tags, or undefined. */
export function readTeam(tags: Tags): string | undefined {
  for (const [key, value] of Object.entries(tags)) {
    const name = key
      .trim()
      .toLowerCase()
      .replace(/^user:/, '');
    if (name === 'team' || name === 'squad')
      return TEAM_ALIASES.get(value.trim().toLowerCase()) ?? value.trim().toLowerCase();
  }
  return undefined;
}

const TEAM_ALIASES = new Map(
  Object.entries(VALUE_VARIANTS).flatMap(([value, variants]) =>
    variants
      .filter(({ isAliased }) => isAliased)
      .map(({ written }) => [written.trim().toLowerCase(), value] as const),
  ),
);
