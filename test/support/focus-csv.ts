import { writeFile } from 'node:fs/promises';

/** A FOCUS line as far as a test cares; dates are `YYYY-MM-DD` or instants, costs decimal text. */
export type FocusLine = {
  start: string;
  end?: string;
  cost: string;
  /** Consumed and priced units, 24 unless given. */
  quantity?: string;
  billed?: string;
  list?: string;
  contracted?: string;
  category?: string;
  frequency?: string;
  pricing?: string;
  resource?: string;
  account?: string;
  service?: string;
  meter?: string;
  commitment?: string;
  commitmentStatus?: string;
  tags?: Record<string, string>;
};

const DAY_MILLISECONDS = 86_400_000;

/** One line a day from `from` until `until`, which is exclusive. */
export function eachDay(from: string, until: string, line: Omit<FocusLine, 'start' | 'end'>): FocusLine[] {
  const days = (Date.parse(until) - Date.parse(from)) / DAY_MILLISECONDS;
  return Array.from({ length: days }, (_, day) => ({ ...line, start: addDays(from, day) }));
}

export function addDays(date: string, days: number): string {
  return new Date(Date.parse(date) + days * DAY_MILLISECONDS).toISOString().slice(0, 10);
}

/** Writes a delivery of one billing month. */
export async function writeFocusCsv(path: string, month: string, lines: readonly FocusLine[]): Promise<void> {
  const monthEnd = addDays(`${month}-01`, 32).slice(0, 7);
  const rows = lines.map((line) => {
    const start = line.start.length === 10 ? `${line.start}T00:00:00Z` : line.start;
    const end = line.end ?? `${addDays(line.start.slice(0, 10), 1)}T00:00:00Z`;
    const cells = {
      BillingAccountId: '000000000001',
      SubAccountId: line.account ?? '000000000011',
      BillingCurrency: 'USD',
      BillingPeriodStart: `${month}-01T00:00:00Z`,
      BillingPeriodEnd: `${monthEnd}-01T00:00:00Z`,
      ChargePeriodStart: start,
      ChargePeriodEnd: end.length === 10 ? `${end}T00:00:00Z` : end,
      ChargeCategory: line.category ?? 'Usage',
      ChargeFrequency: line.frequency ?? 'Usage-Based',
      ProviderName: 'AWS',
      PublisherName: 'AWS',
      InvoiceIssuerName: 'AWS',
      ServiceCategory: 'Compute',
      ServiceName: line.service ?? 'Amazon Elastic Compute Cloud',
      RegionId: 'eu-west-1',
      ResourceId: line.resource ?? '',
      PricingCategory: line.pricing ?? 'Standard',
      PricingQuantity: line.quantity ?? '24',
      PricingUnit: 'Hrs',
      ConsumedQuantity: line.quantity ?? '24',
      ConsumedUnit: 'Hrs',
      ListCost: line.list ?? line.cost,
      ContractedCost: line.contracted ?? line.cost,
      BilledCost: line.billed ?? line.cost,
      EffectiveCost: line.cost,
      SkuId: 'S1',
      SkuPriceId: 'P1',
      SkuMeter: line.meter ?? 'BoxUsage:m5.large',
      CommitmentDiscountId: line.commitment ?? '',
      CommitmentDiscountStatus: line.commitmentStatus ?? '',
      Tags: JSON.stringify(line.tags ?? {}),
    };
    return cells;
  });
  const names = Object.keys(rows[0] ?? {});
  const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const text = [names.join(','), ...rows.map((row) => Object.values(row).map(quote).join(','))].join('\n');
  await writeFile(path, `${text}\n`);
}
