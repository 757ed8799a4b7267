import { InputError } from './errors.ts';

/** Decimals of money everywhere: DECIMAL(38,12) in SQL, integers of 10^-12 here. */
export const DECIMAL_PLACES = 12;
/** Units of 10^-12 in one. */
export const SCALE = 10n ** BigInt(DECIMAL_PLACES);

/** Reads '-3.5' as -3500000000000n. Throws InputError for text that is not a decimal with at most 12 places. */
export function parseScaled(text: string): bigint {
  const match = /^([+-]?)(\d+)(?:\.(\d{1,12}))?$/.exec(text);
  if (!match) throw new InputError(`'${text}' is not a decimal with at most ${DECIMAL_PLACES} places`);
  const magnitude = BigInt(match[2] as string) * SCALE + BigInt((match[3] ?? '').padEnd(DECIMAL_PLACES, '0'));
  return match[1] === '-' ? -magnitude : magnitude;
}

/** Writes -3500000000000n as '-3.5', without trailing zeros. */
export function formatScaled(scaled: bigint): string {
  const magnitude = scaled < 0n ? -scaled : scaled;
  const fraction = (magnitude % SCALE).toString().padStart(DECIMAL_PLACES, '0').replace(/0+$/, '');
  return `${scaled < 0n ? '-' : ''}${magnitude / SCALE}${fraction === '' ? '' : `.${fraction}`}`;
}
