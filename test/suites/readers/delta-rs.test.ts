import { execFileSync, spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { openTable } from '../../../analytics/lake/delta-table.ts';
import { openFolderStore } from '../../../analytics/lake/folder-store.ts';
import { checkpointKey, commitKey, tablePrefix } from '../../../analytics/lake/keys.ts';
import { type TableSchema, toDeltaSchema } from '../../../analytics/lake/table-schema.ts';
import { makeTestFolder } from '../../support/lake-folder.ts';
import { type SampleRow, storeRows } from '../../support/lake-parquet.ts';
import { SAMPLE_SCHEMA } from '../../support/lake-samples.ts';

const PYTHON = process.env.HEADROOM_PYTHON ?? 'python3';
const SCRIPT = path.join(import.meta.dirname, 'delta_rs.py');
const probe = spawnSync(PYTHON, ['-c', 'import deltalake, pyarrow'], { encoding: 'utf8' });
const isMissing = probe.status !== 0;
if (isMissing) {
  const reason = probe.error?.message ?? probe.stderr.trim().split('\n').at(-1);
  console.warn(
    `delta-rs: skipped, ${PYTHON} cannot import deltalake and pyarrow (${reason}). Set HEADROOM_PYTHON.`,
  );
}

type Answer = {
  version: number;
  protocol: number[];
  name: string;
  partition_columns: string[];
  schema: unknown;
  rows: SampleRow[];
  billed_cost: string;
  files: number;
  operations: string[];
};

/** A table and beside it the rows that each version must have. */
async function openRecorded(schema: TableSchema = SAMPLE_SCHEMA) {
  const store = await openFolderStore(await makeTestFolder());
  const table = openTable(store, schema);
  const folder = path.join(store.name, tablePrefix(schema.name));
  const versions: SampleRow[][] = [];
  let nextId = 1;
  /** Commits rows of a source, in the place of the older ones where asked. */
  const commit = async (source: string | null, count: number, isReplacement = false) => {
    const rows = Array.from({ length: count }, (_, index) => makeRow(nextId + index));
    nextId += count;
    const file = await storeRows(store, table, schema, { partition: { source }, rows });
    const goes = (other: string | null | undefined) => isReplacement && other === source;
    await table.commit(() => ({
      add: [file],
      remove: (older) => goes(older.partition.source),
      info: { operation: 'TEST' },
    }));
    const kept = (versions.at(-1) ?? []).filter((row) => !goes(row.source as string | null));
    versions.push([...kept, ...rows.map((row) => ({ ...row, source }))]);
  };
  const ask = (request: Record<string, unknown>): Answer => {
    const input = JSON.stringify({ table: folder, ...request });
    return JSON.parse(execFileSync(PYTHON, [SCRIPT], { input, encoding: 'utf8', stdio: 'pipe' }));
  };
  const expectVersion = (version: number, answer = ask({ do: 'read', version })) => {
    const rows = versions[version] ?? [];
    expect(answer.version).toBe(version);
    expect(byId(answer.rows)).toEqual(byId(rows));
    expect(answer.billed_cost).toBe(sumMoney(rows));
    return answer;
  };
  return { store, table, versions, commit, ask, expectVersion };
}

function makeRow(id: number): SampleRow {
  const isBare = id % 7 === 0;
  const cents = `${id % 5 === 0 ? '-' : ''}${id * 98_765_431}`;
  return {
    sample_id: id,
    billed_cost: `${cents}.${String(id).padStart(12, '1')}`,
    unit_price: isBare ? null : `0.${String(id).padStart(15, '0')}`,
    started_at: isBare ? null : `2026-10-25T0${id % 10}:30:00.${String(id).padStart(6, '0')}Z`,
    sample_date: isBare ? null : '2026-10-25',
    row_number: isBare ? null : -id,
    ratio: isBare ? null : id / 8,
    is_final: isBare ? null : id % 2 === 0,
    tags: isBare ? {} : { team: `t${id}`, 'odd "key" é': null },
  };
}

const byId = (rows: SampleRow[]) => rows.toSorted((a, b) => Number(a.sample_id) - Number(b.sample_id));

/** The exact sum, with the 12 decimals of the column. */
function sumMoney(rows: SampleRow[]): string {
  const total = rows.reduce((sum, row) => sum + BigInt(String(row.billed_cost).replace('.', '')), 0n);
  const digits = (total < 0n ? -total : total).toString().padStart(13, '0');
  return rows.length === 0 ? '0' : `${total < 0n ? '-' : ''}${digits.slice(0, -12)}.${digits.slice(-12)}`;
}

describe.skipIf(isMissing)('delta-rs', () => {
  test('reads every type, and partitions of odd names', async () => {
    const { table, commit, expectVersion } = await openRecorded();
    const sources = ['x', 'a/b c', '100%', 'k=v&w', 'it\'s "é" 😀', '#?*[]{}', 'a+b', '%2F', null];
    for (const source of sources) await commit(source, 8);
    const answer = expectVersion(sources.length - 1);
    expect(answer).toMatchObject({
      protocol: [1, 2],
      name: 'samples',
      partition_columns: ['source'],
      files: sources.length,
    });
    expect(answer.schema).toEqual(JSON.parse(toDeltaSchema(SAMPLE_SCHEMA)));
    expect(answer.operations).toEqual(sources.map(() => 'TEST'));
    expect((await table.snapshot()).files).toHaveLength(answer.files);
  });

  test('reads a replacement and the versions before it', async () => {
    const { commit, expectVersion } = await openRecorded();
    await commit('x', 10);
    await commit('y', 5);
    await commit('x', 3, true);
    await commit('y', 0, true);
    for (const version of [0, 1, 2, 3]) expectVersion(version);
  });

  test('reads through a checkpoint, and without the commits before it', async () => {
    const { store, commit, ask, expectVersion } = await openRecorded();
    for (let number = 0; number < 54; number += 1)
      await commit(['x', 'a/b %', null][number % 3] ?? null, 2, number % 4 === 3);
    expectVersion(53);
    expectVersion(50);
    expectVersion(20);
    for (let version = 0; version < 50; version += 1) await store.remove(commitKey('samples', version));
    expectVersion(53, ask({ do: 'read' }));
  });

  test('reads what a vacuum leaves: the newest version and the kept one', async () => {
    const { table, commit, ask, expectVersion } = await openRecorded();
    for (let number = 0; number < 4; number += 1) await commit('x', 3, true);
    const now = new Date(Date.now() + 1000);
    const { removed } = await table.vacuum({ retentionHours: 0, keepVersions: [1], now });
    expect(removed).toHaveLength(2);
    expectVersion(3);
    expectVersion(1);
    expect(() => ask({ do: 'read', version: 0 })).toThrow(/Command failed/);
  });

  test('reads columns that joined later as null', async () => {
    const { store, versions, commit, ask } = await openRecorded();
    await commit('x', 3);
    const columns = [
      ...SAMPLE_SCHEMA.columns,
      { name: 'extra', type: 'string', nullable: true, description: '' } as const,
    ];
    const wider = { ...SAMPLE_SCHEMA, columns };
    const table = openTable(store, wider);
    const row: SampleRow = { ...makeRow(1000), extra: 'new' };
    const file = await storeRows(store, table, wider, { partition: { source: 'x' }, rows: [row] });
    await table.commit(() => ({ add: [file], remove: () => false, info: {} }));
    const expected = [
      ...(versions[0] ?? []).map((old) => ({ ...old, extra: null })),
      { ...row, source: 'x' },
    ];
    expect(byId(ask({ do: 'read' }).rows)).toEqual(byId(expected));
  });

  test('writes commits and checkpoints that Headroom reads and goes on from', async () => {
    const { store, table, versions, commit, ask, expectVersion } = await openRecorded();
    await commit('x', 4);
    await commit(null, 2);
    const appended = ask({ do: 'append', like: 0 });
    expect(appended.version).toBe(2);
    ask({ do: 'checkpoint' });
    for (let version = 0; version < 2; version += 1) await store.remove(commitKey('samples', version));
    const snapshot = await table.snapshot();
    expect(await store.localPaths([checkpointKey('samples', 2)])).toHaveLength(1);
    expect(snapshot.version).toBe(2);
    expect(snapshot.files.map(({ rowCount, partition }) => [rowCount, partition.source])).toEqual(
      expect.arrayContaining([
        [4, 'x'],
        [2, null],
        [4, 'x'],
      ]),
    );
    versions.push([...(versions[1] ?? []), ...(versions[0] ?? [])]);
    await commit('x', 3, true);
    expectVersion(3);
  });
});
