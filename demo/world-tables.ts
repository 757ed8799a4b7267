import type { DuckDBConnection } from '@duckdb/node-api';
import { dayAt, type Month, type Window } from './calendar.ts';
import type { Reservation, SavingsPlan } from './commitments.ts';
import { loadTable } from './database.ts';
import { METERS, PRODUCTS } from './meters.ts';
import type { Shape } from './parts.ts';
import { createRandom } from './random.ts';
import type { Organisation, Stream } from './resources.ts';
import { REGION_NAMES, type Sku } from './skus.ts';
import { readTeam, type Tags } from './tags.ts';
import { ACCOUNT_TEAMS, ACCOUNTS, type Account } from './world.ts';

const NOISE_PPM: Record<Shape, number> = {
  fleet: 20_000,
  load: 25_000,
  storage: 2_000,
  steady: 0,
  fixed: 0,
  foreign: 25_000,
};
/** AWS closes a month some days after its end: then support is charged and the lines bear an invoice id. */
const FINAL_AFTER_DAYS = 7;

/** Whether a month's bill is final on the window's last day. */
export function isFinal(month: Month, window: Window): boolean {
  return month.end + FINAL_AFTER_DAYS <= window.end;
}

/** Loads the organisation into `sku`, `account`, `period`, `commitment`, `stream` and `tag_set`. */
export async function loadWorld(
  connection: DuckDBConnection,
  schema: string,
  world: {
    seed: number;
    window: Window;
    organisation: Organisation;
    skus: readonly Sku[];
    plans: readonly SavingsPlan[];
    reservations: readonly Reservation[];
  },
): Promise<void> {
  await loadSkus(connection, schema, world.skus);
  await loadAccounts(connection, schema);
  await loadPeriods(connection, schema, world.seed, world.window);
  await loadCommitments(connection, schema, world.plans, world.reservations);
  await loadStreams(connection, schema, world);
}

/** Loads `account`, numbered; gives how many there are. */
export async function loadAccounts(
  connection: DuckDBConnection,
  schema: string,
  extra: readonly Pick<Account, 'id' | 'name'>[] = [],
): Promise<number> {
  const accounts = [...Object.values(ACCOUNTS), ...extra];
  await loadTable<Pick<Account, 'id' | 'name'>>(
    connection,
    schema,
    'account',
    {
      account_no: ['INTEGER', (account) => accounts.indexOf(account)],
      account_id: ['VARCHAR', ({ id }) => id],
      name: ['VARCHAR', ({ name }) => name],
    },
    accounts,
  );
  return accounts.length;
}

/** Loads `sku`, the price list. */
export async function loadSkus(
  connection: DuckDBConnection,
  schema: string,
  skus: readonly Sku[],
): Promise<void> {
  await loadTable<Sku>(
    connection,
    schema,
    'sku_text',
    {
      sku_no: ['INTEGER', ({ skuNo }) => skuNo],
      meter: ['VARCHAR', ({ meter }) => meter],
      product: ['VARCHAR', ({ product }) => product],
      service_name: ['VARCHAR', ({ product }) => PRODUCTS[product].name],
      service_code: ['VARCHAR', ({ product }) => PRODUCTS[product].code],
      category: ['VARCHAR', ({ product }) => PRODUCTS[product].category],
      subcategory: ['VARCHAR', ({ product }) => PRODUCTS[product].subcategory],
      family: ['VARCHAR', ({ family }) => family],
      region: ['VARCHAR', ({ region }) => region],
      region_name: ['VARCHAR', ({ region }) => REGION_NAMES[region] ?? null],
      usage_type: ['VARCHAR', ({ usageType }) => usageType],
      operation: ['VARCHAR', ({ operation }) => operation],
      unit: ['VARCHAR', ({ unit }) => unit],
      list_price_e10: ['BIGINT', ({ listE10 }) => listE10],
      contracted_price_e10: ['BIGINT', ({ contractedE10 }) => contractedE10],
      sku_id: ['VARCHAR', ({ skuId }) => skuId],
      sku_price_id: ['VARCHAR', ({ skuPriceId }) => skuPriceId],
      resource_type: ['VARCHAR', ({ resourceType }) => resourceType],
      description: ['VARCHAR', ({ description }) => description],
      details_text: ['VARCHAR', ({ details }) => JSON.stringify(details)],
      free: ['INTEGER', ({ isFree }) => Number(isFree)],
    },
    skus,
  );
  await connection.run(`
    create or replace table ${schema}.sku as
    select * exclude (details_text, free), from_json(details_text, '"MAP(VARCHAR, VARCHAR)"') as details,
      free = 1 as is_free, usage_type like '%SpotUsage%' as is_spot
    from ${schema}.sku_text`);
}

async function loadPeriods(
  connection: DuckDBConnection,
  schema: string,
  seed: number,
  window: Window,
): Promise<void> {
  await loadTable<Month>(
    connection,
    schema,
    'period',
    {
      period_no: ['INTEGER', (month) => window.months.indexOf(month)],
      billing_period: ['VARCHAR', ({ billingPeriod }) => billingPeriod],
      start_day: ['INTEGER', ({ start }) => start],
      end_day: ['INTEGER', ({ end }) => end],
      invoice_id: [
        'VARCHAR',
        (month) => {
          const number =
            1_000_000_000 + createRandom(seed, 'invoice', month.billingPeriod).integer(900_000_000);
          return isFinal(month, window) ? String(number) : null;
        },
      ],
    },
    window.months,
  );
}

async function loadCommitments(
  connection: DuckDBConnection,
  schema: string,
  plans: readonly SavingsPlan[],
  reservations: readonly Reservation[],
): Promise<void> {
  const rows = [
    ...plans.map((plan) => ({ ...plan, category: 'Spend', unit: 'USD', type: 'Savings Plan' })),
    ...reservations.map((reservation) => ({
      ...reservation,
      category: 'Usage',
      unit: 'Hours',
      type: 'Reserved Instance',
    })),
  ];
  await loadTable<(typeof rows)[number]>(
    connection,
    schema,
    'commitment',
    {
      commitment_no: ['INTEGER', ({ commitmentNo }) => commitmentNo],
      id: ['VARCHAR', ({ id }) => id],
      name: ['VARCHAR', ({ name }) => name],
      category: ['VARCHAR', ({ category }) => category],
      unit: ['VARCHAR', ({ unit }) => unit],
      type: ['VARCHAR', ({ type }) => type],
    },
    rows,
  );
}

async function loadStreams(
  connection: DuckDBConnection,
  schema: string,
  { window, organisation, skus }: { window: Window; organisation: Organisation; skus: readonly Sku[] },
): Promise<void> {
  const skuByMeter = new Map(skus.map((sku) => [`${sku.meter}/${sku.region}`, sku.skuNo]));
  const tagSets = new Map<string, number>();
  const tagNo = (tags: Tags) => {
    const text = JSON.stringify(tags);
    const known = tagSets.get(text) ?? tagSets.size;
    tagSets.set(text, known);
    return known;
  };
  const numbers = new Map(organisation.streams.map((stream, streamNo) => [stream, streamNo]));
  await loadTable<Stream>(
    connection,
    schema,
    'stream',
    {
      stream_no: ['INTEGER', (stream) => numbers.get(stream) ?? null],
      series_no: ['INTEGER', ({ seriesNo }) => seriesNo],
      sku_no: ['INTEGER', ({ meter, region }) => skuByMeter.get(`${meter}/${region}`) ?? null],
      family: ['VARCHAR', ({ meter }) => METERS[meter].family],
      account_id: ['VARCHAR', ({ accountId }) => accountId],
      slot: ['INTEGER', ({ slot }) => slot],
      free_lines: ['INTEGER', ({ hasFreeLines }) => Number(hasFreeLines)],
      start_day: ['INTEGER', ({ start }) => start],
      end_day: ['INTEGER', ({ end }) => end],
      quantity_micro: ['BIGINT', ({ quantityMicro }) => quantityMicro],
      noise_ppm: ['INTEGER', ({ seriesNo }) => NOISE_PPM[organisation.series[seriesNo]?.shape ?? 'steady']],
      resource_id: ['VARCHAR', ({ resourceId }) => resourceId],
      resource_name: ['VARCHAR', ({ resourceName }) => resourceName],
      zone: ['VARCHAR', ({ zone }) => zone],
      true_service: ['VARCHAR', ({ service }) => service.name],
      team_first: [
        'VARCHAR',
        ({ tags, accountId }) => readTeam(tags.first) ?? ACCOUNT_TEAMS[accountId] ?? null,
      ],
      team_later: [
        'VARCHAR',
        ({ tags, accountId }) => readTeam(tags.later) ?? ACCOUNT_TEAMS[accountId] ?? null,
      ],
      tags_first_no: ['INTEGER', ({ tags }) => tagNo(tags.first)],
      tags_later_no: ['INTEGER', ({ tags }) => tagNo(tags.later)],
      tags_fixed_day: [
        'INTEGER',
        ({ tags }) => (tags.fixedMonthsAgo === null ? window.end : dayAt(window, tags.fixedMonthsAgo, 1)),
      ],
    },
    organisation.streams,
  );
  await loadTable<[string, number]>(
    connection,
    schema,
    'tag_text',
    {
      tag_no: ['INTEGER', ([, no]) => no],
      tags_text: ['VARCHAR', ([text]) => text],
    },
    tagSets,
  );
  await connection.run(`
    create or replace table ${schema}.tag_set as
    select tag_no, from_json(tags_text, '"MAP(VARCHAR, VARCHAR)"') as tags from ${schema}.tag_text`);
}
