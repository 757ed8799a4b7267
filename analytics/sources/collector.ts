import type { CollectSettings } from '../configuration/collect-schema.ts';
import type { Engine } from '../engine/duckdb.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { AwsSession } from './aws-session.ts';

export const SOURCES = ['accounts', 'cost-explorer', 'budgets', 'inventory', 'cloudwatch', 'quotas'] as const;
export type SourceName = (typeof SOURCES)[number];

/** One piece of work, plain data: it can go through a queue. Days are `YYYY-MM-DD`, `to` is exclusive. */
export type CollectUnit = {
  source: SourceName;
  accountId: string;
  regionId?: string;
  /** Which part of the source, such as a view of Cost Explorer. */
  part?: string;
  from: string;
  to: string;
};

/** Such as `cloudwatch of 123456789012 in eu-west-1`. */
export function describeUnit({ source, accountId, regionId, part }: CollectUnit): string {
  return `${source}${part === undefined ? '' : ` ${part}`} of ${accountId}${regionId === undefined ? '' : ` in ${regionId}`}`;
}

/** An account and the regions to ask in it. */
export type Target = { accountId: string; name: string | undefined; regions: string[] };

export type CollectContext = {
  store: ObjectStore;
  engine: Engine;
  scratchFolder: string;
  settings: CollectSettings;
  clock: () => Date;
  payerAccountId: string;
  /** Region of services that have one for all of AWS. */
  homeRegion: string;
  targets: Target[];
  /** Days that the person asked for. */
  range: { from?: string; to?: string };
  /** Also what is up to date. */
  isAgain: boolean;
  session(accountId: string): AwsSession;
};

/** `warnings` are parts that this account may not read; the rest was written. */
export type Collected = { rowCount: number; warnings: string[] };

export type Collector = {
  /** One unit after the other. */
  isSerial?: boolean;
  /** What is missing in the lake. */
  plan(context: CollectContext): Promise<CollectUnit[]>;
  /** Asks AWS and commits the rows of one unit. Doing it again replaces the same rows. */
  collect(context: CollectContext, unit: CollectUnit): Promise<Collected>;
};

/** No allowance is left; a later day goes on here. */
export class SpendLimitError extends Error {
  override readonly name = 'SpendLimitError';
}
