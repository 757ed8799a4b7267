import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadConfiguration } from '../../../analytics/configuration/load-configuration.ts';
import type { FoundIncident } from '../../../analytics/incident/incident.ts';
import { importPath } from '../../../analytics/jobs/import.ts';
import { runModels } from '../../../analytics/jobs/run.ts';
import { openFolderStore } from '../../../analytics/lake/folder-store.ts';
import { ANOMALIES } from '../../../analytics/results/records/anomalies.ts';
import { answerRecord, answerRecords } from '../../../analytics/results/records/query.ts';
import { parseRecordRequest } from '../../../analytics/results/records/request.ts';
import { openResults } from '../../../analytics/results/snapshot.ts';
import { judgeCauses } from '../../../bench/anomaly-cause-score.ts';
import { loadDemoCollected } from '../../../demo/collected/load-collected.ts';
import { generateDemo } from '../../../demo/generate.ts';
import type { Truth } from '../../../demo/truth.ts';

const AS_OF = '2026-10-20';

let root: string;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'headroom-planted-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

it('finds the incidents that are planted in the demo, once each, with the right cause', async () => {
  const configFolder = path.join(root, 'config');
  const demo = await generateDemo({
    folder: path.join(root, 'exports'),
    configFolder,
    seed: 7,
    asOf: AS_OF,
    lines: 25_000,
    months: 5,
  });
  const store = await openFolderStore(path.join(root, 'lake'));
  await importPath({ store, path: demo.exportFolder });
  await loadDemoCollected(store, demo.collectedFolder);
  await runModels({ store, configuration: await loadConfiguration(configFolder), asOf: AS_OF });
  const snapshot = await openResults({ store }).current();
  const request = parseRecordRequest(ANOMALIES, [['status', 'all']]);
  const { rows } = await answerRecords(snapshot, request);
  const incidents = await Promise.all(
    rows.map(async ({ id }) => {
      const { row } = await answerRecord(snapshot, request, String(id));
      return { ...row, causes: JSON.stringify(row.causes) } as unknown as FoundIncident;
    }),
  );
  const truth: Truth = JSON.parse(await readFile(demo.truthFile, 'utf8'));
  const { planted, found, rightCause, alerts, lookAlikesAlerted, details } = judgeCauses(
    truth,
    incidents,
    AS_OF,
  );
  expect(planted).toBeGreaterThan(0);
  expect({ found, rightCause, alerts, lookAlikesAlerted }, details.join('\n')).toEqual({
    found: planted,
    rightCause: planted,
    alerts: planted,
    lookAlikesAlerted: 0,
  });
});
