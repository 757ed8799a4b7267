import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadConfiguration } from '../../analytics/configuration/load-configuration.ts';
import { openDuckdb } from '../../analytics/engine/duckdb.ts';
import { importPath } from '../../analytics/jobs/import.ts';
import { runModels } from '../../analytics/jobs/run.ts';
import { openTable } from '../../analytics/lake/delta-table.ts';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import { MONTH_FORECASTS } from '../../analytics/lake/forecast-tables.ts';
import type { ObjectStore } from '../../analytics/lake/object-store.ts';

/** Which forecast a complete month is compared with. The bills are those of the worked bridge: ten hours a day. */
const GOLDEN = fileURLToPath(new URL('../golden/worked-bridge/', import.meta.url));

let folder: string;
let store: ObjectStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-month-forecasts-'));
  store = await openFolderStore(join(folder, 'lake'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const deliver = (month: string) =>
  importPath({ store, path: join(GOLDEN, 'first', `${month}.csv`), sourceName: 'worked' });

/** What the run compares complete months with. */
async function run(asOf: string) {
  const engine = await openDuckdb({ tempFolder: folder });
  try {
    await runModels({ store, engine, asOf, configuration: await loadConfiguration(join(GOLDEN, 'config')) });
    const rows = await engine.query(
      `select billing_period, forecast_kind || ' ' || forecast_as_of_date as stood, cast(sum(effective_cost) as integer) as cost
       from month_forecasts group by all order by all`,
    );
    return Object.fromEntries(rows.map(({ billing_period, stood, cost }) => [billing_period, [stood, cost]]));
  } finally {
    engine.close();
  }
}

const countVersions = async () => (await openTable(store, MONTH_FORECASTS).snapshot()).version;

it('is the first backtest where none was kept in time, and stays what it is', async () => {
  await deliver('2026-08');
  await deliver('2026-09');
  // Nothing was kept before September: it is forecast again from what was charged up to the 14th, less two late days.
  const september = ['backtest 2026-09-15', 300];
  expect(await run('2026-10-05')).toEqual({ '2026-09': september });
  await deliver('2026-10');
  // As of 5 October the bill of October was missing, so nothing was kept of it.
  const october = ['backtest 2026-10-08', 310];
  expect(await run('2026-11-10')).toEqual({ '2026-09': september, '2026-10': october });
  const versions = await countVersions();
  expect(await run('2026-11-10')).toEqual({ '2026-09': september, '2026-10': october });
  expect(await countVersions()).toBe(versions);
  // A run as of an earlier day has charges that nobody knew then: it is no forecast.
  await run('2026-10-20');
  expect(await run('2026-11-10')).toEqual({ '2026-09': september, '2026-10': october });
  expect(await countVersions()).toBe(versions);
}, 120_000);
