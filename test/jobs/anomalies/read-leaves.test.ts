import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sumExcess } from '../../../analytics/cause/choose-causes.ts';
import { type Engine, openDuckdb } from '../../../analytics/engine/duckdb.ts';
import type { Departure } from '../../../analytics/jobs/anomalies/candidates.ts';
import { PLACE, readParts } from '../../../analytics/jobs/anomalies/read-leaves.ts';
import { emptyScope } from '../../../analytics/jobs/anomalies/read-series.ts';
import type { StepContext } from '../../../analytics/jobs/step.ts';

let folder: string;
let engine: Engine;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'headroom-leaves-'));
  engine = await openDuckdb({ tempFolder: folder });
  const place = PLACE.map((name) => `'${name === 'sku_meter' ? 'box' : 'x'}' as ${name}`).join(', ');
  const meters = PLACE.map((name) => (name === 'sku_meter' ? 'meter as sku_meter' : `'x' as ${name}`));
  // Twenty-eight days of 100 and 40; then one of which a third is seen, with a first use of a third meter.
  await engine.run(`create table anomaly_leaves as
    select 'USD' as billing_currency, ${place}, d::date as charge_date, 100::decimal(38,12) as cost, 10::decimal(38,12) as quantity
    from range(timestamp '2026-08-11', timestamp '2026-09-08', interval 1 day) as days(d)
    union all
    select 'USD', ${meters.join(', ')}, date '2026-09-08', cost::decimal(38,12), quantity::decimal(38,12)
    from (values ('box', '33.3', '3.33'), ('gpu', '66.6', '1')) as seen(meter, cost, quantity)`);
  await engine.run('create table anomaly_driver_owners as select * from anomaly_leaves limit 0');
  await engine.run("alter table anomaly_driver_owners add column driver varchar default ''");
  await engine.run(`create table anomaly_coverage as select '' as billing_currency, '' as commitment_discount_id,
    date '2026-09-08' as charge_date, 0::decimal(38,12) as saved_cost limit 0`);
});
afterAll(async () => {
  engine.close();
  await rm(folder, { recursive: true, force: true });
});

it('takes a day that is not complete for what it comes to, parts and all to the last digit', async () => {
  const departure = {
    bill: { kind: 'sub_account', currency: 'USD', scope: { ...emptyScope(), sub_account_id: 'x' } },
    from: '2026-09-08',
    to: '2026-09-08',
    expected: 100.1,
  } as Departure;
  const context = { engine, scratchFolder: folder } as unknown as StepContext;
  const early = [{ date: '2026-09-08', shareRatio: 0.333 }];
  const [told] = await readParts(context, [departure], early);
  const parts = (told?.parts ?? []).map(({ values, cost, quantity }) => [values.sku_meter, cost, quantity]);
  expect(parts).toEqual([
    ['box', 99_999_999_999_900n, expect.closeTo(10, 4)],
    ['gpu', 199_999_999_999_800n, expect.closeTo(3.003, 3)],
  ]);
  expect(sumExcess(told?.parts ?? [])).toBe(
    99_999_999_999_900n + 199_999_999_999_800n - 100_100_000_000_000n,
  );
  const [asSeen] = await readParts(context, [departure]);
  expect(asSeen?.parts.map(({ cost }) => cost)).toEqual([33_300_000_000_000n, 66_600_000_000_000n]);
});
