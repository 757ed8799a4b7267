import { formatScaled, parseScaled } from '../../decimal-text.ts';
import { createRelation } from '../../engine/relation.ts';
import { BRIDGE_PARTS } from '../../results/tables.ts';
import { type Driver, describeDriver } from '../describe-driver.ts';
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
  sentence: 'VARCHAR',
  parts: 'VARCHAR',
  group_count: 'BIGINT',
};

/** Says in words what moved each month. */
export const varianceDrivers: Step = {
  name: 'variance_drivers',
  inputs: ['bridge_drivers'],
  outputs: { variance_drivers: OUTPUT },
  async run({ engine, scratchFolder }) {
    const rows = (await engine.query('select * from bridge_drivers order by all')).map(tell);
    await createRelation(engine, scratchFolder, 'variance_drivers', OUTPUT, rows);
  },
};

function tell(row: Record<string, unknown>) {
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
    change_ratio: base === 0 ? null : Number(common.change_cost) / base,
    sentence: describeDriver(driver),
    parts: JSON.stringify(parts),
  };
}
