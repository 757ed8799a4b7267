import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Budget } from './budgets.ts';
import type { Window } from './calendar.ts';
import type { DriverVolume } from './drivers.ts';
import { headroomYaml } from './headroom-yaml.ts';

/** Writes headroom.yml and fx.csv, and drivers.csv and budgets.csv as given. */
export async function writeConfiguration(
  folder: string,
  window: Window,
  tables: { volumes: readonly DriverVolume[]; budgets: readonly Budget[] },
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'headroom.yml'), headroomYaml(window));
  await writeFile(
    join(folder, 'drivers.csv'),
    toCsv(tables.volumes, [
      'date',
      'driver',
      'volume',
      'unit',
      'team',
      'service',
      'environment',
      'cost_center',
    ]),
  );
  await writeFile(
    join(folder, 'budgets.csv'),
    toCsv(tables.budgets, [
      'version',
      'month',
      'cost_center',
      'team',
      'service',
      'environment',
      'tier',
      'owner',
      'amount',
      'currency',
      'driver',
      'planned_volume',
    ]),
  );
  await writeFile(
    join(folder, 'fx.csv'),
    toCsv(fxRates(window), ['month', 'from_currency', 'to_currency', 'rate', 'kind']),
  );
}

function fxRates({ months }: Window) {
  const rates = [
    { from_currency: 'EUR', budget: 1.1, step: 0.004 },
    { from_currency: 'GBP', budget: 1.28, step: -0.003 },
  ];
  return months.flatMap(({ billingPeriod }, index) =>
    rates.flatMap(({ from_currency, budget, step }) => {
      const row = { month: billingPeriod, from_currency, to_currency: 'USD' };
      return [
        { ...row, rate: budget.toFixed(4), kind: 'budget' },
        { ...row, rate: (budget + step * (index % 6)).toFixed(4), kind: 'actual' },
      ];
    }),
  );
}

/** Values of the demo need no quotes. */
function toCsv<Row extends object>(rows: readonly Row[], columns: (keyof Row & string)[]): string {
  return `${[columns.join(','), ...rows.map((row) => columns.map((column) => row[column]).join(','))].join('\n')}\n`;
}
