import type { Series } from './activity.ts';
import { dayAt, type Window } from './calendar.ts';
import { REQUEST_SERVICES } from './drivers.ts';
import { listIncidents } from './incidents.ts';
import { METERS, type MeterName } from './meters.ts';
import { PARTS, type Part, type PartItem, PROD_ONLY, RESOURCE_IDS, SMALLER } from './parts.ts';
import { createRandom } from './random.ts';
import { createTags, type ResourceTags } from './tags.ts';
import { PLANTED_WASTE, SECURITY_USAGE, type WasteKind } from './waste.ts';
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
  waste: WasteKind | null;
};

export type Organisation = { streams: Stream[]; series: Series[] };

const MICRO = 1_000_000;
const SIZES: Record<Environment, number> = { prod: 1, staging: 0.3, dev: 0.3, sandbox: 0.6 };
/** Services whose unit cost is planted, so that their tags hold. */
export const CAREFUL_SERVICES = ['checkout', 'login', 'profiles', ...REQUEST_SERVICES];
const REGION_LAUNCH = { service: 'cart', region: 'eu-west-1', monthsAgo: 6, size: 0.35 };
/** Room that a fleet has for growth and incidents, in machines as a share of what it starts with. */
const FLEET_ROOM = 2.6;
const FLEET_ROOM_MONTHLY = 1.05;

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
  const organisation: Organisation = { streams: [], series: [] };
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
      addItem(organisation, seed, { ...place, size }, part, label, item, null);
  }
}

function addItem(
  organisation: Organisation,
  seed: number,
  place: Place,
  part: Part,
  label: string,
  item: PartItem,
  waste: WasteKind | null,
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
      waste,
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

/** Security tooling, planted waste, and machines that exist only in an incident. */
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
      null,
    );
  }
  for (const { waste, service: name, environment, part } of PLANTED_WASTE) {
    const service = kept.find((one) => one.name === name);
    const accountId = service?.accounts[environment];
    if (!service || !accountId) continue;
    for (const item of part.items) {
      const place = { ...always, service, environment, accountId, region: service.region };
      addItem(organisation, seed, place, part, `${name}-${environment}-${part.label}`, item, waste);
    }
  }
  const experiments = kept.find(({ name }) => name === 'experiments');
  for (const incident of listIncidents(window).filter(({ kind }) => kind === 'new_region')) {
    if (!experiments) continue;
    const place = {
      ...always,
      service: experiments,
      environment: 'sandbox' as const,
      accountId: ACCOUNTS.sandbox.id,
      region: incident.region,
    };
    const item: PartItem = { meter: 'g5.12xlarge', quantity: 48, shape: 'load' };
    addItem(
      organisation,
      seed,
      place,
      { kind: 'instance', label: 'gpu', count: 1, items: [item] },
      incident.id,
      item,
      null,
    );
  }
}
