import { SourceError } from '../errors.ts';

const PLACES = 12;

/**
 * A decimal as AWS writes it ('12.3456789012345', '-1.5E-7', '0') as text with at most 12 decimals, rounded half away
 * from zero. No binary floating point on the way. Throws SourceError for other text.
 */
export function toDecimalText(text: string): string {
  const match = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d{1,3}))?$/.exec(text.trim());
  const digits = (match?.[2] ?? '') + (match?.[3] ?? '');
  if (!match || digits === '')
    throw new SourceError(`AWS gave ${JSON.stringify(text)} where an amount belongs`);
  const exponent = Number(match[4] ?? 0) - (match[3] ?? '').length + PLACES;
  let scaled = BigInt(digits);
  if (exponent >= 0) scaled *= 10n ** BigInt(exponent);
  else {
    const divisor = 10n ** BigInt(-exponent);
    scaled = (2n * scaled + divisor) / (2n * divisor);
  }
  const padded = scaled.toString().padStart(PLACES + 1, '0');
  const fraction = padded.slice(-PLACES).replace(/0+$/, '');
  const sign = match[1] === '-' && scaled !== 0n ? '-' : '';
  return `${sign}${padded.slice(0, -PLACES)}${fraction === '' ? '' : `.${fraction}`}`;
}
