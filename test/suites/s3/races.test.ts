import { randomUUID } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { openTable } from '../../../analytics/lake/delta-table.ts';
import { makeTestFolder } from '../../support/lake-folder.ts';
import { collect, listKeys, pathsOf, SAMPLE_SCHEMA } from '../../support/lake-samples.ts';
import { type Fault, startFaultProxy } from '../../support/s3-fault-proxy.ts';
import { raceProcesses } from '../../support/s3-processes.ts';
import { describeServers } from './setup.ts';

const names = (count: number) => Array.from({ length: count }, (_, index) => `p${index}`);

describeServers('many processes', (bucket) => {
  const place = () => {
    const prefix = `races/${randomUUID()}`;
    return { prefix, location: `s3://${bucket.bucket}/${prefix}` };
  };

  test('20 that race for each key leave one winner, whose bytes stay', async () => {
    const { prefix, location } = place();
    const keys = names(10).map((name) => `log/${name}`);
    const cacheFolder = await makeTestFolder();
    const { endpoint } = bucket;
    const wins = await raceProcesses('create', {
      location,
      endpoint,
      cacheFolder,
      names: names(20),
      argument: keys,
    });
    expect(wins.flat().sort()).toEqual(keys);
    const store = await bucket.openStore({ prefix });
    for (const [index, won] of wins.entries()) {
      for (const key of won) expect(Buffer.from(await store.read(key)).toString()).toBe(`p${index}`);
    }
    expect(await listKeys(store)).toEqual(keys);
  });

  test('6 that commit to one table all succeed, and nothing is lost or made twice', async () => {
    const { prefix, location } = place();
    await commitAndCheck({ prefix, location, endpoint: bucket.endpoint });
  });

  test('6 that commit over a bad network all succeed, and nothing is lost or made twice', async () => {
    const { prefix, location } = place();
    const proxy = await startFaultProxy(bucket.endpoint);
    onTestFinished(() => proxy.stop());
    const faults: Fault[] = [
      { kind: 'answer', status: 503, code: 'SlowDown' },
      { kind: 'lose-answer' },
      { kind: 'cut', afterBytes: 20 },
      { kind: 'delay', ms: 200 },
    ];
    let request = 0;
    proxy.setRule(() => {
      request += 1;
      return request % 7 === 0 ? faults[(request / 7) % faults.length] : undefined;
    });
    await commitAndCheck({ prefix, location, endpoint: proxy.endpoint });
    expect(proxy.faults.length).toBeGreaterThan(20);
  });

  async function commitAndCheck({
    prefix,
    location,
    endpoint,
  }: Record<'prefix' | 'location' | 'endpoint', string>) {
    const cacheFolder = await makeTestFolder();
    const commitsEach = 5;
    const added = await raceProcesses('commit', {
      location,
      endpoint,
      cacheFolder,
      names: names(6),
      argument: commitsEach,
    });
    const table = openTable(await bucket.openStore({ prefix }), SAMPLE_SCHEMA);
    const snapshot = await table.snapshot();
    expect(snapshot.version).toBe(6 * commitsEach - 1);
    expect(pathsOf(snapshot).sort()).toEqual(added.flat().sort());
    const history = await collect(table.history());
    expect(new Set(history.map(({ info }) => `${info.name} ${info.number}`)).size).toBe(6 * commitsEach);
  }
});
