import type { Engine } from '../engine/duckdb.ts';
import { quoteText } from '../engine/duckdb.ts';
import { ContractError } from '../errors.ts';
import {
  listPaths,
  SOURCE_COUNTS,
  TOTAL_COSTS,
  TOTAL_KEYS,
  TOTALS,
} from '../sources/data-export/count-rows.ts';
import { SET_ASIDE } from '../sources/data-export/quarantine.ts';
import type { Delivery } from './delivery.ts';

/** What one delivery adds up to at one stage, for one of its accounts, currencies and charge categories. Amounts are
 * decimals as text; a name that the bill does not give is null. */
export type ControlTotal = {
  deliveryId: string;
  source: string;
  billingPeriod: string;
  /** source: counted in the delivered files; loaded: in charges; quarantined: set aside. */
  stage: 'source' | 'loaded' | 'quarantined';
  providerName: string | null;
  billingAccountId: string | null;
  billingCurrency: string | null;
  chargeCategory: string | null;
  rowCount: number;
  billedCost: string;
  effectiveCost: string;
  listCost: string;
  contractedCost: string;
};

/** The delivery's control totals, as the table has them without its partition columns. */
export const DELIVERY_TOTALS = 'delivery_totals';

/**
 * Adds up a delivery at each stage into the temporary table DELIVERY_TOTALS.
 *
 * @param loaded SQL of the relation that was written.
 * @throws ContractError where rows or an amount of the source are neither loaded nor set aside.
 */
export async function addUpDelivery(engine: Engine, delivery: Delivery, loaded: string): Promise<void> {
  const keys = TOTAL_KEYS.join(', ');
  const sums = TOTAL_COSTS.map(
    (name) => `cast(coalesce(sum(${name}), 0) as decimal(38, 12)) as ${name}`,
  ).join(', ');
  const setAside = TOTAL_COSTS.map((name) => `total_${name} as ${name}`).join(', ');
  await engine.run(`create or replace temp table ${DELIVERY_TOTALS} as
    select ${quoteText(delivery.deliveryId)} as delivery_id, stage, ${keys}, cast(sum(row_count) as bigint) as row_count, ${sums}
    from (
      select 'source' as stage, ${keys}, row_count, ${TOTAL_COSTS.join(', ')} from ${SOURCE_COUNTS}
        where billing_period = ${quoteText(delivery.billingPeriod)} and parquet_path in (${listPaths(delivery.files)})
      union all select 'loaded', * from (select ${TOTALS} from ${loaded} group by all)
      union all select 'quarantined', ${keys}, 1, ${TOTAL_COSTS.join(', ')}
        from (select ${keys}, ${setAside} from ${SET_ASIDE})
    ) group by all`);
  const differences = ['row_count', ...TOTAL_COSTS].map(
    (name) => `sum(case stage when 'source' then ${name} else -${name} end) as ${name}`,
  );
  const rows = await engine.query(`select * from (
      select ${keys}, ${differences.join(', ')} from ${DELIVERY_TOTALS} group by all)
    where ${['row_count', ...TOTAL_COSTS].map((name) => `${name} <> 0`).join(' or ')} limit 5`);
  if (rows.length > 0) {
    throw new ContractError(
      `${delivery.source} ${delivery.billingPeriod}: what was loaded and set aside is not what was delivered; nothing was committed`,
      rows,
    );
  }
}

/** A row of the control_totals table. */
export function toControlTotal(row: Record<string, unknown>): ControlTotal {
  const text = (name: string) => (row[name] === null ? null : String(row[name]));
  return {
    deliveryId: String(row.delivery_id),
    source: String(row.source),
    billingPeriod: String(row.billing_period),
    stage: row.stage as ControlTotal['stage'],
    providerName: text('provider_name'),
    billingAccountId: text('billing_account_id'),
    billingCurrency: text('billing_currency'),
    chargeCategory: text('charge_category'),
    rowCount: Number(row.row_count),
    billedCost: String(row.billed_cost),
    effectiveCost: String(row.effective_cost),
    listCost: String(row.list_cost),
    contractedCost: String(row.contracted_cost),
  };
}
