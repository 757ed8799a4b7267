import { ALLOCATION_DIMENSIONS } from '../vocabulary.ts';
import { type Cells, need, needDecimal, problem, readCurrency, readLines, readScope } from './cells.ts';
import { type CsvFile, requireColumns } from './csv-file.ts';
import { listPhasedMonths, PHASINGS, phaseAmount, readWeights } from './phase-budget.ts';
import type { Configuration } from './schema.ts';
import type { BudgetRow } from './tables.ts';

/**
 * A line of several months (`2026-01..2026-12`) is phased into one of each.
 *
 * @throws InputError with file, line and column of every bad line.
 */
export function parseBudgets(csv: CsvFile, configuration: Configuration): BudgetRow[] {
  requireColumns(
    csv,
    ['month', 'amount'],
    ['version', 'currency', 'driver', 'planned_volume', 'phasing', ...ALLOCATION_DIMENSIONS],
  );
  const lines = new Map<string, string>();
  return readLines(csv, (cells) => {
    const rows = phaseBudget(cells, readBudget(cells, configuration));
    for (const row of rows) {
      const key = JSON.stringify([
        row.version,
        row.month,
        row.currency,
        ...ALLOCATION_DIMENSIONS.map((name) => row[name]),
      ]);
      const earlier = lines.get(key);
      if (earlier) {
        throw problem(
          cells,
          'amount',
          `the same scope stands at ${earlier}${rows.length > 1 ? ` for ${row.month}` : ''}`,
          'keep one of the two lines, or give them versions',
        );
      }
      lines.set(key, cells.where);
    }
    return rows;
  }).flat();
}

function readBudget(cells: Cells, configuration: Configuration): Omit<BudgetRow, 'month'> {
  const driver = cells.get('driver');
  const row = {
    version: cells.get('version') ?? 'original',
    ...readScope(cells),
    amount: needDecimal(cells, 'amount'),
    currency: readCurrency(cells) ?? configuration.reporting_currency,
    driver,
    planned_volume: driver ? needDecimal(cells, 'planned_volume') : null,
  };
  if (driver && !(driver in configuration.drivers)) {
    throw problem(cells, 'driver', `'${driver}' is not named under drivers in headroom.yml`, 'name it there');
  }
  if (row.planned_volume !== null && Number(row.planned_volume) <= 0) {
    throw problem(
      cells,
      'planned_volume',
      'must be above 0',
      'leave driver and planned_volume empty for a fixed budget',
    );
  }
  return row;
}

function phaseBudget(cells: Cells, row: Omit<BudgetRow, 'month'>): BudgetRow[] {
  const text = need(cells, 'month');
  const months = listPhasedMonths(text);
  if (!months) {
    throw problem(
      cells,
      'month',
      `'${text}' is not a month`,
      'write it as 2026-10, or as 2026-01..2026-12 for an amount to be phased',
    );
  }
  const phasing = cells.get('phasing') ?? 'even';
  const weights = readWeights(phasing, months);
  if (!weights) {
    throw problem(
      cells,
      'phasing',
      `'${phasing}' does not phase ${months.length} months`,
      `write ${PHASINGS.join(', ')}, or a weight for each month with slashes between`,
    );
  }
  const amounts = phaseAmount(row.amount, weights);
  const volumes = row.planned_volume === null ? [] : phaseAmount(row.planned_volume, weights, 1n);
  return months.flatMap((month, index) => {
    const amount = months.length === 1 ? row.amount : (amounts[index] ?? '0');
    const planned_volume = months.length === 1 ? row.planned_volume : (volumes[index] ?? null);
    if (planned_volume === '0') {
      throw problem(cells, 'phasing', `gives ${month} no volume of its driver`, 'give it a weight above 0');
    }
    return [{ ...row, month, amount, planned_volume }];
  });
}
