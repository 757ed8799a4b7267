import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatScaled, parseScaled } from '../../analytics/decimal-text.ts';
import { type Answer, answerQuery } from '../../analytics/results/query.ts';
import type { ResultRequest } from '../../analytics/results/request.ts';
import { type GivenRow, givenManifest, givenSnapshot, givenTable } from './fixtures.ts';

const MONTHS = ['2026-08', '2026-09', '2026-10'];
const DIMENSIONS = ['billing_period', 'team', 'service', 'environment', 'cost_center', 'billing_currency'];

const name = fc.constantFrom('a', 'b', 'c');
const cost = fc.bigInt({ min: -(10n ** 19n), max: 10n ** 19n });
const row = fc.record({
  billing_period: fc.constantFrom(...MONTHS),
  team: name,
  service: name,
  environment: name,
  cost_center: name,
  billing_currency: fc.constantFrom('USD', 'EUR'),
  budget_cost: cost,
  effective_cost: cost,
  landing_effective_cost: cost,
  budget_currency_cost: cost,
  flexed_budget_cost: cost,
});
const rows = fc.array(row, { minLength: 1, maxLength: 40 });
const by = fc.uniqueArray(fc.constantFrom(...DIMENSIONS));
const month = fc.constantFrom('all', '2026-10', '2026-08..2026-09');

function ask(given: readonly GivenRow[], request: Partial<ResultRequest>): Promise<Answer> {
  const snapshot = givenSnapshot([givenTable('variance', given)], givenManifest(MONTHS));
  return answerQuery(snapshot, { result: 'variance', ...request });
}

function addUp(answer: Answer, column: string, currency: string): string {
  const cells = answer.rows
    .filter((one) => one.billing_currency === currency)
    .map((one) => parseScaled(String(one[column])));
  return formatScaled(cells.reduce((sum, value) => sum + value, 0n));
}

test('however it is grouped, the rows add up to the totals, and the totals to what was given', () =>
  fc.assert(
    fc.asyncProperty(rows, by, month, async (given, grouping, asked) => {
      const answer = await ask(given, { by: grouping, month: asked });
      const [from = '', to = from] = asked === 'all' ? ['2026-08', '2026-10'] : asked.split('..');
      for (const total of answer.control.totals) {
        const currency = String(total.billing_currency);
        const inputs = given.filter(
          (one) =>
            one.billing_currency === currency && one.billing_period >= from && one.billing_period <= to,
        );
        expect(total.actual_cost).toBe(
          formatScaled(inputs.reduce((sum, one) => sum + one.effective_cost, 0n)),
        );
        for (const [column, value] of Object.entries(total)) {
          if (column.endsWith('_cost')) expect(addUp(answer, column, currency)).toBe(value);
        }
      }
    }),
  ));

test('the order of the given rows does not matter', () => {
  const shuffled = rows.chain((given) =>
    fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length })),
  );
  return fc.assert(
    fc.asyncProperty(shuffled, by, month, async ([given, others], grouping, asked) => {
      const request = { by: grouping, month: asked };
      expect(await ask(others, request)).toEqual(await ask(given, request));
    }),
  );
});

test('the pages put together are the whole', () =>
  fc.assert(
    fc.asyncProperty(
      rows,
      by,
      fc.integer({ min: 1, max: 7 }),
      fc.constantFrom('-variance_cost', 'variance_ratio'),
      async (given, grouping, pageSize, sort) => {
        const whole = await ask(given, { by: grouping, month: 'all', sort });
        const pages = Math.max(1, Math.ceil(whole.rows.length / pageSize));
        const parts: Answer[] = [];
        for (let page = 1; page <= pages; page += 1) {
          parts.push(await ask(given, { by: grouping, month: 'all', sort, page, pageSize }));
        }
        expect(parts.flatMap((part) => part.rows)).toEqual(whole.rows);
        for (const part of parts) expect(part.control).toEqual(whole.control);
      },
    ),
  ));

test('the currency and the flexible budget split the variance exactly', () =>
  fc.assert(
    fc.asyncProperty(rows, by, async (given, grouping) => {
      for (const one of (await ask(given, { by: grouping, month: 'all' })).rows) {
        const amount = (column: string) => parseScaled(String(one[column]));
        const currency = amount('budget_currency_cost');
        expect(currency + amount('volume_variance_cost') + amount('rate_efficiency_variance_cost')).toBe(
          amount('variance_cost'),
        );
      }
    }),
  ));
