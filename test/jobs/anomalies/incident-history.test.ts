import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openDuckdb } from '../../../analytics/engine/duckdb.ts';
import { ANOMALY_HISTORY, readIncidentHistory } from '../../../analytics/jobs/anomalies/incident-history.ts';
import { storeVersion } from '../../../analytics/jobs/day-versions.ts';
import { openFolderStore } from '../../../analytics/lake/folder-store.ts';
import { type TableSchema, toDuckdbType } from '../../../analytics/lake/table-schema.ts';

it('goes on from what was kept before utilization and drivers were judged', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'headroom-history-'));
  const engine = await openDuckdb({ tempFolder: folder });
  onTestFinished(async () => {
    engine.close();
    await rm(folder, { recursive: true, force: true });
  });
  const store = await openFolderStore(path.join(folder, 'lake'));
  const columns = ANOMALY_HISTORY.columns;
  const last = columns.findIndex(({ name }) => name === 'as_of_date');
  const earlier: TableSchema = { ...ANOMALY_HISTORY, columns: columns.slice(0, last + 1) };
  const day = (asOf: string) => ({ engine, store, scratchFolder: folder, asOf });
  await storeVersion(day('2026-10-01'), earlier, describeRow(earlier));

  const [kept] = await readIncidentHistory(day('2026-10-02'));
  expect(kept).toMatchObject({ measure: 'cost', began_at: null, at_stake_per_day_cost: null });
  await storeVersion(day('2026-10-02'), ANOMALY_HISTORY, describeRow(ANOMALY_HISTORY));
  expect(await readIncidentHistory(day('2026-10-03'))).toMatchObject([{ measure: '1' }]);
});

/** A row of ones. */
function describeRow({ columns }: TableSchema): string {
  const one = (type: string) => (type === 'DATE' ? "'2026-10-01'" : "'1'");
  const cells = columns.map(({ name, type }) => {
    const as = toDuckdbType(type);
    return `cast(${one(as)} as ${as}) as ${name}`;
  });
  return `select ${cells.join(', ')}`;
}
