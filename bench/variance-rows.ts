import type { RawTable } from '../analytics/results/column-table.ts';
import type { ManifestInput } from '../analytics/results/manifest.ts';
import { addMonths } from '../analytics/results/months.ts';
import { TABLES } from '../analytics/results/tables.ts';
import { ALLOCATION_DIMENSIONS } from '../analytics/vocabulary.ts';
import { createRandom } from './open-loop.ts';

const FIRST_MONTH = '2025-09';
export const MONTHS = Array.from({ length: 14 }, (_, index) => addMonths(FIRST_MONTH, index));
export const ENVIRONMENTS = ['prod', 'staging', 'test', 'dev'];
export const COST_CENTER_COUNT = 40;
const TEAM_COUNT = 120;

/** A variance table of a large organisation: 14 months, 120 teams, 40 cost centres, 4 environments. */
export function makeVarianceRows(rowCount: number, seed: number): RawTable {
  const random = createRandom(seed);
  const scaled = () => BigInt(Math.floor(random() * 1e9)) * 10_000_000n + BigInt(Math.floor(random() * 1e7));
  const columns: Record<string, (string | bigint)[]> = {};
  for (const name of ['billing_period', ...ALLOCATION_DIMENSIONS, 'billing_currency']) columns[name] = [];
  for (const { name } of TABLES.variance.measures) columns[name] = [];
  const perMonth = Math.ceil(rowCount / MONTHS.length);
  for (let row = 0; row < rowCount; row += 1) {
    const service = Math.floor((row % perMonth) / ENVIRONMENTS.length);
    const team = service % TEAM_COUNT;
    columns.billing_period?.push(MONTHS[Math.floor(row / perMonth)] as string);
    columns.team?.push(`team-${team}`);
    columns.service?.push(`service-${service}`);
    columns.environment?.push(ENVIRONMENTS[row % ENVIRONMENTS.length] as string);
    columns.tier?.push(`tier-${service % 3}`);
    columns.cost_center?.push(`CC-${team % COST_CENTER_COUNT}`);
    columns.owner?.push(`team-${team}@example.com`);
    columns.billing_currency?.push('USD');
    for (const { name } of TABLES.variance.measures) columns[name]?.push(scaled());
  }
  return { name: 'variance', columns };
}

export const MANIFEST: ManifestInput = {
  as_of: `${addMonths(MONTHS.at(-1) as string, 1)}-01`,
  generated_from: {},
  cost_basis: 'effective',
  reporting_currency: 'USD',
  fiscal_year_start_month: 1,
  months: MONTHS.map((month) => ({ billing_period: month, is_complete: true, complete_days: 30, days: 30 })),
};
