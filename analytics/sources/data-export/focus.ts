import { FOCUS_COLUMNS } from '../../lake/tables.ts';
import type { Cells } from './cells.ts';
import type { Dialect } from './dialect.ts';

/** Names that a column had or has in other versions and with other providers. */
const OTHER_NAMES: Record<string, string> = {
  provider_name: 'ServiceProviderName',
  publisher_name: 'HostProviderName',
};

const READERS = {
  string: 'text',
  timestamp: 'instant',
  'decimal(38,12)': 'money',
  double: 'quantity',
  'map<string,string>': 'map',
  'map<string,double>': 'numberMap',
} as const;

/** FOCUS 1.0 to 1.2, of any provider: the lake's columns are FOCUS's, so each maps to the one of its name. */
export const FOCUS: Dialect = {
  name: 'FOCUS',
  required: [
    'BilledCost',
    'EffectiveCost',
    'BillingCurrency',
    'BillingPeriodStart',
    'ChargePeriodStart',
    'ChargeCategory',
  ],
  kind(cells) {
    if (cells.find('InvoiceId') || cells.find('BillingAccountType') || cells.find('PricingCurrency'))
      return 'focus-1.2';
    if (cells.find('CommitmentDiscountQuantity') || cells.find('SkuMeter')) return 'focus-1.1';
    return 'focus-1.0';
  },
  charge(cells) {
    const charge = Object.fromEntries(
      FOCUS_COLUMNS.map(({ name, type }) => [name, cells[readerOf(type)](findName(cells, name))]),
    );
    const zone = charge.availability_zone;
    if (zone !== undefined && zone !== 'null') {
      charge.availability_zone = `case when ${isZone(zone)} then ${zone} end`;
    }
    return charge;
  },
  notes(cells) {
    const absent = ['ContractedCost', 'ListCost'].filter((name) => !cells.find(name));
    return absent.map((name) => `no column ${name}: billed cost stands in for it`);
  },
  balances: () => [],
};

/** Some exports of Microsoft hold prices in AvailabilityZone; its zones are 1 to 9. */
export function isZone(value: string): string {
  return `(try_cast(${value} as double) is null or regexp_full_match(${value}, '[1-9]'))`;
}

function findName(cells: Cells, name: string): string {
  const other = OTHER_NAMES[name];
  return other !== undefined && !cells.find(name) ? other : name;
}

function readerOf(type: string): (typeof READERS)[keyof typeof READERS] {
  return READERS[type as keyof typeof READERS];
}
