import type { Series } from './activity.ts';
import { dayAt, type Window } from './calendar.ts';
import { REQUEST_SERVICES } from './drivers.ts';
import type { EstateResource, Metered } from './estate/cast.ts';
import { createEstate, listAccountCharges } from './estate/estate.ts';
import { listIncidents } from './incidents.ts';
import { METERS, type MeterName } from './meters.ts';
import { PARTS, type Part, type PartItem, PROD_ONLY, RESOURCE_IDS, SMALLER } from './parts.ts';
import { createRandom } from './random.ts';
import { SECURITY_USAGE } from './security.ts';
import { createTags, type ResourceTags } from './tags.ts';
import { ACCOUNTS, type Environment, SERVICES, type Service, TEAMS, type TeamName } from './world.ts';

/** What is metered on one resource by one meter: a line a day. */
export type Stream = {
  seriesNo: number;
  meter: MeterName;
  region: string;
  zone: string | null;
  accountId: string;
  service: Service;
  environment: Environment;
  /** null: AWS names no resource. Fleet members get an identifier a week. */
  resourceId: string | null;
  resourceName: string | null;
  tags: ResourceTags;
  /** Position in its fleet, null outside fleets. */
  slot: number | null;
  start: number;
  end: number;
  /** Millionths of a unit a day when nothing grows. */
  quantityMicro: number;
  /** AWS adds lines that cost nothing to most, not to these. */
  hasFreeLines: boolean;
};

export type Organisation = { streams: Stream[]; series: Series[]; estate: EstateResource[] };

const MICRO = 1_000_000;
const SIZES: Record<Environment, number> = { prod: 1, staging: 0.3, dev: 0.3, sandbox: 0.6 };
/** Services whose unit cost is planted, so that their tags hold. */
export const CAREFUL_SERVICES = ['checkout', 'login', 'profiles', ...REQUEST_SERVICES];
const REGION_LAUNCH = { service: 'cart', region: 'eu-west-1', monthsAgo: 6, size: 0.35 };
/** Room that a fleet has for growth and incidents, in machines as a share of what it starts with. */
const FLEET_ROOM = 2.6;
const FLEET_ROOM_MONTHLY = 1.05;

/** What runs only because of an incident, at a multiplier of 1. */
const FOREIGN: Record<
  string,
  { meter: MeterName; quantity: number; kind: Part['kind']; environment: Environment; accountId: string }
> = {
  'foreign-gpus': {
    meter: 'g5.12xlarge',
    quantity: 48,
    kind: 'instance',
    environment: 'sandbox',
    accountId: ACCOUNTS.sandbox.id,
  },
  'language-model': {
    meter: 'modelTokens',
    quantity: 14_000,
    kind: null,
    environment: 'prod',
    accountId: ACCOUNTS.data.id,
  },
  'pilot-account': {
    meter: 'm6i.2xlarge',
    quantity: 96,
    kind: 'instance',
    environment: 'sandbox',
    accountId: ACCOUNTS.pilot.id,
  },
};
/** Downloads, of which the first units of every month are free. */
const TIERED = { service: 'reporting', meter: 'cdnMeteredBytes', quantity: 190 } as const;

type Place = {
  service: Service;
  environment: Environment;
  accountId: string;
  region: string;
  start: number;
  end: number;
  size: number;
  fleetRoom: number;
};

/**
 * Builds what Acme runs. A `scale` above 1 gives more resources of every kind; below 1 it stays at one of each and
 * `services` says how many of the services there are.
 */
export function createOrganisation(options: {
  seed: number;
  window: Window;
  scale: number;
  services: number;
}): Organisation {
  const { seed, window } = options;
  const organisation: Organisation = { streams: [], series: [], estate: [] };
  const kept = SERVICES.slice(0, options.services);
  const fleetRoom = FLEET_ROOM * FLEET_ROOM_MONTHLY ** Math.max(0, window.months.length - 14);
  for (const service of kept) {
    for (const [environment, accountId] of Object.entries(service.accounts) as [Environment, string][]) {
      const place = {
        service,
        environment,
        accountId,
        region: service.region,
        ...lifeOf(service, window),
        fleetRoom,
        size: service.size * SIZES[environment],
      };
      addParts(organisation, seed, place, options.scale);
    }
    if (service.name === REGION_LAUNCH.service) {
      const { region, monthsAgo, size } = REGION_LAUNCH;
      const start = dayAt(window, monthsAgo, 1);
      const accountId = service.accounts.prod ?? '';
      addParts(
        organisation,
        seed,
        {
          service,
          environment: 'prod',
          accountId,
          region,
          start,
          end: window.end,
          fleetRoom,
          size: service.size * size,
        },
        options.scale,
      );
    }
  }
  addExtras(organisation, seed, window, kept);
  return organisation;
}

function lifeOf(service: Service, window: Window): { start: number; end: number } {
  const { launchedMonthsAgo, endedMonthsAgo } = service;
  return {
    start: launchedMonthsAgo === undefined ? window.start : dayAt(window, launchedMonthsAgo, 1),
    end: endedMonthsAgo === undefined ? window.end : dayAt(window, endedMonthsAgo, 1),
  };
}

function addParts(organisation: Organisation, seed: number, place: Place, scale: number): void {
  const isProd = place.environment === 'prod';
  for (const name of place.service.parts.filter((part) => isProd || !PROD_ONLY.includes(part))) {
    for (const part of isProd ? PARTS[name] : PARTS[name].slice(0, 1))
      addPart(organisation, seed, place, part, scale);
  }
}

function addPart(organisation: Organisation, seed: number, place: Place, part: Part, scale: number): void {
  const isFleet = part.items.some(({ shape }) => shape === 'fleet');
  const copies = isFleet ? 1 : Math.max(1, Math.round(part.count * scale));
  for (let copy = 0; copy < copies; copy++) {
    const label = `${place.service.name}-${place.environment}-${part.label}${copy > 0 ? `-${copy + 1}` : ''}`;
    const size = isFleet ? place.size * scale : place.size;
    for (const item of place.environment === 'prod' ? part.items : part.items.slice(0, 1))
      addItem(organisation, seed, { ...place, size }, part, label, item);
  }
}

function addItem(
  organisation: Organisation,
  seed: number,
  place: Place,
  part: Part,
  label: string,
  item: PartItem,
): void {
  const { service, environment, accountId, region } = place;
  const meter = environment === 'prod' ? item.meter : (SMALLER[item.meter] ?? item.meter);
  const random = createRandom(seed, 'resource', label, accountId, region);
  const resourceId = part.kind
    ? RESOURCE_IDS[part.kind]({ region, account: accountId, name: label, random })
    : null;
  const owner = TEAMS[service.team as TeamName].owner;
  const tags: ResourceTags = part.kind
    ? createTags(
        seed,
        label,
        { team: service.team, service: service.name, environment, owner },
        CAREFUL_SERVICES.includes(service.name),
      )
    : { first: {}, later: {}, fixedMonthsAgo: null };
  const isHours = METERS[item.meter].unit === 'Hrs' && item.shape === 'steady';
  const quantity = item.quantity * (isHours ? 1 : place.size);
  const hours = item.shape === 'fleet' ? Math.max(24, quantity) : quantity;
  const slots = item.shape === 'fleet' ? Math.ceil((hours / 24) * place.fleetRoom) + 1 : 1;
  const seriesNo = seriesOf(organisation, { service, environment, region, meter, shape: item.shape });
  for (let slot = 0; slot < slots; slot++) {
    organisation.streams.push({
      seriesNo,
      meter,
      region,
      accountId,
      service,
      environment,
      resourceId,
      tags,
      hasFreeLines: true,
      zone: part.kind === 'instance' || part.kind === 'volume' ? `${region}${'abc'[slot % 3]}` : null,
      resourceName: part.kind ? label : null,
      slot: item.shape === 'fleet' ? slot : null,
      start: place.start,
      end: place.end,
      quantityMicro: Math.round(hours * MICRO),
    });
  }
}

function seriesOf({ series }: Organisation, wanted: Omit<Series, 'seriesNo'>): number {
  const found = series.find(
    ({ service, environment, region, meter, shape }) =>
      service === wanted.service &&
      environment === wanted.environment &&
      region === wanted.region &&
      meter === wanted.meter &&
      shape === wanted.shape,
  );
  if (found) return found.seriesNo;
  series.push({ seriesNo: series.length, ...wanted });
  return series.length - 1;
}

/** Security tooling, and machines that exist only in an incident. */
function addExtras(organisation: Organisation, seed: number, window: Window, kept: readonly Service[]): void {
  const always = { start: window.start, end: window.end, fleetRoom: FLEET_ROOM, size: 1 };
  const host =
    kept.find(({ name }) => name === 'kubernetes') ?? SERVICES.find(({ name }) => name === 'kubernetes');
  if (!host) return;
  for (const item of SECURITY_USAGE) {
    const place = {
      ...always,
      service: host,
      environment: 'prod' as const,
      accountId: ACCOUNTS.security.id,
      region: 'us-east-1',
    };
    addItem(
      organisation,
      seed,
      place,
      { kind: null, label: 'security', count: 1, items: [item] },
      'security',
      item,
    );
  }
  for (const { id, service: name, region } of listIncidents(window)) {
    const service = kept.find((one) => one.name === name);
    const foreign = FOREIGN[id];
    if (!service || !foreign) continue;
    const { meter, quantity, kind, environment, accountId } = foreign;
    const item: PartItem = { meter, quantity, shape: 'foreign' };
    const place = { ...always, service, environment, accountId, region };
    addItem(organisation, seed, place, { kind, label: id, count: 1, items: [item] }, id, item);
  }
  const tiered = kept.find(({ name }) => name === TIERED.service);
  if (!tiered) return;
  const { meter, quantity } = TIERED;
  const item: PartItem = { meter, quantity, shape: 'load' };
  const place = {
    ...always,
    service: tiered,
    environment: 'prod' as const,
    accountId: tiered.accounts.prod ?? '',
    region: tiered.region,
  };
  const part: Part = { kind: 'distribution', label: 'downloads', count: 1, items: [item] };
  addItem(organisation, seed, place, part, `${tiered.name}-downloads`, item);
}

const NO_TAGS: ResourceTags = { first: {}, later: {}, fixedMonthsAgo: null };

/** Adds waste and look-alikes, last, so that nothing else changes by them. */
export function addEstate(
  organisation: Organisation,
  seed: number,
  window: Window,
  copies: number,
): Organisation {
  const host = organisation.streams.find(({ service }) => service.name === 'kubernetes')?.service;
  if (copies === 0 || !host) return organisation;
  const estate = createEstate(seed, window, copies);
  const seriesNo = organisation.series.length;
  const series: Series = {
    seriesNo,
    service: host,
    environment: 'prod',
    region: host.region,
    meter: 'gp3',
    shape: 'fixed',
  };
  const streams = estate.flatMap((one) =>
    one.metered.map((metered) => estateStream(seed, window, seriesNo, one, metered)),
  );
  const charges = listAccountCharges(copies).map(
    ({ accountId, meter, daily }): Stream => ({
      seriesNo,
      meter,
      region: host.region,
      zone: null,
      accountId,
      service: host,
      environment: 'prod',
      resourceId: null,
      resourceName: null,
      tags: NO_TAGS,
      slot: null,
      start: Math.max(window.start, window.end - 150),
      end: window.end,
      quantityMicro: daily * MICRO,
      hasFreeLines: false,
    }),
  );
  return {
    streams: [...organisation.streams, ...streams, ...charges],
    series: [...organisation.series, series],
    estate,
  };
}

function estateStream(
  seed: number,
  window: Window,
  seriesNo: number,
  resource: EstateResource,
  { meter, daily, from, to }: Metered,
): Stream {
  const { accountId, region, service, environment, id, billedId, name, kind, createdDay } = resource;
  return {
    seriesNo,
    meter,
    region,
    accountId,
    service,
    environment,
    resourceId: billedId ?? id,
    resourceName: name,
    tags: estateTags(seed, resource),
    zone: kind === 'instance' || kind === 'volume' ? `${region}a` : null,
    slot: null,
    start: Math.max(window.start, from ?? createdDay),
    end: to ?? window.end,
    quantityMicro: Math.round(daily * MICRO),
    hasFreeLines: false,
  };
}

/** The tags that people gave it, which the bill and the inventory agree on. */
export function estateTags(
  seed: number,
  { service, environment, name, extraTags, isTagged }: EstateResource,
): ResourceTags {
  const owner = TEAMS[service.team as TeamName].owner;
  const tags = createTags(
    seed,
    name,
    { team: service.team, service: service.name, environment, owner },
    isTagged,
  );
  return {
    first: { ...tags.first, ...extraTags },
    later: { ...tags.later, ...extraTags },
    fixedMonthsAgo: tags.fixedMonthsAgo,
  };
}
