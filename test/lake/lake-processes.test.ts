import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { openTable } from '../../analytics/lake/delta-table.ts';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import { makeTestFolder } from '../support/lake-folder.ts';
import { startLakeProcess } from '../support/lake-process.ts';
import { collect, commitFiles, listKeys, makeFile, pathsOf, SAMPLE_SCHEMA } from '../support/lake-samples.ts';

const names = (count: number) => Array.from({ length: count }, (_, index) => `p${index}`);

describe('many processes', () => {
  test('that race for one key leave one winner', async () => {
    const folder = await makeTestFolder();
    const keys = Array.from({ length: 10 }, (_, index) => `log/${index}`);
    const processes = names(20).map((name) => ({ name, ...startLakeProcess('create', folder, name) }));
    await Promise.all(processes.map((each) => each.next()));
    for (const each of processes) each.send(keys);
    const wins = await Promise.all(
      processes.map(async (each) => ({ name: each.name, won: (await each.next()) as string[] })),
    );
    expect(wins.flatMap(({ won }) => won).sort()).toEqual(keys);
    const store = await openFolderStore(folder);
    for (const { name, won } of wins) {
      for (const key of won) expect(Buffer.from(await store.read(key)).toString()).toBe(name);
    }
    expect(await listKeys(store)).toEqual(keys);
  });

  test('that commit to one table all succeed, and nothing is lost', async () => {
    const folder = await makeTestFolder();
    const commitsEach = 6;
    const processes = names(8).map((name) => startLakeProcess('commit', folder, name));
    await Promise.all(processes.map((each) => each.next()));
    for (const each of processes) each.send(commitsEach);
    const added = (await Promise.all(processes.map((each) => each.next()))) as string[][];

    const table = openTable(await openFolderStore(folder), SAMPLE_SCHEMA);
    const snapshot = await table.snapshot();
    expect(snapshot.version).toBe(8 * commitsEach - 1);
    expect(pathsOf(snapshot).sort()).toEqual(added.flat().sort());
    for (const paths of added) {
      expect(pathsOf(snapshot).filter((path) => paths.includes(path))).toEqual(paths);
    }
    const history = await collect(table.history());
    expect(new Set(history.map(({ info }) => `${info.name} ${info.number}`)).size).toBe(8 * commitsEach);
    expect(pathsOf(await table.snapshot({ version: 9 }))).toEqual(pathsOf(snapshot).slice(0, 10));
  });

  test('that are killed leave whole objects and every commit that they told of', async () => {
    const folder = await makeTestFolder();
    const told: unknown[] = [];
    for (const name of names(4)) {
      const churner = startLakeProcess('churn', folder, name);
      await churner.next();
      await churner.next().then((path) => told.push(path));
      await setTimeout(20 + Math.random() * 150);
      await churner.kill();
      told.push(...churner.unread);
    }
    const store = await openFolderStore(folder);
    const table = openTable(store, SAMPLE_SCHEMA);
    const paths = pathsOf(await table.snapshot());
    expect(paths).toEqual(expect.arrayContaining(told));
    // At most the last commit of each process was made and not told.
    expect(paths.length).toBeLessThanOrEqual(told.length + 4);
    await store.localPaths(paths.map((path) => table.dataKey({ path })));
    const same = await store.read('same');
    expect(same).toHaveLength(300_000);
    expect(new Set(same).size).toBe(1);
    expect(await commitFiles(store, table, [makeFile(table, 'x')])).toBe(paths.length);
  });
});
