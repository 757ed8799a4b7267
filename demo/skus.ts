import {
  type Family,
  FREE_METERS,
  METERS,
  type Meter,
  type MeterName,
  PRODUCTS,
  type ProductKey,
} from './meters.ts';
import { hashText } from './random.ts';

/** A meter in a region, with its price: a line of the provider's price list. */
export type Sku = {
  skuNo: number;
  product: ProductKey;
  family: Family;
  region: string;
  usageType: string;
  operation: string;
  unit: string;
  listE10: number;
  contractedE10: number;
  skuId: string;
  skuPriceId: string;
  resourceType: string | null;
  details: Record<string, string>;
  description: string;
  /** Which meter of METERS it prices; null for free and monthly charges. */
  meter: MeterName | null;
  isFree: boolean;
};

export const REGION_NAMES: Record<string, string> = {
  'us-east-1': 'US East (N. Virginia)',
  'us-west-2': 'US West (Oregon)',
  'eu-west-1': 'EU (Ireland)',
  'ap-southeast-2': 'Asia Pacific (Sydney)',
};

/** us-east-1 has no prefix; prices elsewhere are higher, in thousandths. */
const REGIONS: Record<string, { prefix: string; priceMille: number }> = {
  'us-east-1': { prefix: '', priceMille: 1000 },
  'us-west-2': { prefix: 'USW2-', priceMille: 1000 },
  'eu-west-1': { prefix: 'EU-', priceMille: 1110 },
  'ap-southeast-2': { prefix: 'APS2-', priceMille: 1300 },
};

const E10 = 10_000_000_000n;
const LETTERS = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789';

/** A decimal text of dollars in ten-billionths. */
export function toE10(dollars: string): bigint {
  const [whole = '0', fraction = ''] = dollars.split('.');
  return BigInt(whole) * E10 + BigInt(fraction.padEnd(10, '0'));
}

/** Every meter and free line in every region. */
export function createSkus(): Sku[] {
  const skus: Sku[] = [];
  for (const region of Object.keys(REGIONS)) {
    for (const [name, meter] of Object.entries(METERS) as [MeterName, Meter][]) {
      skus.push(priceMeter(skus.length, region, name, meter));
    }
    for (const [product, family, usageType, operation, unit, resourceType] of FREE_METERS) {
      const free = { product, family, usageType, operation, unit, price: '0', resourceType };
      skus.push({ ...priceMeter(skus.length, region, null, free), isFree: true });
    }
  }
  for (const product of ['support', 'savings', 'market'] as const) {
    const fee = {
      product,
      family: 'management' as const,
      usageType: PRODUCTS[product].code,
      operation: '',
      unit: 'Quantity',
      price: '0',
      resourceType: null,
    };
    skus.push(priceMeter(skus.length, 'us-east-1', null, fee));
  }
  return skus;
}

function priceMeter(skuNo: number, region: string, name: MeterName | null, meter: Meter): Sku {
  const { prefix, priceMille } = REGIONS[region] ?? { prefix: '', priceMille: 1000 };
  const listE10 = Number((toE10(meter.price) * BigInt(priceMille)) / 1000n);
  const contractedE10 = Math.floor((listE10 * (1_000_000 - (meter.discountPpm ?? 0))) / 1_000_000);
  const usageType = `${prefix}${meter.usageType}`;
  const skuId = code(`${meter.product}/${usageType}/${meter.operation}`, 16);
  return {
    skuNo,
    product: meter.product,
    family: meter.family,
    region,
    usageType,
    operation: meter.operation,
    unit: meter.unit,
    listE10,
    contractedE10,
    skuId,
    skuPriceId: `${skuId}.JRTCKXETXF.${code(skuId, 10)}`,
    resourceType: meter.resourceType,
    details: meter.details ?? { x_usageType: usageType },
    description: describe(listE10, meter.unit, usageType, region),
    meter: name,
    isFree: false,
  };
}

function describe(listE10: number, unit: string, usageType: string, region: string): string {
  const price = (listE10 / 1e10).toFixed(10).replace(/0+$/, '').replace(/\.$/, '.00');
  return `$${price} per ${unit} for ${usageType} in ${REGION_NAMES[region] ?? region}`;
}

function code(text: string, length: number): string {
  return Array.from({ length }, (_, index) => LETTERS[hashText(`${text}#${index}`) % LETTERS.length]).join(
    '',
  );
}
