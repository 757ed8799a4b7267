import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { limitConcurrency, mapLimited } from '../../analytics/lake/s3-limit.ts';

const numbers = Array.from({ length: 40 }, (_, index) => index);

test('limitConcurrency runs as many as it may, all of them, also after failures', async () => {
  const limit = limitConcurrency(3);
  let running = 0;
  let most = 0;
  const act = (index: number) =>
    limit(async () => {
      running += 1;
      most = Math.max(most, running);
      await setTimeout(Math.random() * 5);
      running -= 1;
      if (index % 4 === 0) throw new Error(`failure ${index}`);
    });
  const results = await Promise.allSettled(numbers.map(act));
  expect(most).toBe(3);
  expect(running).toBe(0);
  for (const [index, result] of results.entries()) {
    expect(result.status).toBe(index % 4 === 0 ? 'rejected' : 'fulfilled');
  }
});

test('mapLimited keeps the order of the items', async () => {
  const results = await mapLimited(numbers, limitConcurrency(7), async (number) => {
    await setTimeout(Math.random() * 5);
    return number * 2;
  });
  expect(results).toEqual(numbers.map((number) => number * 2));
});

test('mapLimited begins no more after a failure, and throws when none is under way', async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const map = mapLimited(numbers, limitConcurrency(4), async (number) => {
    begun.push(number);
    await setTimeout(number === 5 ? 5 : 30);
    if (number === 5) throw new Error('failure 5');
    ended.push(number);
  });
  await expect(map).rejects.toThrow('failure 5');
  expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(ended.toSorted()).toEqual([0, 1, 2, 3, 4, 6, 7]);
});
