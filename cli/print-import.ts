import { formatScaled, parseScaled } from '../analytics/decimal-text.ts';
import type { ImportReport } from '../analytics/jobs/import.ts';
import { formatAmount, formatTable } from './print-table.ts';

/** What an import did: each delivery, then the control totals as loaded. */
export function printImport(report: ImportReport): void {
  const { deliveries, controlTotals, warnings } = report;
  process.stdout.write(
    formatTable(
      ['source', 'period', 'kind', 'outcome', 'files', 'rows', 'set aside', 'final'].map((title, index) => ({
        title,
        isNumber: index >= 4 && index <= 6,
      })),
      deliveries.map((delivery) => [
        delivery.source,
        delivery.billingPeriod,
        delivery.kind,
        delivery.outcome,
        String(delivery.files),
        String(delivery.rowCount),
        String(delivery.quarantinedCount),
        delivery.isFinal ? 'yes' : 'no',
      ]),
    ),
  );
  printControlTotals(controlTotals);
  for (const warning of warnings) process.stdout.write(`warning: ${warning}\n`);
}

const COSTS = ['billedCost', 'effectiveCost', 'listCost', 'contractedCost'] as const;

/** What is in the lake now for the deliveries of this import, by source, period and currency. */
function printControlTotals(totals: ImportReport['controlTotals']): void {
  // Invoices alone have none.
  if (totals.length === 0) return;
  const groups = new Map<string, { rows: number; sums: bigint[] }>();
  for (const total of totals.filter(({ stage }) => stage === 'loaded')) {
    const key = JSON.stringify([total.source, total.billingPeriod, total.billingCurrency]);
    const group = groups.get(key) ?? { rows: 0, sums: COSTS.map(() => 0n) };
    groups.set(key, group);
    group.rows += total.rowCount;
    for (const [index, cost] of COSTS.entries())
      group.sums[index] = (group.sums[index] ?? 0n) + parseScaled(total[cost]);
  }
  const columns = ['source', 'period', 'currency', 'rows', 'billed', 'effective', 'list', 'contracted'];
  process.stdout.write('\ncontrol totals, equal to those of the delivered files:\n');
  process.stdout.write(
    formatTable(
      columns.map((title, index) => ({ title, isNumber: index >= 3 })),
      [...groups]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, { rows, sums }]) => [
          ...(JSON.parse(key) as string[]),
          String(rows),
          ...sums.map((sum) => formatAmount(formatScaled(sum))),
        ]),
    ),
  );
}
