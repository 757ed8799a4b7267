import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Engine, openDuckdb } from '../../analytics/engine/duckdb.ts';
import { importPath } from '../../analytics/jobs/import.ts';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import { CHARGES, QUARANTINE } from '../../analytics/lake/tables.ts';
import { curRow, focusRow, putDelivery, putFile, type Row, readTable, toCsv } from '../support/cost-files.ts';
import { makeTestFolder } from '../support/lake-folder.ts';
import { describeLake } from '../support/lake-state.ts';

it('the lake does not depend on the order of imports or on repetition', async () => {
  const delivery = fc.record({
    period: fc.constantFrom('2026-09', '2026-10'),
    day: fc.integer({ min: 1, max: 4 }),
    costs: fc.array(fc.constantFrom('1', '2', '3.5', '?'), { maxLength: 3 }),
  });
  const plan = fc.array(delivery, { minLength: 1, maxLength: 4 }).chain((deliveries) =>
    fc.record({
      deliveries: fc.constant(deliveries),
      order: fc.array(fc.nat(deliveries.length - 1), { maxLength: 3 }),
      shuffled: fc.shuffledSubarray([...deliveries.keys()], { minLength: deliveries.length }),
    }),
  );
  await fc.assert(
    fc.asyncProperty(plan, async ({ deliveries, order, shuffled }) => {
      const folders = await Promise.all(
        deliveries.map(async ({ period, day, costs }) => {
          const folder = await makeTestFolder();
          const rows = costs.map((BilledCost) =>
            focusRow({ BilledCost, BillingPeriodStart: `${period}-01`, BillingPeriodEnd: '' }),
          );
          const text = rows.length > 0 ? toCsv(rows) : `${Object.keys(focusRow()).join(',')}\n`;
          await putDelivery(folder, {
            period,
            deliveredAt: `2026-11-0${day}T00:00:00.000Z`,
            files: { 'a.csv': text },
          });
          return folder;
        }),
      );
      const build = async (indexes: readonly number[]) => {
        const store = await openFolderStore(await makeTestFolder());
        for (const index of indexes)
          await importPath({ store, path: folders[index] ?? '', quarantineLimitRatio: 1 });
        return describeLake(store);
      };
      expect(await build([...order, ...shuffled])).toEqual(await build([...deliveries.keys()]));
    }),
    { numRuns: 6 },
  );
}, 300_000);

const amount = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -(10 ** 9), max: 10 ** 9 }).map((value) => `${value}e-6`) },
  { weight: 2, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom('', 'NULL', 'abc', '1,5', 'NaN', '1e99', ' 7 ') },
);
const date = fc.constantFrom('2026-10-01', '2026-10-01T00:00:00Z', '10/1/2026', '2026-09-01', '', 'x');

it('every row and every cent of the source is loaded or set aside', async () => {
  const focus: fc.Arbitrary<Row> = fc
    .record({
      BilledCost: amount,
      EffectiveCost: amount,
      ListCost: amount,
      ContractedCost: amount,
      BillingPeriodStart: date,
      ChargePeriodStart: date,
      ChargeCategory: fc.constantFrom('Usage', 'tax', 'Credit', 'Gift', ''),
      BillingCurrency: fc.constantFrom('USD', 'EUR', ''),
      BillingAccountId: fc.constantFrom('0001', '2', ''),
      ProviderName: fc.constantFrom('AWS', 'Oracle', ''),
      Tags: fc.oneof(fc.json({ maxDepth: 1 }), fc.string(), fc.constant('{"a":"b"}')),
      ChargeDescription: fc.string({ unit: 'grapheme' }),
    })
    .map(focusRow);
  const cur: fc.Arbitrary<Row> = fc
    .record({
      'lineItem/UnblendedCost': amount,
      'lineItem/LineItemType': fc.constantFrom(
        'Usage',
        'RIFee',
        'SavingsPlanCoveredUsage',
        'Refund',
        'What',
        '',
      ),
      'savingsPlan/SavingsPlanEffectiveCost': amount,
      'pricing/publicOnDemandCost': amount,
      'bill/BillingPeriodStartDate': date,
    })
    .map(curRow);
  const rows = fc.oneof(...[focus, cur].map((row) => fc.array(row, { minLength: 1, maxLength: 12 })));
  await fc.assert(
    fc.asyncProperty(rows, async (given) => {
      // One row that is surely understood gives the file a period.
      const isCur = 'lineItem/UnblendedCost' in (given[0] ?? {});
      const all = [...given, isCur ? curRow() : focusRow()];
      const folder = await makeTestFolder();
      await putFile(folder, 'bill.csv', toCsv(all));
      const store = await openFolderStore(await makeTestFolder());
      const { controlTotals, deliveries } = await importPath({
        store,
        path: folder,
        sourceName: 's',
        quarantineLimitRatio: 1,
      });
      const engine = await openSumEngine();
      const sum = async (
        stage: string,
        name: 'billedCost' | 'effectiveCost' | 'listCost' | 'contractedCost',
      ) => {
        const values = controlTotals
          .filter((total) => total.stage === stage)
          .map((total) => `${total[name]}::decimal(38, 12)`);
        const [row] = await engine.query(
          `select list_sum([${['0::decimal(38, 12)', ...values].join(', ')}]) as total`,
        );
        return BigInt(String(row?.total).replace('.', ''));
      };
      const count = (stage: string) =>
        controlTotals
          .filter((total) => total.stage === stage)
          .reduce((rows, { rowCount }) => rows + rowCount, 0);
      expect(count('source')).toBe(all.length);
      expect(count('loaded') + count('quarantined')).toBe(all.length);
      expect(deliveries.reduce((rows, { rowCount }) => rows + rowCount, 0)).toBe(count('loaded'));
      expect(await readTable(store, CHARGES)).toHaveLength(count('loaded'));
      expect(await readTable(store, QUARANTINE)).toHaveLength(count('quarantined'));
      for (const name of ['billedCost', 'effectiveCost', 'listCost', 'contractedCost'] as const) {
        expect((await sum('loaded', name)) + (await sum('quarantined', name))).toBe(
          await sum('source', name),
        );
      }
    }),
    { numRuns: 15 },
  );
}, 300_000);

let sumEngine: Engine | undefined;
async function openSumEngine(): Promise<Engine> {
  sumEngine ??= await openDuckdb({ tempFolder: await makeTestFolder() });
  return sumEngine;
}
