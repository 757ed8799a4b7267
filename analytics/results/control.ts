import { ContractError } from '../errors.ts';
import { COST_BASES } from '../vocabulary.ts';
import { buildTable, type ColumnTable, type RawTable, type RawValue } from './column-table.ts';
import { type Decimals, formatDecimal, getScaled } from './decimals.ts';
import { groupRows, sumDecimals } from './grouping.ts';
import type { ControlTotal, Manifest } from './manifest.ts';
import { STAGES, TABLES } from './tables.ts';

const DEFINITION = TABLES.reconciliation;
/** Stages that must carry the same amounts and, up to the models, the same rows. */
const LATER_STAGES = STAGES.filter((stage) => stage !== 'source' && stage !== 'quarantined');

/**
 * The reconciliation table of a run: its control totals, with the published stage counted anew from the costs as they
 * were written. A key that only the published costs have joins with zeros in the stages before.
 */
export function reconcilePublished(raw: RawTable, costs: ColumnTable): ColumnTable {
  const measures = DEFINITION.measures.map(({ name }) => name);
  const isCountedHere = (name: string) => name.startsWith('published_') || name === 'unreconciled_count';
  const given = raw.columns.source?.length ?? 0;
  const published = groupRows(costs, DEFINITION.dimensions, { start: 0, end: costs.rowCount });
  const columns: Record<string, RawValue[]> = {};
  for (const name of DEFINITION.dimensions) {
    const { values, codes } = costs.texts[name] as { values: readonly string[]; codes: Int32Array };
    const texts = Array.from(published.firstRows, (row) => values[codes[row] as number] as string);
    columns[name] = [...(raw.columns[name] ?? fail(name)), ...texts];
  }
  for (const name of measures) {
    const before = isCountedHere(name) ? Array<RawValue>(given).fill(0n) : (raw.columns[name] ?? fail(name));
    columns[name] = [...before, ...Array<RawValue>(published.count).fill(0n)];
  }
  for (const basis of COST_BASES) {
    const source = costs.decimals[`${basis}_cost`] as Decimals;
    const sums = sumDecimals(published, source, { start: 0, end: costs.rowCount });
    const column = columns[`published_${basis}_cost`] as RawValue[];
    for (let group = 0; group < published.count; group += 1) column[given + group] = getScaled(sums, group);
  }
  const table = buildTable(DEFINITION, { name: 'reconciliation', columns });
  const unreconciled = Float64Array.from({ length: table.rowCount }, (_, row) =>
    Number(!isReconciled(table, row)),
  );
  return { ...table, counts: { ...table.counts, unreconciled_count: unreconciled } };
}

/** The manifest's control totals: what was published for each currency, and whether every key reconciles. */
export function summariseControl(reconciliation: ColumnTable): Manifest['control'] {
  const range = { start: 0, end: reconciliation.rowCount };
  const currencies = groupRows(reconciliation, ['billing_currency'], range);
  const { values, codes } = reconciliation.texts.billing_currency as {
    values: readonly string[];
    codes: Int32Array;
  };
  const totals = Array.from(currencies.firstRows, (row, group): ControlTotal => {
    const cost = (basis: string) =>
      formatDecimal(
        sumDecimals(currencies, reconciliation.decimals[`published_${basis}_cost`] as Decimals, range),
        group,
      );
    const rowCounts = reconciliation.counts.modelled_row_count as Float64Array;
    return {
      billing_currency: values[codes[row] as number] as string,
      row_count: rowCounts.reduce((sum, count, i) => sum + (currencies.slots[i] === group ? count : 0), 0),
      billed_cost: cost('billed'),
      effective_cost: cost('effective'),
      list_cost: cost('list'),
      contracted_cost: cost('contracted'),
    };
  });
  const unreconciled = (reconciliation.counts.unreconciled_count as Float64Array).reduce(
    (sum, n) => sum + n,
    0,
  );
  return { is_reconciled: unreconciled === 0, totals, unreconciled };
}

function isReconciled(table: ColumnTable, row: number): boolean {
  const count = (stage: string) => table.counts[`${stage}_row_count`]?.[row] as number;
  const wantedCount = count('source') - count('quarantined');
  const areCountsEqual = LATER_STAGES.every((stage) => stage === 'published' || count(stage) === wantedCount);
  return (
    areCountsEqual &&
    COST_BASES.every((basis) => {
      const amount = (stage: string) => getScaled(table.decimals[`${stage}_${basis}_cost`] as Decimals, row);
      const wanted = amount('source') - amount('quarantined');
      return LATER_STAGES.every((stage) => amount(stage) === wanted);
    })
  );
}

function fail(column: string): never {
  throw new ContractError(`result table reconciliation: ${column}: no such column`);
}
