import { parseScaled } from '../decimal-text.ts';
import { formatMoney } from '../money-text.ts';
import { BRIDGE_PARTS } from '../results/tables.ts';

/** What moved the cost of a product and an owner. Amounts and quantities are decimal text, coverage is a share. */
export type Driver = {
  comparison: string;
  service_name: string;
  service: string;
  team: string;
  cost_center: string;
  sub_account_id: string;
  billing_currency: string;
  change_cost: string;
  /** The parts of the change by the bridge's names. */
  parts: Readonly<Record<string, string>>;
  /** How many products and owners the row stands for. */
  group_count: number;
  is_remainder: boolean;
  consumed_unit: string | null;
  base_quantity: string | null;
  actual_quantity: string | null;
  base_coverage_ratio: number | null;
  actual_coverage_ratio: number | null;
};

const NAMED_PARTS = 3;
/** A part below this share of all that moved is not worth words. */
const LEAST_SHARE = 0.05;
const LEAST_COVERAGE_CHANGE = 0.005;
const WORDS: Readonly<Record<string, string>> = {
  currency: 'exchange rates of the budget',
  driver_volume: "volume of the budget's driver",
  plan_gap: 'what the plan left out of the run rate',
  mix: 'mix of meters',
  price: 'list prices',
  negotiated_discount: 'negotiated prices',
  unused_commitment: 'unused commitments',
  one_off_purchases: 'one-off purchases',
  shared: 'shared costs',
  shared_reallocation: 'other shares of shared costs',
};

/** One sentence: who and what, by how much, and the parts that moved most, each with its amount. */
export function describeDriver(driver: Driver): string {
  const { billing_currency: currency, change_cost: change } = driver;
  const head = `${nameDriver(driver)}: ${formatSigned(change, currency)}`;
  const parts = BRIDGE_PARTS.map(({ name }) => ({ name, amount: driver.parts[name] ?? '0' }));
  const sizes = parts.map(({ amount }) => Math.abs(Number(amount)));
  const moved = sizes.reduce((sum, size) => sum + size, 0);
  const told = parts
    .filter((_, index) => (sizes[index] as number) > moved * LEAST_SHARE)
    .sort((a, b) => Math.abs(Number(b.amount)) - Math.abs(Number(a.amount)))
    .slice(0, NAMED_PARTS)
    .map(({ name, amount }) => describePart(driver, name, amount));
  return told.length === 0 ? head : `${head} because of ${told.join('; ')}`;
}

function nameDriver(driver: Driver): string {
  if (driver.is_remainder) return `${driver.group_count} smaller changes`;
  if (driver.comparison === 'budget') return `${driver.cost_center} against its budget`;
  const owner = [driver.service, driver.team].find((name) => !name.startsWith('('));
  return `${driver.service_name} in ${owner ?? `account ${driver.sub_account_id}`}`;
}

function describePart(driver: Driver, name: string, amount: string): string {
  const said = `${WORDS[name] ?? name.replaceAll('_', ' ')} ${formatSigned(amount, '')}`;
  if (name === 'volume') return said + describeGrowth(driver, Number(amount));
  if (name === 'commitment_discount') return said + describeCoverage(driver);
  return said;
}

/** Only growth in the direction of the amount explains it: the unit is that of most of the cost, not of all. */
function describeGrowth({ consumed_unit, base_quantity, actual_quantity }: Driver, amount: number): string {
  const base = Number(base_quantity ?? 0);
  const growth = Number(actual_quantity ?? 0) / base - 1;
  if (!consumed_unit || base <= 0 || Math.sign(growth) !== Math.sign(amount)) return '';
  return ` (${consumed_unit} ${growth > 0 ? 'rose' : 'fell'} ${formatPercent(Math.abs(growth))})`;
}

function describeCoverage({ base_coverage_ratio: base, actual_coverage_ratio: actual }: Driver): string {
  if (base === null || actual === null || Math.abs(actual - base) < LEAST_COVERAGE_CHANGE) return '';
  return ` (commitment coverage ${formatPercent(base)} to ${formatPercent(actual)})`;
}

function formatPercent(ratio: number): string {
  return `${(ratio * 100).toFixed(ratio >= 10 ? 0 : 1)} %`;
}

function formatSigned(amount: string, currency: string): string {
  return `${parseScaled(amount) > 0n ? '+' : ''}${formatMoney(amount, currency)}`;
}
