import { formatScaled, parseScaled } from '../../decimal-text.ts';
import type { Engine } from '../../engine/duckdb.ts';
import { createRelation } from '../../engine/relation.ts';
import { groupBy } from '../../group-by.ts';
import { BRIDGE_PARTS } from '../../results/tables.ts';
import { listDays, startOfMonth } from '../../sources/days.ts';
import { type Driver, describeDriver } from '../describe-driver.ts';
import { findQuantityChange } from '../find-quantity-change.ts';
import type { Step } from '../step.ts';

/** The rank that bridge_drivers gives to what is not among the largest. */
export const REMAINDER_RANK = 51;
const NAMES = ['service_name', 'service', 'team', 'cost_center', 'owner', 'sub_account_id'] as const;

const OUTPUT = {
  driver_id: 'VARCHAR',
  billing_period: 'VARCHAR',
  comparison: 'VARCHAR',
  base_period: 'VARCHAR',
  driver_rank: 'BIGINT',
  ...Object.fromEntries(NAMES.map((name) => [name, 'VARCHAR'])),
  billing_currency: 'VARCHAR',
  base_cost: 'DECIMAL(38,12)',
  change_cost: 'DECIMAL(38,12)',
  actual_cost: 'DECIMAL(38,12)',
  change_ratio: 'DOUBLE',
  changed_on: 'DATE',
  changed_until: 'DATE',
  changed_ratio: 'DOUBLE',
  forecast_as_of_date: 'DATE',
  forecast_kind: 'VARCHAR',
  sentence: 'VARCHAR',
  parts: 'VARCHAR',
  group_count: 'BIGINT',
};

/** Says in words what moved each month. */
export const varianceDrivers: Step = {
  name: 'variance_drivers',
  inputs: ['bridge_drivers', 'bridge_driver_days'],
  outputs: { variance_drivers: OUTPUT },
  async run({ engine, scratchFolder }) {
    const changes = await readChanges(engine);
    const rows = (await engine.query('select * from bridge_drivers order by all')).map((row) =>
      tell(row, changes.get(keyOf(row))),
    );
    await createRelation(engine, scratchFolder, 'variance_drivers', OUTPUT, rows);
  },
};

type Change = { changed_on: string; changed_until: string | null; changed_ratio: number | null };
const NO_CHANGE = { changed_on: null, changed_until: null, changed_ratio: null };

const keyOf = (row: Record<string, unknown>) =>
  JSON.stringify([row.billing_period, row.comparison, row.billing_currency, row.driver_rank]);

/** When each driver's quantity went to another level or was apart for a few days, where that is clear. */
async function readChanges(engine: Engine): Promise<Map<string, Change>> {
  const rows = await engine.query('select * from bridge_driver_days order by all');
  const changes = new Map<string, Change>();
  for (const [key, own] of groupBy(rows, keyOf)) {
    const month = `${own[0]?.billing_period}-01`;
    const days = listDays(startOfMonth(month, -1), startOfMonth(month, 1));
    const quantities = new Map(own.map((row) => [row.charge_date, Number(row.consumed_quantity)]));
    const change = findQuantityChange(days.map((day) => quantities.get(day) ?? 0));
    if (change === undefined) continue;
    const { from, to, ratio } = change;
    changes.set(key, {
      changed_on: days[from] as string,
      changed_until: to < days.length ? (days[to - 1] as string) : null,
      changed_ratio: Number.isFinite(ratio) ? Number(ratio.toFixed(6)) : null,
    });
  }
  return changes;
}

function tell(row: Record<string, unknown>, changed: Change | undefined) {
  const text = (name: string) => String(row[name]);
  const rank = Number(row.driver_rank);
  const change = parseScaled(text('actual_cost')) - parseScaled(text('base_cost'));
  const parts = Object.fromEntries(
    BRIDGE_PARTS.map(({ name }) => [name, formatScaled(parseScaled(text(`${name}_cost`)))] as const).filter(
      ([, amount]) => amount !== '0',
    ),
  );
  const base = Number(row.base_cost);
  const names = Object.fromEntries(NAMES.map((name) => [name, text(name)]));
  const common = {
    ...names,
    comparison: text('comparison'),
    billing_currency: text('billing_currency'),
    change_cost: formatScaled(change),
    group_count: Number(row.group_count),
    ...(changed ?? NO_CHANGE),
    forecast_as_of_date: row.forecast_as_of_date as string | null,
    forecast_kind: row.forecast_kind as string | null,
  };
  const driver = { ...row, ...common, parts, is_remainder: rank === REMAINDER_RANK } as unknown as Driver;
  return {
    driver_id: [
      text('billing_period'),
      common.comparison,
      common.billing_currency,
      String(rank).padStart(2, '0'),
    ].join('-'),
    billing_period: text('billing_period'),
    base_period: text('base_period'),
    driver_rank: rank,
    ...common,
    base_cost: text('base_cost'),
    actual_cost: text('actual_cost'),
    change_ratio: base <= 0 ? null : Number(common.change_cost) / base,
    sentence: describeDriver(driver),
    parts: JSON.stringify(parts),
  };
}
