import { parseScaled, SCALE } from './decimal-text.ts';

const CENTS = 100n;

/** Decimal text for people: '-1234.5' and 'USD' as '-1,234.50 USD', rounded half away from zero. */
export function formatMoney(text: string, currency: string): string {
  const scaled = parseScaled(text);
  const magnitude = scaled < 0n ? -scaled : scaled;
  const cents = (magnitude * CENTS + SCALE / 2n) / SCALE;
  const whole = (cents / CENTS).toString().replace(/\B(?=(\d{3})+$)/g, ',');
  const fraction = (cents % CENTS).toString().padStart(2, '0');
  return `${scaled < 0n && cents > 0n ? '-' : ''}${whole}.${fraction}${currency ? ` ${currency}` : ''}`;
}

/** Whether an amount, decimal text, is more than 0.00 when it is rounded for people. */
export function isShownAmount(text: string): boolean {
  return formatMoney(text, '') !== '0.00';
}

/** A share for people: 0.105 as '10.5 %'. What rounds to 0 has no sign. */
export function formatPercent(ratio: number, places = 1): string {
  return `${(ratio * 100).toFixed(places).replace(/^-(?=[0.]*$)/, '')} %`;
}
