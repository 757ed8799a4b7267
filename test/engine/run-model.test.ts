import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { formatScaled, parseScaled, SCALE } from '../../analytics/decimal-text.ts';
import { type Engine, openDuckdb } from '../../analytics/engine/duckdb.ts';
import { prepareEngine } from '../../analytics/engine/run-model.ts';
import { divideScaled } from '../../analytics/results/decimals.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await openDuckdb({ tempFolder: tmpdir(), threads: 1 });
  await prepareEngine(engine);
});
afterAll(() => engine.close());

async function divide(pairs: readonly (readonly [bigint, bigint])[]) {
  const rows = pairs.map(
    ([cost, divisor], place) =>
      `(${place}, cast('${formatScaled(cost)}' as decimal(38,12)), cast('${formatScaled(divisor)}' as decimal(38,12)))`,
  );
  const answers = await engine.query(
    `select divide_cost(cost, divisor) as quotient from (values ${rows.join(', ')}) as given(place, cost, divisor) order by place`,
  );
  return answers.map(({ quotient }) => parseScaled(String(quotient)));
}

it('divides cost as published numbers are divided', async () => {
  const cost = fc.bigInt({ min: -(10n ** 27n), max: 10n ** 27n });
  const divisor = fc.oneof(
    fc.bigInt({ min: 1n, max: 1000n }).map((days) => days * SCALE),
    fc.bigInt({ min: 1000n, max: 10n ** 24n }),
  );
  const pairs = fc.array(fc.tuple(cost, divisor), { minLength: 1, maxLength: 50 });
  await fc.assert(
    fc.asyncProperty(pairs, async (given) => {
      expect(await divide(given)).toEqual(given.map(([a, b]) => divideScaled(a, b)));
    }),
    { numRuns: 40 },
  );
});

it('rounds half away from zero, and knows nothing of what is not known', async () => {
  expect(
    await divide([
      [1n, 2n * SCALE],
      [-1n, 2n * SCALE],
      [1n, 3n * SCALE],
      [-5n, 10n],
    ]),
  ).toEqual([1n, -1n, 0n, -SCALE / 2n]);
  expect(
    await engine.query(
      'select divide_cost(null, 0) as a, divide_cost(sum(x), count(x)) as b from (select cast(null as decimal(38,12)) as x)',
    ),
  ).toEqual([{ a: null, b: null }]);
});
