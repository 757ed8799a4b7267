import { AwsFault } from './wire-protocol.ts';

/** Cuts a list into pages with opaque tokens. `code` is the error for a token that is not of this list. */
export function takePage<T>(
  items: readonly T[],
  size: number,
  token: string | undefined,
  code = 'InvalidNextTokenException',
): { items: T[]; next: string | undefined } {
  const start =
    token === undefined || token === '' ? 0 : Number(/^page-(\d+)$/.exec(token)?.[1] ?? Number.NaN);
  if (Number.isNaN(start)) throw new AwsFault(code, 'The token is not valid');
  const end = start + size;
  return { items: items.slice(start, end), next: end < items.length ? `page-${end}` : undefined };
}
