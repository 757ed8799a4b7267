import { existsSync } from 'node:fs';
import { InvalidArgumentError, Option } from 'commander';
import {
  defaultConfiguration,
  type LoadedConfiguration,
  loadConfiguration,
} from '../analytics/configuration/load-configuration.ts';
import { InputError } from '../analytics/errors.ts';
import type { ObjectStore } from '../analytics/lake/object-store.ts';
import { isS3Location, openStore, readS3Settings } from '../analytics/lake/open-store.ts';
import { readVariables } from './environment.ts';

/** Options that several commands share, so that they mean the same everywhere. */
export const lakeOption = () =>
  new Option(
    '--lake <dir>',
    'the lake: a folder, made if absent, or s3://BUCKET/PREFIX',
  ).makeOptionMandatory();
export const configOption = () =>
  new Option(
    '--config <dir>',
    'configuration folder (headroom.yml, budgets.csv, drivers.csv, fx.csv, invoices.csv)',
  );
export const jsonOption = () => new Option('--json', 'print one JSON object instead of tables');
export const memoryOption = () =>
  new Option('--memory <gib>', 'memory that the engine may use, in GiB').argParser(parsePositive);
export const threadsOption = () =>
  new Option('--threads <n>', 'threads that the engine may use (default: all cores)').argParser(parseCount);

/** @throws InvalidArgumentError, which commander turns into exit code 2. */
export function parseCount(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError('must be a whole number above 0.');
  return value;
}

export function parsePositive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('must be a number above 0.');
  return value;
}

export function parseSeed(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError('must be a whole number, 0 or above.');
  return value;
}

export function parsePort(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new InvalidArgumentError('must be 0 to 65535.');
  return value;
}

export function parseDate(text: string): string {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text) {
    throw new InvalidArgumentError('must be a date such as 2026-10-31.');
  }
  return text;
}

/** Opens the lake, which is made if absent. */
export function openLake(lake: string): Promise<ObjectStore> {
  return openStore(lake, readS3Settings(readVariables()));
}

/** @throws InputError where the folder is not there: a command that only reads must not make an empty lake. */
export async function openExistingLake(lake: string): Promise<ObjectStore> {
  if (!isS3Location(lake) && !existsSync(lake)) {
    throw new InputError('there is no lake in this folder', {
      where: lake,
      remedy: `import into it first: headroom import PATH --lake ${lake}`,
    });
  }
  return openLake(lake);
}

/** The folder's configuration, or that of someone who has written none. */
export function readConfiguration(folder: string | undefined): Promise<LoadedConfiguration> {
  return folder === undefined ? Promise.resolve(defaultConfiguration()) : loadConfiguration(folder);
}
