import { randomUUID } from 'node:crypto';
import { ContractError } from '../errors.ts';

/** The part of a folder store that is no object: files in the making. */
export const SCRATCH_FOLDER = '.scratch';

/** What Hive, Spark and Delta call the folder of a null partition value. */
const NULL_PARTITION = '__HIVE_DEFAULT_PARTITION__';
const VERSION_DIGITS = 20;

/** Prefix of everything that belongs to a table. */
export const tablePrefix = (table: string): string => `tables/${table}/`;

/** Prefix of a table's log. */
export const logPrefix = (table: string): string => `${tablePrefix(table)}_delta_log/`;

/** The JSON file of one commit. */
export const commitKey = (table: string, version: number): string => `${versionKey(table, version)}.json`;

/** The Parquet file of one checkpoint. */
export const checkpointKey = (table: string, version: number): string =>
  `${versionKey(table, version)}.checkpoint.parquet`;

/** The hint where the newest checkpoint is. */
export const lastCheckpointKey = (table: string): string => `${logPrefix(table)}_last_checkpoint`;

/** Comes before all log keys of `version` and after those of the version before it: a `startAfter` for listings. */
export const versionKey = (table: string, version: number): string =>
  logPrefix(table) + String(version).padStart(VERSION_DIGITS, '0');

/** What a key of the log is, or undefined for other files there (CRC files, compacted logs, hints). */
export function parseLogKey(key: string): { version: number; kind: 'commit' | 'checkpoint' } | undefined {
  const match = /\/(\d{20})\.(json|checkpoint\.parquet)$/.exec(key);
  return match
    ? { version: Number(match[1]), kind: match[2] === 'json' ? 'commit' : 'checkpoint' }
    : undefined;
}

/** The object key of a data file, from the URL-encoded path in the log. Throws ContractError. */
export function dataKey(table: string, path: string): string {
  try {
    return tablePrefix(table) + decodeURIComponent(path);
  } catch {
    throw new ContractError(`table ${table}: the path of a data file is not URL-encoded: ${path}`, [
      { path },
    ]);
  }
}

/**
 * A new unique path, URL-encoded as the log wants it, for a data file of a partition. Folder names escape their values
 * as Hive does (`%2F`), and the path encodes that percent sign again (`%252F`).
 */
export function newDataPath(
  partitionBy: readonly string[],
  partition: Record<string, string | null>,
): string {
  const folders = partitionBy.map((column) => `${column}=${escapeValue(partition[column] ?? '')}/`);
  return `${folders.join('').replaceAll('%', '%25')}part-${randomUUID()}.parquet`;
}

/** True for data files, false for the log and other files that Delta calls hidden. */
export function isDataKey(table: string, key: string): boolean {
  const parts = key.slice(tablePrefix(table).length).split('/');
  return parts.every((part) => !part.startsWith('.') && (!part.startsWith('_') || part.includes('=')));
}

function escapeValue(value: string): string {
  if (value === '') return NULL_PARTITION;
  const asHex = (character: string) =>
    `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  return encodeURIComponent(value).replace(/[!'()*~]/g, asHex);
}

const SEQUENCE_DIGITS = 6;

/** Prefix of a journal, or of what it says of one id. */
export const journalPrefix = (journal: string, id?: string): string =>
  `journal/${journal}/${id === undefined ? '' : `${encodeURIComponent(id)}/`}`;

/** One entry of a journal; sequences begin with 1. */
export const journalEntryKey = (journal: string, id: string, sequence: number): string =>
  `${journalPrefix(journal, id)}${String(sequence).padStart(SEQUENCE_DIGITS, '0')}.json`;

/** The id that a journal's key belongs to, or undefined for other keys. */
export function parseJournalKey(key: string): string | undefined {
  const match = /^journal\/[^/]+\/([^/]+)\/\d{6}\.json$/.exec(key);
  return match ? decodeURIComponent(match[1] as string) : undefined;
}
