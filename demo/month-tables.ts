import type { DuckDBConnection } from '@duckdb/node-api';
import { loadTable } from './database.ts';
import { METERS } from './meters.ts';
import { createRandom } from './random.ts';
import { createSkus, type Sku } from './skus.ts';
import { createTags } from './tags.ts';
import { type Environment, SERVICES, TEAMS, type TeamName } from './world.ts';
import { loadAccounts, loadSkus } from './world-tables.ts';

/** What a kind of resource is metered by, hour by hour. */
type ProfileMeter = {
  profileNo: number;
  position: number;
  sku: Sku;
  quantityMicro: number;
  isHours: boolean;
};

export const PROFILES = 320;
export const TAG_SETS = 2_000;
/** Meters of a resource: one that costs, the others mostly free. */
export const METERS_A_RESOURCE = 4;
const PRICED_COMPANION_RATIO = 0.16;
const EXTRA_ACCOUNTS = 26;
const UNTAGGED_SETS_RATIO = 0.05;
/** Dollars an hour that a metered line costs at most, roughly. */
const LARGEST_HOURLY_COST = 0.4;

/** Loads `sku`, `account`, `profile_meter` and `tag_set`; gives the number of accounts. */
export async function loadMonthTables(
  connection: DuckDBConnection,
  schema: string,
  seed: number,
): Promise<number> {
  const skus = createSkus();
  await loadSkus(connection, schema, skus);
  const random = createRandom(seed, 'accounts');
  const extra = Array.from({ length: EXTRA_ACCOUNTS }, (_, index) => ({
    id: `0${String(10_000_000_000 + random.integer(89_999_999_999)).slice(0, 11)}`,
    name: `acme-team-${String(index + 1).padStart(2, '0')}`,
  }));
  const accounts = await loadAccounts(connection, schema, extra);
  await loadTable<ProfileMeter>(
    connection,
    schema,
    'profile_text',
    {
      profile_no: ['INTEGER', ({ profileNo }) => profileNo],
      position: ['INTEGER', ({ position }) => position],
      sku_no: ['INTEGER', ({ sku }) => sku.skuNo],
      quantity_micro: ['BIGINT', ({ quantityMicro }) => quantityMicro],
      hours: ['INTEGER', ({ isHours }) => Number(isHours)],
    },
    listProfileMeters(seed, skus),
  );
  await connection.run(`
    create or replace table ${schema}.profile_meter as
    select profile_no, position, quantity_micro, hours = 1 as is_hours, sku.*, usage_type like '%BoxUsage:%' as is_coverable,
      case resource_type when 'instance' then 'i-0' when 'volume' then 'vol-0'
        else 'arn:aws:' || product || ':' || region || ':' || resource_type || '/acme-' end as id_prefix
    from ${schema}.profile_text join ${schema}.sku using (sku_no)`);
  await loadTable<{ tagNo: number; tags: string }>(
    connection,
    schema,
    'tag_text',
    { tag_no: ['INTEGER', ({ tagNo }) => tagNo], tags_text: ['VARCHAR', ({ tags }) => tags] },
    listTagSets(seed),
  );
  await connection.run(`
    create or replace table ${schema}.tag_set as
    select tag_no, from_json(tags_text, '"MAP(VARCHAR, VARCHAR)"') as tags from ${schema}.tag_text`);
  return accounts;
}

function* listProfileMeters(seed: number, skus: readonly Sku[]): Generator<ProfileMeter> {
  const priced = skus.filter(({ meter }) => meter !== null && METERS[meter].resourceType !== null);
  for (let profileNo = 0; profileNo < PROFILES; profileNo++) {
    const random = createRandom(seed, 'profile', profileNo);
    const main = priced[random.integer(priced.length)] as Sku;
    const free = skus.filter(
      ({ isFree, region, family }) => isFree && region === main.region && family === main.family,
    );
    for (let position = 0; position < METERS_A_RESOURCE; position++) {
      const isPriced = position === 0 || random.unit() < PRICED_COMPANION_RATIO;
      const companion = isPriced ? main : (free[(profileNo + position) % free.length] as Sku);
      const sku = position === 0 ? main : companion;
      const isHours = sku.unit === 'Hrs';
      yield {
        profileNo,
        position,
        sku,
        isHours,
        quantityMicro: isHours ? 1_000_000 : hourlyQuantity(sku, random.unit()),
      };
    }
  }
}

/** So much of a unit that an hour of it costs cents. */
function hourlyQuantity({ listE10 }: Sku, unit: number): number {
  if (listE10 === 0) return 1 + Math.floor(unit * 900_000);
  return 1 + Math.floor(((unit * LARGEST_HOURLY_COST * 1e10) / listE10) * 1e6);
}

function* listTagSets(seed: number): Generator<{ tagNo: number; tags: string }> {
  for (let tagNo = 0; tagNo < TAG_SETS; tagNo++) {
    const random = createRandom(seed, 'tag-set', tagNo);
    const service = SERVICES[random.integer(SERVICES.length)] as (typeof SERVICES)[number];
    const environment = random.pick<Environment>(['prod', 'prod', 'prod', 'staging', 'dev']);
    const owner = TEAMS[service.team as TeamName].owner;
    const { later } = createTags(
      seed,
      `set/${tagNo}`,
      { team: service.team, service: service.name, environment, owner },
      false,
    );
    const tags = {
      ...later,
      component: `component-${tagNo % 397}`,
      'aws:createdBy': `AssumedRole:deploy-${tagNo % 53}`,
    };
    yield { tagNo, tags: JSON.stringify(random.unit() < UNTAGGED_SETS_RATIO ? {} : tags) };
  }
}
