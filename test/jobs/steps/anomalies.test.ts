import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FEEDBACK_JOURNAL, stateFeedback } from '../../../analytics/alerts/feedback.ts';
import {
  type LoadedConfiguration,
  loadConfiguration,
} from '../../../analytics/configuration/load-configuration.ts';
import { formatScaled, parseScaled } from '../../../analytics/decimal-text.ts';
import { loadModels, type Model } from '../../../analytics/engine/model.ts';
import type { StatedCause } from '../../../analytics/incident/incident.ts';
import { ANOMALY_HISTORY } from '../../../analytics/jobs/anomalies/incident-history.ts';
import { importPath } from '../../../analytics/jobs/import.ts';
import { runModels } from '../../../analytics/jobs/run.ts';
import { openTable } from '../../../analytics/lake/delta-table.ts';
import { openFolderStore } from '../../../analytics/lake/folder-store.ts';
import { openJournal } from '../../../analytics/lake/journal.ts';
import { modelTable } from '../../../analytics/lake/model-table.ts';
import type { ObjectStore } from '../../../analytics/lake/object-store.ts';
import { ANOMALIES } from '../../../analytics/results/records/anomalies.ts';
import { createOverlays } from '../../../analytics/results/records/overlays.ts';
import { answerRecords } from '../../../analytics/results/records/query.ts';
import { parseRecordRequest } from '../../../analytics/results/records/request.ts';
import { openResults } from '../../../analytics/results/snapshot.ts';
import { eachDay, type FocusLine, writeFocusCsv } from '../../support/focus-csv.ts';

const CONFIGURATION = `version: 1
allocation:
  rules:
    - { name: all, match: { provider_name: [AWS] }, set: { team: shopfront, service: shop, environment: prod } }
`;
const MONTHS = ['2026-07', '2026-08', '2026-09', '2026-10'];
const AS_OF = '2026-10-20';

let root: string;
let configuration: LoadedConfiguration;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'headroom-anomalies-'));
  await writeFile(path.join(root, 'headroom.yml'), CONFIGURATION);
  configuration = await loadConfiguration(root);
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** Two meters of 100 and 50 a day; the second costs `spike` on 12 and 13 October. */
async function openWorld(spike: string) {
  const folder = await mkdtemp(path.join(root, 'lake-'));
  const store = await openFolderStore(folder);
  const deliver = async (month: string, lines: FocusLine[]) => {
    const file = path.join(folder, `${month}-${Math.random()}.csv`);
    await writeFocusCsv(file, month, lines);
    await importPath({ store, path: file, sourceName: 'bill' });
  };
  for (const month of MONTHS) await deliver(month, describeMonth(month, spike));
  return { store, deliver, run: (asOf = AS_OF) => runModels({ store, configuration, asOf }) };
}

function describeMonth(month: string, spike: string): FocusLine[] {
  const next = new Date(Date.parse(`${month}-01`) + 32 * 86_400_000).toISOString().slice(0, 7);
  const until = month === '2026-10' ? AS_OF : `${next}-01`;
  const noise = (date: string, cost: number) => {
    const wave = Math.sin(Date.parse(date) / 86_400_000) * 0.02;
    return (cost * (1 + wave)).toFixed(2);
  };
  const days = eachDay(`${month}-01`, until, { cost: '0' });
  return days.flatMap(({ start }) => {
    const isSpike = start === '2026-10-12' || start === '2026-10-13';
    return [
      { start, cost: noise(start, 100), resource: 'i-1', meter: 'BoxUsage:m5.large' },
      { start, cost: isSpike ? spike : noise(start, 50), resource: 'nat-1', meter: 'NatGateway-Bytes' },
    ];
  });
}

async function list(store: ObjectStore) {
  const snapshot = await openResults({ store }).current();
  const request = parseRecordRequest(ANOMALIES, [['status', 'all']]);
  const overlay = await createOverlays(store).anomalies?.(snapshot);
  return (await answerRecords(snapshot, request, overlay)).rows;
}

describe('anomalies', () => {
  it('tell a spike once, with its cause to the cent, and the same when the run is repeated', async () => {
    const { store, run } = await openWorld('450');
    await run();
    const rows = await list(store);
    expect(rows).toMatchObject([
      {
        kind: 'price_change',
        status: 'closed',
        started_on: '2026-10-12',
        ended_on: '2026-10-13',
        team: 'shopfront',
        sku_meter: 'NatGateway-Bytes',
      },
    ]);
    const [row] = rows;
    expect(Number(row?.series_count)).toBeGreaterThan(1);
    expect(Number(row?.excess_cost)).toBeGreaterThan(790);
    const causes = row?.causes as unknown as StatedCause[];
    const total = causes.reduce((sum, { amount }) => sum + parseScaled(amount), 0n);
    expect(formatScaled(total)).toBe(row?.excess_cost);
    expect(causes[0]).toMatchObject({
      where: { sku_meter: 'NatGateway-Bytes', service: 'shop' },
      resources: [{ resource_id: 'nat-1' }],
    });
    const before = await openTable(store, ANOMALY_HISTORY).snapshot();
    await run();
    expect(await list(store)).toEqual(rows);
    expect((await openTable(store, ANOMALY_HISTORY).snapshot()).files).toEqual(before.files);
  });

  it('are withdrawn when the bill is restated', async () => {
    const { store, run, deliver } = await openWorld('450');
    await run('2026-10-19');
    const [found] = await list(store);
    await deliver('2026-10', describeMonth('2026-10', '50'));
    await run();
    expect(await list(store)).toMatchObject([{ id: found?.id, status: 'withdrawn', revision: 2 }]);
  });

  it('carry what people said of them, before and after the next run', async () => {
    const { store, run } = await openWorld('450');
    await run('2026-10-19');
    const [found] = await list(store);
    const said = { feedback: 'planned' as const, reason: 'a test of load' };
    await stateFeedback(openJournal(store, FEEDBACK_JOURNAL), String(found?.id), said, 'ada');
    const stated = { feedback: 'planned', feedback_by: 'ada', feedback_reason: 'a test of load' };
    expect(await list(store)).toMatchObject([stated]);
    await run();
    expect(await list(store)).toMatchObject([{ id: found?.id, ...stated }]);
  });

  it('are none where nothing happens, and hours are kept of the newest three periods only', async () => {
    const { store, run } = await openWorld('50');
    await run();
    expect(await list(store)).toEqual([]);
    const hours = (await loadModels()).find(({ name }) => name === 'hourly_cost') as Model;
    const { files } = await openTable(store, modelTable(hours)).snapshot();
    expect(files.map(({ partition }) => partition.billing_period).sort()).toEqual(MONTHS.slice(1));
  });
});
