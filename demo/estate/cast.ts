import { createHash } from 'node:crypto';
import { InputError } from '../../analytics/errors.ts';
import type { Window } from '../calendar.ts';
import { METERS, type MeterName } from '../meters.ts';
import { RESOURCE_IDS, type ResourceKind } from '../parts.ts';
import { createRandom, type Random } from '../random.ts';
import type { Environment, Service } from '../world.ts';
import type { Signal } from './signal.ts';

/** A use of a meter, in units a day, on the days `from <= day < to`. */
export type Metered = { meter: MeterName; daily: number; from?: number; to?: number };

/** What a resource is planted as: waste that a detector should find, and the share of its cost that goes away. */
export type Planted = { detector: string; savingRatio: number | null };

/** A resource as AWS lists it, with what is metered on it and what CloudWatch measures of it. */
export type EstateResource = {
  type: string;
  kind: ResourceKind;
  id: string;
  /** As the bill has it, where that is another: Fargate bills tasks, not services. */
  billedId: string | null;
  arn: string | null;
  utilizationId: string | null;
  name: string;
  accountId: string;
  region: string;
  service: Service;
  environment: Environment;
  /** First day that it exists; AWS tells of some kinds when they were made. */
  createdDay: number;
  isAgeKnown: boolean;
  state: string | null;
  /** The state is so since a day; before, another. */
  stateSince: { day: number; before: string } | null;
  sizeClass: string | null;
  sizeGib: number | null;
  attachments: string[] | null;
  attributes: Record<string, string | number | boolean>;
  extraTags: Record<string, string>;
  /** Its tags name its service and environment. */
  isTagged: boolean;
  metered: Metered[];
  signals: Signal[];
  waste: Planted[];
  /** Kind of look-alike: no detector should call it waste. */
  lookAlike: string | null;
  /** Detectors whose finding on it is right or wrong as one sees it; neither counts. */
  debatable: string[];
};

/** Where and as what a recipe makes resources, and the chance it draws from. */
export type Cast = {
  random: Random;
  window: Window;
  service: Service;
  environment: Environment;
  accountId: string;
  region: string;
  /** Unique in the estate. */
  label: string;
};

type ToMake = Pick<EstateResource, 'type' | 'kind'> &
  Partial<Omit<EstateResource, 'type' | 'kind'>> & {
    /** Added to the cast's label, for recipes that make several. */
    suffix?: string;
    /** Days before the window's end. */
    age?: number;
  };
/** What a recipe adds to what its kind is made of. */
export type Made = Partial<ToMake>;

const DAYS_A_MONTH = 30;
/** Of these kinds AWS does not say when they were made. */
const AGELESS: ResourceKind[] = ['address', 'function'];
/** Kinds that CloudWatch measures by the last part of their ARN, or by their name. */
const MEASURED_BY_ID: ResourceKind[] = ['instance', 'volume'];
const MEASURED_BY_PART: ResourceKind[] = ['natgateway', 'vpcendpoint'];
const UNMEASURED: ResourceKind[] = ['snapshot', 'image', 'address', 'asg', 'loggroup'];
const CLASSIC_AGE_DAYS = { least: 100, most: 160 };

/** A resource with the id that AWS would give it. `signals` are added by the recipe, which needs the id for them. */
export function make(cast: Cast, made: ToMake): EstateResource {
  const { random, window, service, environment, accountId, region } = cast;
  const { suffix, age, ...given } = made;
  const name = `${cast.label}${suffix ? `-${suffix}` : ''}`;
  const id = RESOURCE_IDS[made.kind]({ region, account: accountId, name, random });
  const days = age ?? CLASSIC_AGE_DAYS.least + random.integer(CLASSIC_AGE_DAYS.most - CLASSIC_AGE_DAYS.least);
  return {
    id,
    billedId: null,
    arn: id.startsWith('arn:') ? id : arnOf(made.kind, cast, id),
    utilizationId: utilizationIdOf(made.kind, id, name),
    name,
    accountId,
    region,
    service,
    environment,
    createdDay: Math.max(window.start, window.end - days),
    isAgeKnown: !AGELESS.includes(made.kind),
    state: null,
    stateSince: null,
    sizeClass: null,
    sizeGib: null,
    attachments: null,
    attributes: {},
    extraTags: {},
    isTagged: false,
    metered: [],
    signals: [],
    waste: [],
    lookAlike: null,
    debatable: [],
    ...given,
  };
}

function arnOf(kind: ResourceKind, { region, accountId }: Cast, id: string): string | null {
  if (kind === 'bucket') return `arn:aws:s3:::${id}`;
  return MEASURED_BY_ID.includes(kind) ? `arn:aws:ec2:${region}:${accountId}:${kind}/${id}` : null;
}

/** The id under which CloudWatch measures a resource. */
export function utilizationIdOf(kind: ResourceKind, id: string, name: string): string | null {
  if (UNMEASURED.includes(kind)) return null;
  if (MEASURED_BY_ID.includes(kind)) return id;
  if (MEASURED_BY_PART.includes(kind)) return id.split('/').at(-1) ?? id;
  if (kind === 'loadbalancer' || kind === 'networkloadbalancer') return id.split(':loadbalancer/')[1] ?? id;
  if (kind === 'ecsservice') return id.split(':service/')[1] ?? id;
  if (kind === 'bucket') return id;
  if (kind === 'stage') return `${name}/live`;
  return name;
}

/** Storage that is there all the time, in units a day of a meter that is charged by the month. */
export function stored(meter: MeterName, amount: number): Metered {
  return { meter, daily: amount / DAYS_A_MONTH };
}

export function hourly(meter: MeterName, count = 1): Metered {
  return { meter, daily: 24 * count };
}

/** A number between two, more often small than large where they lie far apart. */
export function between(random: Random, least: number, most: number): number {
  return least + (most - least) * random.unit();
}

/** The same over orders of magnitude. */
export function logBetween(random: Random, least: number, most: number): number {
  return least * (most / least) ** random.unit();
}

/** Cores and memory of a machine, from the price list. */
export function sizeOf(meter: MeterName): { type: string; cores: number; gib: number } {
  const { details } = METERS[meter] as { details?: Record<string, string> };
  if (!details?.InstanceType) throw new InputError(`meter ${meter} is of no machine`);
  return {
    type: details.InstanceType,
    cores: Number(details.CoreCount),
    gib: Number(details.MemorySize),
  };
}

export function castRandom(seed: number, label: string): Random {
  return createRandom(seed, 'estate', label);
}

/** A stable id of an image or volume that is named but not in the estate. */
export function fakeId(prefix: string, text: string): string {
  return `${prefix}-0${createHash('md5').update(text).digest('hex').slice(0, 16)}`;
}
