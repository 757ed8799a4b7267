import { formatScaled, SCALE } from '../decimal-text.ts';
import { ContractError } from '../errors.ts';

/**
 * A column of exact decimals with 12 places: value = whole + pico / 10^12, where both are integers and
 * 0 <= pico < 10^12. Sums carry on every addition, so they are exact while the whole parts stay below 2^53; the reader
 * proves that for each column before anything is added (`checkDecimals`).
 */
export type Decimals = { readonly whole: Float64Array; readonly pico: Float64Array };

const PICO_PER_UNIT = 1e12;
const WORD = 2 ** 32;
const MICRO = 1e6;
/** Leaves two bits below 2^53 for differences of sums. */
const MAXIMUM_WHOLE = 2 ** 51;

/** `count` zeros. */
export function makeDecimals(count: number): Decimals {
  return { whole: new Float64Array(count), pico: new Float64Array(count) };
}

/** Writes a value given in units of 10^-12. Throws ContractError above 2^51 units of currency. */
export function setScaled(target: Decimals, index: number, scaled: bigint): void {
  let whole = scaled / SCALE;
  let pico = scaled % SCALE;
  if (pico < 0n) {
    pico += SCALE;
    whole -= 1n;
  }
  if (whole >= MAXIMUM_WHOLE || whole <= -MAXIMUM_WHOLE) {
    throw new ContractError(`the amount ${formatScaled(scaled)} is too large to be added exactly`);
  }
  target.whole[index] = Number(whole);
  target.pico[index] = Number(pico);
}

/** The value at the index in units of 10^-12. */
export function getScaled({ whole, pico }: Decimals, index: number): bigint {
  return BigInt(whole[index] as number) * SCALE + BigInt(pico[index] as number);
}

/** The value as text: '20.520227', '0', '-3.5'; no trailing zeros. */
export function formatDecimal(values: Decimals, index: number): string {
  let whole = values.whole[index] as number;
  let pico = values.pico[index] as number;
  const sign = whole < 0 ? '-' : '';
  if (whole < 0) {
    whole = pico > 0 ? -whole - 1 : -whole;
    pico = pico > 0 ? PICO_PER_UNIT - pico : 0;
  }
  if (pico === 0) return `${sign}${whole}`;
  // Two small integers become text several times faster than one beyond 32 bits.
  const high = Math.floor(pico / MICRO);
  const low = pico - high * MICRO;
  const digits = low === 0 ? padMicro(high) : padMicro(high) + padMicro(low);
  let end = digits.length;
  while (digits.charCodeAt(end - 1) === 48) end -= 1;
  return `${sign}${whole}.${end === digits.length ? digits : digits.slice(0, end)}`;
}

/** Six digits of an integer below 10^6. */
function padMicro(value: number): string {
  return value >= MICRO / 10 ? String(value | 0) : String((value + MICRO) | 0).slice(1);
}

/** The nearest binary number: for ratios only, never for sums. */
export function toNumber(values: Decimals, index: number): number {
  return (values.whole[index] as number) + (values.pico[index] as number) / PICO_PER_UNIT;
}

export function isZero(values: Decimals, index: number): boolean {
  return values.whole[index] === 0 && values.pico[index] === 0;
}

/** a - b, position by position. */
export function subtractDecimals(a: Decimals, b: Decimals): Decimals {
  const result = makeDecimals(a.whole.length);
  for (let i = 0; i < result.whole.length; i += 1) {
    const pico = (a.pico[i] as number) - (b.pico[i] as number);
    const borrow = pico < 0 ? 1 : 0;
    result.pico[i] = pico + borrow * PICO_PER_UNIT;
    result.whole[i] = (a.whole[i] as number) - (b.whole[i] as number) - borrow;
  }
  return result;
}

/** Adds `source[from + i]` to `target[slots[i]]` for every slot that is not negative. */
export function addDecimals(target: Decimals, slots: Int32Array, source: Decimals, from: number): void {
  const { whole, pico } = target;
  for (let i = 0; i < slots.length; i += 1) {
    const slot = slots[i] as number;
    if (slot < 0) continue;
    const sum = (pico[slot] as number) + (source.pico[from + i] as number);
    const carry = Number(sum >= PICO_PER_UNIT);
    pico[slot] = sum - carry * PICO_PER_UNIT;
    whole[slot] = (whole[slot] as number) + (source.whole[from + i] as number) + carry;
  }
}

/** Reads Arrow's Decimal128 with scale 12: four 32-bit words a value, the lowest first. */
export function readDecimal128(words: Int32Array, target: Decimals, offset: number): void {
  for (let i = 0; i * 4 < words.length; i += 1) {
    const w2 = words[i * 4 + 2] as number;
    const w3 = words[i * 4 + 3] as number;
    const isNarrow = w2 === w3 && (w3 === 0 || w3 === -1);
    // Two divisions by 10^6, word by word from the top; every step stays below 2^53.
    let high = w3;
    let first = w3 < 0 ? MICRO - 1 : 0;
    let second = first;
    if (!isNarrow) {
      high = 0;
      first = 0;
      second = 0;
    }
    for (let w = isNarrow ? 1 : 3; w >= 0; w -= 1) {
      const word = words[i * 4 + w] as number;
      const dividend = first * WORD + (w === 3 ? word : word >>> 0);
      const quotient = Math.floor(dividend / MICRO);
      first = dividend - quotient * MICRO;
      const nextDividend = second * WORD + quotient;
      const nextQuotient = Math.floor(nextDividend / MICRO);
      second = nextDividend - nextQuotient * MICRO;
      high = high * WORD + nextQuotient;
    }
    target.whole[offset + i] = high;
    target.pico[offset + i] = second * MICRO + first;
  }
}

/** Throws ContractError unless every sum over the column is exact. */
export function checkDecimals(name: string, values: Decimals): void {
  let magnitude = values.whole.length;
  for (const whole of values.whole) magnitude += Math.abs(whole);
  if (magnitude >= MAXIMUM_WHOLE) {
    throw new ContractError(`the amounts of ${name} add up to over ${MAXIMUM_WHOLE}: too large to be exact`);
  }
}

/** dividend / divisor in units of 10^-12, rounded half away from zero. */
export function divideScaled(dividend: bigint, divisor: bigint): bigint {
  const doubled = 2n * (dividend < 0n ? -dividend : dividend) * SCALE;
  const magnitude = divisor < 0n ? -divisor : divisor;
  const rounded = (doubled + magnitude) / (2n * magnitude);
  return dividend < 0n !== divisor < 0n ? -rounded : rounded;
}
