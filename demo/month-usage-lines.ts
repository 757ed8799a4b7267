import { type FocusExpressions, selectList } from './focus-columns.ts';
import { commonExpressions, dollars, type MonthShape, PLAN_ID } from './month-common.ts';
import { METERS_A_RESOURCE, PROFILES, TAG_SETS } from './month-tables.ts';

/** How long resources live, in hours of the month (0: all of it), and their share of the lines. */
const LIFETIMES: { hours: number; share: number }[] = [
  { hours: 0, share: 0.72 },
  { hours: 200, share: 0.21 },
  { hours: 24, share: 0.055 },
  { hours: 5, share: 0.01 },
  { hours: 1, share: 0.005 },
];
/** Of machine hours, and what the plan takes off. */
const COVERED_PERCENT = 40;
const PLAN_PRICE_PERCENT = 72;

/**
 * The metered lines number `from` to `until`, in an order in which neighbours have nothing to do with each other: line
 * i is number (i * step) mod lines of the list of resources by lifetime, hour and meter.
 */
export function usageLinesSql(shape: MonthShape, from: number, until: number): string {
  const { schema, seed, month, lines, accounts } = shape;
  const classes = lifetimes(shape);
  const pick = (value: (one: (typeof classes)[number]) => number) =>
    `case ${classes
      .slice(0, -1)
      .map((one) => `when place < ${one.until} then ${value(one)}`)
      .join(' ')} else ${value(classes.at(-1) ?? { hours: 1, from: 0, until: 0, firstResource: 0 })} end`;
  const resourceHash = `hash(${seed}, resource_no)`;
  const hasResource = 'm.resource_type is not null';
  const hour = `(timestamp '1970-01-01' + interval (${month.start * 24} + hour_no) hour)`;
  const expressions: FocusExpressions = {
    ...commonExpressions(shape),
    AvailabilityZone: `case when m.resource_type = 'instance' then m.region || case m.resource_hash % 3 when 0 then 'a' when 1 then 'b' else 'c' end end`,
    BilledCost: dollars(`case when m.is_covered then 0 else contracted_e10 end`),
    ChargeCategory: `'Usage'`,
    ChargeDescription: 'm.description',
    ChargeFrequency: `'Usage-Based'`,
    ChargePeriodStart: hour,
    ChargePeriodEnd: `${hour} + interval 1 hour`,
    CommitmentDiscountCategory: `case when m.is_covered then 'Spend' end`,
    CommitmentDiscountId: `case when m.is_covered then '${PLAN_ID}' end`,
    CommitmentDiscountName: `case when m.is_covered then 'Compute Savings Plan' end`,
    CommitmentDiscountQuantity: `case when m.is_covered then ${dollars('effective_e10')} end`,
    CommitmentDiscountStatus: `case when m.is_covered then 'Used' end`,
    CommitmentDiscountType: `case when m.is_covered then 'Savings Plan' end`,
    CommitmentDiscountUnit: `case when m.is_covered then 'USD' end`,
    ConsumedQuantity: 'used_micro / 1e6',
    ConsumedUnit: 'm.unit',
    ContractedCost: dollars('contracted_e10'),
    ContractedUnitPrice: dollars('m.contracted_price_e10'),
    EffectiveCost: dollars('effective_e10'),
    ListCost: dollars('list_e10'),
    ListUnitPrice: dollars('m.list_price_e10'),
    PricingCategory: `case when m.is_covered then 'Committed' when m.is_spot then 'Dynamic' else 'Standard' end`,
    PricingCurrencyContractedUnitPrice: dollars('m.contracted_price_e10'),
    PricingCurrencyEffectiveCost: dollars('effective_e10'),
    PricingCurrencyListUnitPrice: dollars('m.list_price_e10'),
    PricingQuantity: 'used_micro / 1e6',
    PricingUnit: 'm.unit',
    RegionId: 'm.region',
    RegionName: 'm.region_name',
    ResourceId: `case when ${hasResource} then m.id_prefix || lower(to_hex(m.resource_hash)) end`,
    ResourceType: `case when not (${hasResource}) then null when m.position = 0 or place % 3 = 0 then m.resource_type when place % 3 = 1 then '' end`,
    ServiceCategory: 'm.category',
    ServiceName: 'm.service_name',
    ServiceSubcategory: 'm.subcategory',
    SkuId: 'm.sku_id',
    SkuMeter: 'm.usage_type',
    SkuPriceDetails: 'm.details',
    SkuPriceId: 'm.sku_price_id',
    SubAccountId: 'a.account_id',
    SubAccountName: 'a.name',
    Tags: `case when ${hasResource} then t.tags else map([], []) end`,
    x_Operation: 'm.operation',
    x_ServiceCode: 'm.service_code',
  };
  return `
    with numbered as (
      select (i * ${stepFor(lines)} + ${seed % 1_000_003}) % ${lines} as place from range(${from}, ${until}) as numbers(i)
    ),
    placed as (
      select place, place - ${pick((one) => one.from)} as within, ${pick(({ hours }) => hours)} as hours, ${pick(({ firstResource }) => firstResource)} as first_resource
      from numbered
    ),
    resources as (
      select place, hours, within // (hours * ${METERS_A_RESOURCE}) + first_resource as resource_no,
        within % (hours * ${METERS_A_RESOURCE}) // ${METERS_A_RESOURCE} as life_hour, within % ${METERS_A_RESOURCE} as position
      from placed
    ),
    r as (
      select *, ${resourceHash} as resource_hash,
        (resource_no * 7919 % (${(month.end - month.start) * 24} - hours + 1) + life_hour) as hour_no
      from resources
    ),
    used as (
      select r.*, m.* exclude (profile_no, position, quantity_micro),
        case when m.is_hours then 1000000 else m.quantity_micro * (500 + hash(r.place) % 1000)::bigint // 1000 end as used_micro
      from r join ${schema}.profile_meter m on m.profile_no = r.resource_hash % ${PROFILES} and m.position = r.position
    ),
    priced as (
      select *, (list_price_e10 * used_micro + 500000) // 1000000 as list_e10,
        (contracted_price_e10 * used_micro + 500000) // 1000000 as contracted_e10,
        is_coverable and resource_hash % 100 < ${COVERED_PERCENT} as is_covered
      from used
    ),
    m as (
      select *, case when is_covered then list_e10 * ${PLAN_PRICE_PERCENT} // 100 else contracted_e10 end as effective_e10
      from priced
    )
    select ${selectList(expressions)}
    from m
    join ${schema}.tag_set t on t.tag_no = m.resource_hash // 1024 % ${TAG_SETS}
    join ${schema}.account a on a.account_no = m.resource_hash // 4194304 % ${accounts}`;
}

function lifetimes({ lines, month }: MonthShape) {
  const monthHours = (month.end - month.start) * 24;
  let from = 0;
  let firstResource = 0;
  return LIFETIMES.map(({ hours, share }, index) => {
    const lifetime = hours || monthHours;
    const until = index === LIFETIMES.length - 1 ? lines : from + Math.round(lines * share);
    const one = { hours: lifetime, from, until, firstResource };
    firstResource += Math.ceil((until - from) / (lifetime * METERS_A_RESOURCE));
    from = until;
    return one;
  });
}

/** Near the golden section of the lines, without a common divisor: each number comes once. */
function stepFor(lines: number): number {
  let step = Math.floor(lines * 0.618_033_988_75) | 1;
  while (commonDivisor(step, lines) !== 1) step += 2;
  return step;
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
