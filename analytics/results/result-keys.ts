/** Object keys of published results. */

const RESULTS_PREFIX = 'results/';

/** The pointer: which version is published. */
export const pointerKey = (): string => `${RESULTS_PREFIX}current.json`;

/** Prefix of everything published. */
export const resultsPrefix = (): string => RESULTS_PREFIX;

/** What is in a version; written last, so a version with a manifest is whole. */
export const manifestKey = (version: string): string => `${RESULTS_PREFIX}${version}/manifest.json`;

/** One table of a version. */
export const resultKey = (version: string, table: string, format: 'arrow' | 'parquet'): string =>
  `${RESULTS_PREFIX}${version}/${table}.${format}`;

/** The version that a key belongs to, or undefined for the pointer. */
export function parseResultKey(key: string): { version: string; file: string } | undefined {
  const match = /^results\/([0-9a-f]{16})\/(.+)$/.exec(key);
  return match ? { version: match[1] as string, file: match[2] as string } : undefined;
}
