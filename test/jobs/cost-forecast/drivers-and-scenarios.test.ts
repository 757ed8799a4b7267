import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  defaultConfiguration,
  parseConfiguration,
} from '../../../analytics/configuration/load-configuration.ts';
import { type Engine, openDuckdb } from '../../../analytics/engine/duckdb.ts';
import { createRelation } from '../../../analytics/engine/relation.ts';
import { EMPTY_CALENDAR, toDate, toDayNumber } from '../../../analytics/forecast/calendar.ts';
import { readCompleteness } from '../../../analytics/jobs/cost-forecast/completeness.ts';
import { landDrivers } from '../../../analytics/jobs/cost-forecast/driver-landings.ts';
import { listScenarios } from '../../../analytics/jobs/cost-forecast/scenario-change.ts';
import { storeVersion } from '../../../analytics/jobs/day-versions.ts';
import { describeMonths } from '../../../analytics/jobs/months.ts';
import type { StepContext } from '../../../analytics/jobs/step.ts';
import { openFolderStore } from '../../../analytics/lake/folder-store.ts';
import { COST_DAYS_SEEN } from '../../../analytics/lake/forecast-tables.ts';
import { makeHistory } from './cost-history.ts';

const AS_OF = '2026-10-15';

describe('volumes of drivers', () => {
  const months = describeMonths(['2026-09', '2026-10'], AS_OF);
  const none = { team: null, service: null, environment: null, tier: null, cost_center: null, owner: null };
  const land = (dates: [string, number][]) =>
    landDrivers(
      dates.map(([date, volume]) => ({
        date,
        driver: 'orders',
        volume: String(volume),
        unit: 'order',
        ...none,
      })),
      months,
      AS_OF,
      EMPTY_CALENDAR,
    );
  const daily = (from: string, to: string, of: (day: number) => number): [string, number][] =>
    Array.from({ length: toDayNumber(to) - toDayNumber(from) }, (_, i) => [
      toDate(toDayNumber(from) + i),
      of(toDayNumber(from) + i),
    ]);

  it('that are daily keep their week', () => {
    const of = (day: number) => (day % 7 < 2 ? 20 : 100);
    const [row] = land(daily('2026-07-01', AS_OF, of));
    const rest = daily(AS_OF, '2026-11-01', of).reduce((sum, [, volume]) => sum + volume, 0);
    expect(Number(row?.coming_volume) / rest).toBeCloseTo(1, 1);
    expect(row).toMatchObject({ driver: 'orders', billing_period: '2026-10', team: null });
  });

  it('that come once a month are there when they are there', () => {
    expect(
      land([
        ['2026-09-01', 500],
        ['2026-10-01', 510],
      ])[0],
    ).toMatchObject({ coming_volume: '0.000000' });
  });

  it('that come by the week are paced', () => {
    const weekly: [string, number][] = ['09-02', '09-09', '09-16', '09-23', '09-30', '10-07'].map((day) => [
      `2026-${day}`,
      70,
    ]);
    // 12 complete days of 31.
    expect(Number(land(weekly)[0]?.coming_volume)).toBeCloseTo((70 * 31) / 12 - 70, 3);
  });
});

describe('scenarios', () => {
  const { series } = makeHistory(0, 1, 1, [
    { kind: 'usage', team: 'web', cost: () => 1 },
    { kind: 'usage', team: 'data', cost: () => 1 },
  ]);
  const [web, data] = series;
  const change = (scenarios: string, date: string, of = web) => {
    const configuration = parseConfiguration(
      `version: 1\ndrivers:\n  orders: { unit: order, cost: { team: [web] } }\nforecast:\n  scenarios:\n${scenarios}`,
    );
    const [first] = listScenarios({ ...defaultConfiguration(), ...configuration }, 0).values();
    if (!first || !of) throw new Error('no scenario');
    return first(of, toDayNumber(date));
  };
  const TRAFFIC = '    - { name: t, driver: orders, change_ratio: 0.3, from: 2026-03-01, to: 2026-03-31 }\n';

  it.each([
    ['the day before', TRAFFIC, '2026-02-28', web, 0],
    ['the first day', TRAFFIC, '2026-03-01', web, 0.3],
    ['the last day', TRAFFIC, '2026-03-31', web, 0.3],
    ['the day after', TRAFFIC, '2026-04-01', web, 0],
    ["what is not the driver's cost", TRAFFIC, '2026-03-10', data, 0],
    [
      'a second change of the same name',
      `${TRAFFIC}    - { name: t, match: { team: "w*" }, change_ratio: 0.1, from: 2026-03-01 }\n`,
      '2026-03-10',
      web,
      0.4,
    ],
    [
      'less than nothing',
      '    - { name: t, change_ratio: -1, from: 2026-01-01 }\n    - { name: t, change_ratio: -1, from: 2026-01-01 }\n',
      '2026-03-10',
      web,
      -1,
    ],
  ])('%s', (_, scenarios, date, of, expected) => {
    expect(change(scenarios, date, of)).toBeCloseTo(expected, 12);
  });

  it('of a driver that is not declared are refused', () => {
    expect(() =>
      change('    - { name: t, driver: visits, change_ratio: 1, from: 2026-01-01 }\n', '2026-01-01'),
    ).toThrow("driver 'visits'");
  });
});

describe('how much of a day is seen how soon', () => {
  let folder: string;
  let engine: Engine;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'headroom-completeness-'));
    engine = await openDuckdb({ tempFolder: folder });
  });
  afterAll(async () => {
    engine.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('is learnt from what earlier runs saw, once there are enough of them', async () => {
    const store = await openFolderStore(join(folder, 'lake'));
    const rows = (of: (day: string) => number, days: string[]) =>
      days.map((day) => ({
        charge_date: day,
        billing_currency: 'USD',
        forecast_kind: 'usage',
        list_cost: String(of(day)),
      }));
    const columns = {
      charge_date: 'DATE',
      billing_currency: 'VARCHAR',
      forecast_kind: 'VARCHAR',
      list_cost: 'DECIMAL(38,12)',
    };
    const learnt: number[] = [];
    for (let run = 0; run < 7; run++) {
      const asOf = toDate(toDayNumber('2026-10-01') + run);
      const [newest = '', second = ''] = [1, 2].map((age) => toDate(toDayNumber(asOf) - age));
      await createRelation(
        engine,
        folder,
        'seen',
        columns,
        rows((day) => (day === newest ? 40 : 90), [newest, second]),
      );
      const context = { engine, store, scratchFolder: folder, asOf } as StepContext;
      await storeVersion(context, COST_DAYS_SEEN, 'select * from seen');
      const days = Array.from({ length: 30 }, (_, i) => toDate(toDayNumber('2026-09-20') + i));
      await createRelation(
        engine,
        folder,
        'cost_series',
        columns,
        rows(() => 100, days),
      );
      learnt.push((await readCompleteness(engine, store, asOf)).length);
    }
    expect(learnt).toEqual([0, 0, 0, 0, 0, 0, 0]);
    const [newest, second] = await readCompleteness(engine, store, '2026-10-10');
    expect(newest?.shareRatio).toBeCloseTo(0.4, 9);
    expect(second?.shareRatio).toBeCloseTo(0.9, 9);
  });
});
