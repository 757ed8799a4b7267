import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadConfiguration } from '../../../analytics/configuration/load-configuration.ts';
import { parseScaled } from '../../../analytics/decimal-text.ts';
import type { StatedCause } from '../../../analytics/incident/incident.ts';
import { importPath } from '../../../analytics/jobs/import.ts';
import { runModels } from '../../../analytics/jobs/run.ts';
import { openFolderStore } from '../../../analytics/lake/folder-store.ts';
import { ANOMALIES } from '../../../analytics/results/records/anomalies.ts';
import { answerRecords } from '../../../analytics/results/records/query.ts';
import { parseRecordRequest } from '../../../analytics/results/records/request.ts';
import { openResults } from '../../../analytics/results/snapshot.ts';
import { addDays, type FocusLine, writeFocusCsv } from '../../support/focus-csv.ts';

const CONFIGURATION = `version: 1
allocation:
  rules:
    - { name: mail, match: { sub_account_id: ['000000000012'] }, set: { team: post, service: mail, environment: prod } }
    - { name: rest, match: { provider_name: [AWS] }, set: { team: shopfront, service: shop, environment: prod } }
drivers:
  orders: { unit: order, cost: { service: [shop] } }
`;
const FIRST = '2026-08-01';
const AS_OF = '2026-10-20';
const DAYS = (Date.parse(AS_OF) - Date.parse(FIRST)) / 86_400_000;
const MAIL = { account: '000000000012', service: 'AWS Lambda', meter: 'Lambda-GB-Second' };

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'headroom-signals-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

type World = {
  /** Of a day: what the volume, the shop's machines, and an hour of the mail's functions are multiplied by. */
  volume?: (date: string) => number;
  machines?: (date: string) => number;
  functions?: (date: string, hour: number) => number;
};

/** Shop: 100 a day in machines and 1,000 orders; mail: 200 a day by the day and 1 an hour by the hour. */
async function findIn({ volume, machines, functions }: World) {
  const folder = await mkdtemp(path.join(root, 'world-'));
  const dates = Array.from({ length: DAYS }, (_, day) => addDays(FIRST, day));
  const wave = (date: string, by: number) => 1 + 0.02 * Math.sin((Date.parse(date) / 86_400_000) * by);
  const hoursOf = (many: number) => ({ cost: (100 * many).toFixed(4), quantity: (1000 * many).toFixed(3) });
  const volumes = dates.map(
    (date) => `${date},orders,${Math.round(1000 * wave(date, 3) * (volume?.(date) ?? 1))},order`,
  );
  await writeFile(path.join(folder, 'headroom.yml'), CONFIGURATION);
  await writeFile(path.join(folder, 'drivers.csv'), ['date,driver,volume,unit', ...volumes].join('\n'));
  const store = await openFolderStore(path.join(folder, 'lake'));
  for (const month of new Set(dates.map((date) => date.slice(0, 7)))) {
    const lines = dates
      .filter((date) => date.startsWith(month))
      .flatMap((date): FocusLine[] => [
        { start: date, ...hoursOf(wave(date, 1) * (machines?.(date) ?? 1)), resource: 'i-1' },
        { start: date, cost: (200 * wave(date, 2)).toFixed(4), resource: 'mail-day', ...MAIL },
        ...Array.from({ length: 24 }, (_, hour) => {
          const at = (each: number) => `${date}T${String(each).padStart(2, '0')}:00:00Z`;
          const cost = (wave(date, 2) * (functions?.(date, hour) ?? 1)).toFixed(4);
          const end = hour === 23 ? `${addDays(date, 1)}T00:00:00Z` : at(hour + 1);
          return { start: at(hour), end, cost, resource: 'mail-hour', ...MAIL };
        }),
      ]);
    const file = path.join(folder, `${month}.csv`);
    await writeFocusCsv(file, month, lines);
    await importPath({ store, path: file, sourceName: 'bill' });
  }
  await runModels({ store, configuration: await loadConfiguration(folder), asOf: AS_OF });
  const snapshot = await openResults({ store }).current();
  return (await answerRecords(snapshot, parseRecordRequest(ANOMALIES, [['status', 'all']]))).rows;
}

it('a volume that falls while its cost does not is one incident, which costs nothing by itself', async () => {
  const rows = await findIn({ volume: (date) => (date >= '2026-10-13' ? 0.6 : 1) });
  expect(rows).toMatchObject([
    {
      measure: 'driver',
      kind: 'driver_fall',
      status: 'open',
      started_on: '2026-10-13',
      team: 'shopfront',
      service: 'shop',
      severity: 'low',
      excess_cost: '0',
      causes: [],
    },
  ]);
  expect(rows[0]?.title).toMatch(/^Volume of orders fell (39|40|41) % since 2026-10-13$/);
  expect(rows[0]?.reason).toContain('a unit costs 1.7 times what it did');
  expect(Number(rows[0]?.change_ratio)).toBeCloseTo(-0.4, 1);
  expect(Number(rows[0]?.at_stake_per_day_cost)).toBeCloseTo(100, -1);
});

it('a volume that explains a cost is told as its cause', async () => {
  const from = (factor: number) => (date: string) => (date >= '2026-10-06' ? factor : 1);
  const rows = await findIn({ volume: from(1.7), machines: from(1.6) });
  expect(rows).toMatchObject([
    { measure: 'cost', direction: 'up', started_on: '2026-10-06', service: 'shop' },
  ]);
  const [cause] = (rows[0]?.causes ?? []) as unknown as StatedCause[];
  expect(cause).toMatchObject({ change: 'more_volume' });
  expect(cause?.text).toMatch(/with 1\.[67]\d times the usual orders/);
  expect(rows[0]?.reason).toMatch(/At the same time volume of orders rose (69|70|71) % since 2026-10-06\./);
});

it('hours tell when an incident began, and what a day hides', async () => {
  const rows = await findIn({
    functions: (date, hour) =>
      date === '2026-10-08' && hour >= 13 && hour < 16 ? 4 : date === '2026-09-24' && hour >= 6 ? 9 : 1,
  });
  expect(rows.map(({ started_on, began_at }) => [started_on, began_at]).sort()).toEqual([
    ['2026-09-24', '2026-09-24T06:00:00.000Z'],
    ['2026-10-08', '2026-10-08T13:00:00.000Z'],
  ]);
  for (const { service, sku_meter, measure } of rows)
    expect({ service, sku_meter, measure }).toEqual({
      service: 'mail',
      sku_meter: MAIL.meter,
      measure: 'cost',
    });
  const hidden = rows.find(({ started_on }) => started_on === '2026-10-08');
  expect(Number(hidden?.excess_cost)).toBeCloseTo(9, 0);
  expect(hidden?.reason).toContain('It began on 2026-10-08 at 13:00 UTC.');
  const causes = (hidden?.causes ?? []) as unknown as StatedCause[];
  expect(causes.reduce((sum, { amount }) => sum + parseScaled(amount), 0n)).toBe(
    parseScaled(String(hidden?.excess_cost)),
  );
});
