import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfiguration } from '../../analytics/configuration/load-configuration.ts';
import { parseScaled } from '../../analytics/decimal-text.ts';
import { type Engine, openDuckdb } from '../../analytics/engine/duckdb.ts';
import { groupBy } from '../../analytics/group-by.ts';
import { importPath } from '../../analytics/jobs/import.ts';
import { runModels } from '../../analytics/jobs/run.ts';
import { openTable } from '../../analytics/lake/delta-table.ts';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import { COST_FORECASTS } from '../../analytics/lake/forecast-tables.ts';
import type { ObjectStore } from '../../analytics/lake/object-store.ts';
import { generateDemo } from '../../demo/generate.ts';

/** The demo's running month, in the middle of it: what forecasts of cost must hold to whatever the bill. */
const AS_OF = '2026-10-16';
const NEXT_DAY = '2026-10-17';

let root: string;
let store: ObjectStore;
/** Of the last run. */
let engine: Engine | undefined;
let versions: string[];

async function run(asOf: string) {
  engine?.close();
  engine = await openDuckdb({ tempFolder: path.join(root, 'temp') });
  const configuration = await loadConfiguration(path.join(root, 'config'));
  const scenario = { name: 'traffic', match: {}, change_ratio: 0.3, from: '2026-11-01' };
  const { version } = await runModels({
    store,
    engine,
    asOf,
    configuration: { ...configuration, forecast: { scenarios: [scenario] } },
  });
  return version;
}

const rows = async (sql: string) => (await engine?.query(sql)) ?? [];

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'headroom-forecasts-'));
  const folder = path.join(root, 'exports');
  await generateDemo({
    folder,
    configFolder: path.join(root, 'config'),
    seed: 3,
    asOf: AS_OF,
    lines: 15_000,
    months: 6,
  });
  store = await openFolderStore(path.join(root, 'lake'));
  await importPath({ store, path: folder });
  versions = [await run(AS_OF), await run(AS_OF)];
}, 120_000);

afterAll(async () => {
  engine?.close();
  await rm(root, { recursive: true, force: true });
});

describe('forecasts of cost', () => {
  it('add up: each level to the total, the total to what variance says', async () => {
    const sums = await rows(
      `select level, scenario, period_kind, cost_basis, sum(landing_cost) as landing_cost, sum(actual_cost) as actual_cost
       from cost_forecasts where level <> 'team_tier' group by all`,
    );
    const byQuestion = groupBy(sums, (row) => `${row.scenario} ${row.period_kind} ${row.cost_basis}`);
    for (const members of byQuestion.values()) {
      expect(new Set(members.map((row) => parseScaled(String(row.landing_cost)))).size).toBe(1);
      expect(members).toHaveLength(7);
    }
    const [difference] = await rows(
      `select sum(landing_cost) - (select sum(landing_effective_cost) from variance where billing_period = '2026-10') as difference
       from cost_forecasts where level = 'total' and scenario = 'baseline' and period_kind = 'month' and cost_basis = 'effective'`,
    );
    expect(parseScaled(String(difference?.difference))).toBe(0n);
  });

  it('are not below what is charged, lie within their intervals, and wider promises are wider', async () => {
    expect(
      await rows(
        `select * from cost_forecasts where not (
           low_95_cost <= low_90_cost and low_90_cost <= low_80_cost and low_80_cost <= landing_cost
           and landing_cost <= high_80_cost and high_80_cost <= high_90_cost and high_90_cost <= high_95_cost)
           or (actual_cost >= 0 and landing_cost < actual_cost - 0.01)`,
      ),
    ).toEqual([]);
  });

  it('have a row of their own in a scenario, which costs more from its first day on', async () => {
    const [row] = await rows(
      `select sum(case when scenario = 'traffic' then landing_cost else -landing_cost end) filter (period_kind = 'month') as month,
         cast(sum(case when scenario = 'traffic' then landing_cost end) filter (period_kind = 'year') as double)
           / cast(sum(case when scenario = 'baseline' then landing_cost end) filter (period_kind = 'year') as double) as year
       from cost_forecasts where level = 'total' and cost_basis = 'list'`,
    );
    expect(parseScaled(String(row?.month))).toBe(0n);
    expect(row?.year).toBeGreaterThan(1.02);
    expect(row?.year).toBeLessThan(1.3);
  });

  it('say how good such forecasts were', async () => {
    const [total] = await rows(
      `select * from cost_forecasts where level = 'total' and period_kind = 'month' and cost_basis = 'effective' and scenario = 'baseline'`,
    );
    expect(total).toMatchObject({ status: 'forecast', method: 'combination', previous_as_of_date: null });
    expect(total?.scored_count).toBeGreaterThanOrEqual(9);
    expect(total?.wape).toBeLessThan(0.08);
    expect(total?.reason).toMatch(/lands at \$[\d,]+, between \$[\d,]+ and \$[\d,]+ \(80 %\)/);
    const { first_date, totals } = JSON.parse(String(total?.path)) as {
      first_date: string;
      totals: number[];
    };
    expect(first_date).toBe('2026-10-14');
    expect(totals.at(-1)).toBeCloseTo(Number(total?.landing_cost), 0);
    const scores = await rows(
      `select distinct origin_day from cost_forecast_scores where billing_period = '(all)' and level = 'total' order by 1`,
    );
    expect(scores.map((row) => row.origin_day)).toEqual([0, 7, 14, 21]);
  });

  it('are the same again for the same day, and are kept once', async () => {
    expect(versions[1]).toBe(versions[0]);
    const { files, version } = await openTable(store, COST_FORECASTS).snapshot();
    expect(files.map((file) => file.partition.as_of_date)).toEqual([AS_OF]);
    expect(version).toBe(0);
  });

  it('of the next day know what was said the day before', { timeout: 60_000 }, async () => {
    await run(NEXT_DAY);
    const [total] = await rows(
      `select * from cost_forecasts where level = 'total' and period_kind = 'month' and cost_basis = 'effective' and scenario = 'baseline'`,
    );
    expect(total).toMatchObject({ previous_as_of_date: AS_OF });
    expect(Math.abs(Number(total?.drift_ratio))).toBeLessThan(0.2);
    const { files } = await openTable(store, COST_FORECASTS).snapshot();
    expect(files.map((file) => file.partition.as_of_date).sort()).toEqual([AS_OF, NEXT_DAY]);
  });
});
