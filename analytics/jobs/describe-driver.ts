import { parseScaled } from '../decimal-text.ts';
import { formatMoney } from '../money-text.ts';
import { BRIDGE_PARTS } from '../results/tables.ts';
import { addDays } from '../sources/days.ts';
import { formatDayOfYear } from './day-text.ts';

/** What moved the cost of a product and an owner. Amounts and quantities are decimal text, coverage is a share. */
export type Driver = {
  /** `YYYY-MM`. */
  billing_period: string;
  comparison: string;
  service_name: string;
  service: string;
  team: string;
  cost_center: string;
  sub_account_id: string;
  billing_currency: string;
  base_cost: string;
  change_cost: string;
  actual_cost: string;
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
  /** The first day, `YYYY-MM-DD`, of the days whose quantity was apart from that of all others. */
  changed_on: string | null;
  /** The last of them; null where the quantity stayed there. */
  changed_until: string | null;
  /** Quantity a day then / on the other days - 1; null where they have none. */
  changed_ratio: number | null;
  /** Of a forecast: the day as of which it stands. */
  forecast_as_of_date: string | null;
  forecast_kind: string | null;
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
  restatement: 'restated since the close',
};
/** From so many times on, a change is told as times and not in percent. */
const MANY_TIMES = 10;
/** The parts that a change of the quantity a day explains. */
const QUANTITY_PARTS = ['volume', 'new_resources', 'ended_resources'];

/** One sentence: who and what, by how much, and the parts that moved most, each with its amount. */
export function describeDriver(driver: Driver): string {
  const { billing_currency: currency, change_cost: change } = driver;
  const head = `${nameDriver(driver)}: ${formatSigned(change, currency)}`;
  const all = BRIDGE_PARTS.map(({ name }) => ({ name, amount: driver.parts[name] ?? '0' }));
  const sizes = all.map(({ amount }) => Math.abs(Number(amount)));
  const moved = sizes.reduce((sum, size) => sum + size, 0);
  const parts = all
    .filter((_, index) => (sizes[index] as number) > moved * LEAST_SHARE)
    .sort((a, b) => Math.abs(Number(b.amount)) - Math.abs(Number(a.amount)))
    .slice(0, NAMED_PARTS);
  const isWhole = findWhole(driver) !== undefined;
  const dated = isWhole ? undefined : parts.find(({ name, amount }) => isDated(driver, name, amount))?.name;
  const told =
    isWhole && parts.length === 1
      ? []
      : parts.map(({ name, amount }) => describePart(driver, name, amount, name === dated));
  return told.length === 0 ? head : `${head} because of ${told.join('; ')}`;
}

function nameDriver(driver: Driver): string {
  if (driver.is_remainder) return `${driver.group_count} smaller changes`;
  if (driver.comparison === 'budget') return `${driver.cost_center} against its budget`;
  if (driver.comparison === 'forecast')
    return `${driver.cost_center} against its ${driver.forecast_kind} of ${formatDayOfYear(driver.forecast_as_of_date ?? '')}`;
  const known = [driver.service, driver.team].find((name) => !name.startsWith('('));
  const owner = known ?? `account ${driver.sub_account_id}`;
  const whole = findWhole(driver);
  return whole === undefined
    ? `${driver.service_name} in ${owner}`
    : `${driver.service_name}, ${whole.word} in ${owner}${whole.when}`;
}

/** Where the owner had nothing of the product before, or has nothing of it any more: which, and since when. */
function findWhole(driver: Driver): { word: string; when: string } | undefined {
  const { parts, changed_on: on, changed_until, changed_ratio: ratio } = driver;
  if (driver.is_remainder || Number(driver.base_quantity ?? 0) > 0 || Number(driver.actual_quantity ?? 0) > 0)
    return undefined;
  const isDated = on !== null && changed_until === null;
  if (Number(driver.base_cost) === 0 && Number(parts.new_resources ?? 0) > 0)
    return { word: 'new', when: isDated && ratio === null ? ` since ${formatDayOfYear(on)}` : '' };
  if (Number(driver.actual_cost) === 0 && Number(parts.ended_resources ?? 0) < 0)
    return {
      word: 'ended',
      when: isDated && ratio === -1 ? ` after ${formatDayOfYear(addDays(on, -1))}` : '',
    };
  return undefined;
}

function describePart(driver: Driver, name: string, amount: string, isDated: boolean): string {
  const isForeseen = driver.comparison === 'forecast' && name === 'plan_gap';
  const words = isForeseen ? 'already foreseen' : (WORDS[name] ?? name.replaceAll('_', ' '));
  const said = `${words} ${formatSigned(amount, '')}`;
  if (name === 'commitment_discount') return said + describeCoverage(driver);
  const growth = name === 'volume' ? describeGrowth(driver, Number(amount)) : '';
  const notes = [growth, isDated ? describeChange(driver, growth === '') : ''].filter((note) => note !== '');
  return notes.length === 0 ? said : `${said} (${notes.join('; ')})`;
}

/** Only growth in the direction of the amount explains it: the unit is that of most of the cost, not of all. */
function describeGrowth({ consumed_unit, base_quantity, actual_quantity }: Driver, amount: number): string {
  const base = Number(base_quantity ?? 0);
  const growth = Number(actual_quantity ?? 0) / base - 1;
  if (!consumed_unit || base <= 0 || Math.sign(growth) !== Math.sign(amount)) return '';
  return `${consumed_unit} ${growth > 0 ? 'rose' : 'fell'} ${formatPercent(Math.abs(growth))}`;
}

/** Whether the days that were apart explain an amount: more in the month itself, or less in the one before, is a growth. */
function isDated(driver: Driver, name: string, amount: string): boolean {
  const { changed_on, changed_until, changed_ratio, billing_period } = driver;
  if (changed_on === null || !QUANTITY_PARTS.includes(name)) return false;
  const isOver = changed_until !== null && changed_on.slice(0, 7) < billing_period;
  return Math.sign(changed_ratio ?? 1) * (isOver ? -1 : 1) === Math.sign(Number(amount));
}

function describeChange(driver: Driver, needsUnit: boolean): string {
  const { changed_on, changed_until, changed_ratio: ratio, consumed_unit: unit } = driver;
  const first = changed_on ?? '';
  const before = formatDayOfYear(addDays(first, -1));
  const when = changed_until === null ? `after ${before}` : formatDays(first, changed_until);
  if (ratio === null) return changed_until === null ? `no ${unit} until ${before}` : `${unit} only ${when}`;
  if (ratio === -1) return `no ${unit} ${when}`;
  if (ratio >= MANY_TIMES - 1) return `${Math.round(ratio + 1)} times the ${unit} a day ${when}`;
  const comparative = ratio > 0 ? 'more' : 'less';
  return `${formatPercent(Math.abs(ratio))} ${comparative}${needsUnit ? ` ${unit}` : ''} a day ${when}`;
}

function formatDays(first: string, last: string): string {
  if (first === last) return `on ${formatDayOfYear(first)}`;
  const isOneMonth = first.slice(0, 7) === last.slice(0, 7);
  return `from ${isOneMonth ? Number(first.slice(8)) : formatDayOfYear(first)} to ${formatDayOfYear(last)}`;
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
