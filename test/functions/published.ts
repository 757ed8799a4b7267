import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import type { ObjectStore } from '../../analytics/lake/object-store.ts';
import type { ManifestInput } from '../../analytics/results/manifest.ts';
import { publishResults } from '../../analytics/results/publish.ts';
import { RECORDS } from '../../analytics/results/records/index.ts';
import { INVOICES } from '../../analytics/results/records/invoices.ts';
import { buildRecords } from '../../analytics/results/records/record-table.ts';
import type { ApiEvent } from '../../functions/handler.ts';
import { costing, givenControlTotals, givenManifest, givenRecord, givenTable } from '../results/fixtures.ts';

const MONTH = '2026-10';
const KEY = {
  source: 'aws',
  provider_name: 'AWS',
  billing_account_id: '000000000001',
  charge_category: 'Usage',
  billing_period: MONTH,
};

/** An empty store in a folder that is gone when the test is. */
export async function makeStore(): Promise<ObjectStore> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'headroom-api-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return openFolderStore(folder);
}

/** Publishes every result with a few rows, 3 of each cost centre; the list results have one that is of CC-1. */
export async function publishSample(
  store: ObjectStore,
  factor = 1,
  more: Partial<ManifestInput> = {},
  {
    centers = ['CC-1', 'CC-2'],
    invoices = [{}],
  }: { centers?: readonly string[]; invoices?: readonly Record<string, unknown>[] } = {},
): Promise<string> {
  const cost = String(1.5 * factor);
  const both = centers.flatMap((cost_center) =>
    ['a', 'b', '=c'].map((team) => ({
      billing_period: MONTH,
      cost_center,
      team,
      ...costing(cost),
    })),
  );
  const { version } = await publishResults({
    store,
    manifest: { ...givenManifest([MONTH]), ...more },
    records: RECORDS.map((definition) => {
      const usual = givenRecord(definition, { cost_center: 'CC-1' });
      const rows = definition === INVOICES ? invoices.map((invoice) => ({ ...usual, ...invoice })) : [usual];
      return { definition, table: buildRecords(definition, rows) };
    }),
    tables: [
      givenTable(
        'variance',
        both.map((row) => ({ ...row, budget_cost: '1', landing_effective_cost: cost })),
      ),
      givenTable(
        'variance_converted',
        both.map((row) => ({ ...row, budget_cost: '1', landing_effective_cost: cost })),
      ),
      givenTable(
        'variance_bridge',
        both.map((row) => ({ ...row, base_cost: '1', volume_cost: '0.5', actual_cost: '1.5' })),
      ),
      givenTable(
        'costs',
        both.map((row) => ({ ...row, ...KEY, line_count: 1 })),
      ),
      givenTable(
        'unit_costs',
        both.map((row) => ({ ...row, driver: 'orders', unit: 'order', volume: '3' })),
      ),
      givenTable('tagging', [
        { billing_period: MONTH, tag_key: 'team', taggable_cost: '4', tagged_cost: '3' },
      ]),
      givenTable('tagging_resources', [
        { billing_period: MONTH, resource_id: 'i-1', missing_tags: 'team', taggable_cost: '1' },
      ]),
      givenControlTotals([{ key: KEY, rows: 6, cost: `${9 * factor}` }]),
    ],
  });
  return version;
}

/** An API Gateway v2 event. */
export function makeEvent(
  target: string,
  more: {
    method?: string;
    headers?: Record<string, string>;
    claims?: Record<string, unknown>;
    stage?: string;
  } = {},
): ApiEvent {
  const [rawPath = '', rawQueryString = ''] = target.split('?');
  const { method = 'GET', headers = {}, claims, stage = '$default' } = more;
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString,
    headers,
    isBase64Encoded: false,
    requestContext: {
      stage,
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
      ...(claims ? { authorizer: { jwt: { claims, scopes: null } } } : {}),
    } as ApiEvent['requestContext'],
  };
}
