import type { Month } from './calendar.ts';
import { dayStart, type FocusExpressions } from './focus-columns.ts';
import { PAYER } from './world.ts';

export type MonthShape = {
  schema: string;
  seed: number;
  month: Month;
  lines: number;
  accounts: number;
  invoiceId: string;
};

/** A Savings Plan of the payer, which covers machines anywhere. */
export const PLAN_ID = `arn:aws:savingsplans::${PAYER.id}:savingsplan/5f0f2c2e-6d0a-4f5e-9a52-1b7c2f0f9d11`;
const AWS = "'Amazon Web Services, Inc.'";
/** Ten-billionths as the double that is nearest. */
export const dollars = (e10: string) => `${e10} / 1e10`;

/** What every line of the month has in common. */
export function commonExpressions({ month, invoiceId }: MonthShape): FocusExpressions {
  const nothing = Object.fromEntries(
    [
      'AvailabilityZone',
      'CapacityReservationId',
      'CapacityReservationStatus',
      'ChargeClass',
      'CommitmentDiscountCategory',
      'CommitmentDiscountId',
      'CommitmentDiscountName',
      'CommitmentDiscountQuantity',
      'CommitmentDiscountStatus',
      'CommitmentDiscountType',
      'CommitmentDiscountUnit',
      'ConsumedQuantity',
      'ConsumedUnit',
      'ContractedUnitPrice',
      'ListUnitPrice',
      'PricingCategory',
      'PricingCurrencyContractedUnitPrice',
      'PricingCurrencyListUnitPrice',
      'PricingQuantity',
      'PricingUnit',
      'RegionId',
      'RegionName',
      'ResourceId',
      'ResourceName',
      'ResourceType',
      'SkuId',
      'SkuMeter',
      'SkuPriceDetails',
      'SkuPriceId',
      'x_Operation',
    ].map((name) => [name, 'null']),
  ) as FocusExpressions;
  return {
    ...nothing,
    BillingAccountId: `'${PAYER.id}'`,
    BillingAccountName: `'${PAYER.name}'`,
    BillingAccountType: `'Management Account'`,
    BillingCurrency: `'USD'`,
    BillingPeriodStart: dayStart(String(month.start)),
    BillingPeriodEnd: dayStart(String(month.end)),
    InvoiceId: `'${invoiceId}'`,
    InvoiceIssuerName: AWS,
    PricingCurrency: `'USD'`,
    ProviderName: `'AWS'`,
    PublisherName: AWS,
    SubAccountType: `'Linked Account'`,
    Tags: 'map([], [])',
    x_Discounts: 'map([], [])',
  };
}
