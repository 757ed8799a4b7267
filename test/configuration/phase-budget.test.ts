import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseBudgets } from '../../analytics/configuration/budget-table.ts';
import { parseCsv } from '../../analytics/configuration/csv-file.ts';
import { parseConfiguration } from '../../analytics/configuration/load-configuration.ts';
import { phaseAmount } from '../../analytics/configuration/phase-budget.ts';
import { formatScaled, parseScaled, SCALE } from '../../analytics/decimal-text.ts';
import { InputError } from '../../analytics/errors.ts';

const CONFIGURATION = parseConfiguration('version: 1\ndrivers:\n  orders: { unit: order }\n');
const parse = (text: string) => parseBudgets(parseCsv(text, 'budgets.csv'), CONFIGURATION);

it('parts add up to the total, follow the weights to the cent, and the cents do not pile up', () => {
  const amount = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n });
  const weights = fc
    .array(fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 1000n })), { minLength: 1, maxLength: 24 })
    .filter((each) => each.some((weight) => weight > 0n));
  fc.assert(
    fc.property(amount, weights, (total, each) => {
      const parts = phaseAmount(formatScaled(total), each).map(parseScaled);
      const sum = each.reduce((a, b) => a + b, 0n);
      expect(parts.reduce((a, b) => a + b, 0n)).toBe(total);
      expect(parts.filter((_, index) => each[index] === 0n).every((part) => part === 0n)).toBe(true);
      let upTo = 0n;
      let weight = 0n;
      for (const [index, part] of parts.entries()) {
        upTo += part;
        weight += each[index] as bigint;
        const off = upTo * sum - total * weight;
        expect(off < 0n ? -off : off).toBeLessThan((SCALE / 100n) * sum);
      }
    }),
  );
});

it('a line of several months is phased evenly, by days or by weights, and so is its volume', () => {
  const rows = parse(
    `month,team,amount,phasing,driver,planned_volume
2026-01..2026-03,a,100,,,
2027-01..2027-03,a,90,days,,
2026-01..2026-04,b,1000,1/1/2/0,,
2026-01..2026-03,e,100.005,1/1/0,,
2026-02,c,10.5,,,
2026-01..2026-02,d,10,1 3,orders,400
`,
  );
  expect(
    rows.map(({ month, team, amount, planned_volume }) => [month, team, amount, planned_volume]),
  ).toEqual([
    ['2026-01', 'a', '33.33', null],
    ['2026-02', 'a', '33.33', null],
    ['2026-03', 'a', '33.34', null],
    ['2027-01', 'a', '31', null],
    ['2027-02', 'a', '28', null],
    ['2027-03', 'a', '31', null],
    ['2026-01', 'b', '250', null],
    ['2026-02', 'b', '250', null],
    ['2026-03', 'b', '500', null],
    ['2026-04', 'b', '0', null],
    ['2026-01', 'e', '50', null],
    ['2026-02', 'e', '50.005', null],
    ['2026-03', 'e', '0', null],
    ['2026-02', 'c', '10.5', null],
    ['2026-01', 'd', '2.5', '100'],
    ['2026-02', 'd', '7.5', '300'],
  ]);
});

it.each([
  ['2026-01..2026-03,1,1/2', /'1\/2' does not phase 3 months/],
  ['2026-01..2026-02,1,0/0', /does not phase/],
  ['2026-01..2026-02,1,last year', /does not phase/],
  ['2026-03..2026-01,1,', /is not a month/],
  ['2026,1,', /is not a month/],
  ['2026-01..2046-01,1,', /is not a month/],
])('%s is refused', (line, message) => {
  expect(() => parse(`month,amount,phasing\n${line}\n`)).toThrow(message);
});

it('a month of a phased line may not stand in another line', () => {
  expect(() => parse('month,amount\n2026-01..2026-12,1200\n2026-05,1\n')).toThrow(
    'the same scope stands at budgets.csv:2',
  );
});

it('every bad line is named, up to twenty', () => {
  const lines = Array.from(
    { length: 30 },
    (_, index) => `2026-10,${index % 2 === 0 ? 'x' : index},t${index}`,
  );
  let error: unknown;
  try {
    parse(`month,amount,team\n${lines.join('\n')}\n2026-13,1,\n`);
  } catch (reason) {
    error = reason;
  }
  expect(error).toBeInstanceOf(InputError);
  const { message, where } = error as InputError;
  expect(where).toBe('budgets.csv:2');
  expect(message).toContain('16 lines are wrong');
  expect(message).toContain('budgets.csv:4: amount:');
  expect(message).toContain("budgets.csv:32: month: '2026-13' is not a month");
  const many = Array.from({ length: 25 }, (_, index) => `2026-10,x,t${index}`).join('\n');
  expect(() => parse(`month,amount,team\n${many}\n`)).toThrow('and 5 more');
});
