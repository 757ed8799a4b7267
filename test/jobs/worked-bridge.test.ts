import { copyFile, mkdir, mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { loadConfiguration } from '../../analytics/configuration/load-configuration.ts';
import { closeMonth, reopenMonth } from '../../analytics/jobs/close.ts';
import { importPath } from '../../analytics/jobs/import.ts';
import { runModels } from '../../analytics/jobs/run.ts';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import { openAsClosed } from '../../analytics/results/closes.ts';
import { answerQuery } from '../../analytics/results/query.ts';
import { answerRecords } from '../../analytics/results/records/query.ts';
import { parseRecordRequest } from '../../analytics/results/records/request.ts';
import { VARIANCE_DRIVERS } from '../../analytics/results/records/variance-drivers.ts';
import { openResults, type Snapshot } from '../../analytics/results/snapshot.ts';
import { BRIDGE_PARTS } from '../../analytics/results/tables.ts';

const GOLDEN = fileURLToPath(new URL('../golden/worked-bridge/', import.meta.url));
const MONTH = '2026-10';
const PARTS = BRIDGE_PARTS.map(({ name }) => `${name}_cost`);
const CLOSED = {
  prior_month: { base_cost: '298', volume_cost: '180', credits_cost: '-3', actual_cost: '475' },
  budget: {
    base_cost: '400',
    plan_gap_cost: '-102',
    volume_cost: '180',
    credits_cost: '-3',
    actual_cost: '475',
  },
  forecast: {
    base_cost: '310',
    plan_gap_cost: '-10',
    volume_cost: '180',
    credits_cost: '-5',
    actual_cost: '475',
  },
};

/** What is not 0 of a month's bridge, by comparison. */
async function readBridge(snapshot: Snapshot, month = MONTH) {
  const { control } = await answerQuery(snapshot, { result: 'variance/bridge', month, by: [] });
  return Object.fromEntries(
    control.totals.map((total) => [
      total.comparison,
      Object.fromEntries(
        ['base_cost', ...PARTS, 'actual_cost'].flatMap((name) =>
          total[name] === '0' ? [] : [[name, total[name]]],
        ),
      ),
    ]),
  );
}

async function readSentences(snapshot: Snapshot, comparison: string) {
  const parameters: [string, string][] = [
    ['month', MONTH],
    ['comparison', comparison],
  ];
  const { rows } = await answerRecords(snapshot, parseRecordRequest(VARIANCE_DRIVERS, parameters));
  return rows.map(({ sentence }) => sentence);
}

it('bridges from month, budget and forecast as worked by hand, and keeps what was closed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'headroom-bridged-'));
  try {
    const store = await openFolderStore(join(folder, 'lake'));
    let deliveries = 0;
    const deliver = async (file: string) => {
      deliveries += 1;
      const path = join(folder, `delivery-${deliveries}`);
      await mkdir(path);
      await copyFile(join(GOLDEN, file), join(path, basename(file)));
      const time = new Date(Date.UTC(2026, 10, 1, 0, deliveries));
      await utimes(join(path, basename(file)), time, time);
      await importPath({ store, path, sourceName: 'worked' });
    };
    const configuration = await loadConfiguration(join(GOLDEN, 'config'));
    const run = async (asOf: string) => {
      await runModels({ store, configuration, asOf });
      return openResults({ store }).current();
    };
    const close = (month: string) => closeMonth({ store, month, by: 'finance', allowEstimated: true });
    for (const file of ['first/2026-08.csv', 'first/2026-09.csv']) await deliver(file);
    await run('2026-10-01');
    await deliver('first/2026-10.csv');
    const first = await run('2026-11-10');
    expect(await readBridge(first)).toEqual(CLOSED);
    expect(await readSentences(first, 'prior_month')).toEqual([
      'Amazon EC2 in payments: +180.00 USD because of volume +180.00 (Hours rose 60.0 %; 100.0 % more a day after 14 October)',
      'Credits in payments: -3.00 USD because of credits -3.00',
    ]);
    expect(await readSentences(first, 'forecast')).toEqual([
      'CC-1 against its forecast of 1 October: +165.00 USD because of volume +180.00; already foreseen -10.00',
    ]);

    for (const month of ['2026-09', MONTH]) await close(month);
    for (const file of ['later/2026-09.csv', 'later/2026-10.csv']) await deliver(file);
    const later = await run('2026-11-11');
    const restated = {
      prior_month: { ...CLOSED.prior_month, base_cost: '295', restatement_cost: '9', actual_cost: '481' },
      budget: { ...CLOSED.budget, restatement_cost: '6', actual_cost: '481' },
      forecast: { ...CLOSED.forecast, restatement_cost: '6', actual_cost: '481' },
    };
    expect(await readBridge(later)).toEqual(restated);
    expect((await readBridge(later, '2026-09')).prior_month).toEqual({
      base_cost: '310',
      volume_cost: '-10',
      credits_cost: '-2',
      restatement_cost: '-3',
      actual_cost: '295',
    });
    expect(await readBridge(await openAsClosed(store, MONTH))).toEqual(CLOSED);
    expect((await readSentences(later, 'forecast'))[0]).toBe(
      'CC-1 against its forecast of 1 October: +171.00 USD because of volume +180.00',
    );

    // Opened again, the month is explained as it is known now: 486 - 300 hours, and a refund that does not come again.
    await reopenMonth({ store, month: MONTH, by: 'finance', reason: 'six hours more' });
    await expect(close(MONTH)).rejects.toThrow(/was published while it was closed/);
    const reopened = await readBridge(await run('2026-11-12'));
    expect(reopened.prior_month).toEqual({
      base_cost: '295',
      volume_cost: '186',
      credits_cost: '-3',
      refunds_cost: '3',
      actual_cost: '481',
    });
    await close(MONTH);
    expect(await readBridge(await openAsClosed(store, MONTH))).toEqual(reopened);
    expect(await readBridge(await run('2026-11-13'))).toEqual(reopened);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}, 120_000);
