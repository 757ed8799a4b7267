import { type Engine, quoteName, quotePath, quoteText } from '../../engine/duckdb.ts';
import { type ColumnType, toDuckdbType } from '../../lake/table-schema.ts';
import { FOCUS_COLUMNS } from '../../lake/tables.ts';
import type { SourceColumn } from './cells.ts';
import { CATEGORIES, type FileGroup, FREQUENCIES, rowsOf } from './charge-sql.ts';
import { isZone } from './focus.ts';

/** The smallest and largest value, and the nulls, of a column of a Parquet file, as the file says. */
type Statistics = { min: string | undefined; max: string | undefined; nullCount: number | undefined };

const ABSENT_TEXTS = ['NULL', 'null'];

/**
 * The columns of a FOCUS charge whose values a Parquet file holds as the lake wants them, by lake column, with their
 * name in the file. The file's statistics tell for most columns; the values of the others are looked at. Not looked for
 * are '', which readers of the lake take for null, and blanks at the end.
 */
export async function findPlainColumns(engine: Engine, group: FileGroup): Promise<Map<string, string>> {
  const statistics = await readStatistics(engine, group);
  const candidates = FOCUS_COLUMNS.flatMap(({ name, type }) => {
    const column = group.cells.find(name);
    return column && isSameType(type, column) ? [{ name, type, column }] : [];
  });
  const plain = new Map<string, string>();
  const doubtful = new Map<string, string>();
  for (const { name, type, column } of candidates) {
    const found = statistics.get(column.name) ?? { min: undefined, max: undefined, nullCount: undefined };
    if (isSurelyFit(name, type, found)) plain.set(name, column.name);
    else doubtful.set(name, describeUnfit(name, quoteName(column.name)));
  }
  if (doubtful.size === 0) return plain;
  const checks = [...doubtful].map(([name, isUnfit]) => `${isUnfit} as ${name}`).join(', ');
  const [row = {}] = await engine.query(`select ${checks} from ${rowsOf(group)}`);
  for (const { name, column } of candidates) {
    if (doubtful.has(name) && row[name] !== true) plain.set(name, column.name);
  }
  return plain;
}

async function readStatistics(engine: Engine, { paths }: FileGroup): Promise<Map<string, Statistics>> {
  const rows = await engine.query(`select path_in_schema as name,
      case when bool_and(stats_min_value is not null or stats_null_count = num_values) then min(stats_min_value) end as min,
      case when bool_and(stats_max_value is not null or stats_null_count = num_values) then max(stats_max_value) end as max,
      bool_and(stats_null_count = num_values) as is_empty,
      case when count(stats_null_count) = count(*) then cast(sum(stats_null_count) as bigint) end as null_count
    from parquet_metadata([${paths.map(quotePath).join(', ')}]) group by path_in_schema`);
  return new Map(
    rows.map(({ name, min, max, is_empty, null_count }) => [
      String(name),
      {
        // A column of nulls has no values that could be unfit.
        min: is_empty === true ? '~' : text(min),
        max: is_empty === true ? '~' : text(max),
        nullCount: typeof null_count === 'number' ? null_count : undefined,
      },
    ]),
  );
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function isSameType(type: ColumnType, column: SourceColumn): boolean {
  return (
    column.type === toDuckdbType(type) ||
    (type === 'timestamp' && /^TIMESTAMP( WITH TIME ZONE)?$/.test(column.type))
  );
}

function isSurelyFit(name: string, type: ColumnType, { min, max, nullCount }: Statistics): boolean {
  if (isNeverNull(name) && nullCount !== 0) return false;
  if (type !== 'string') return true;
  if (min === undefined || max === undefined) return false;
  const excludes = (value: string) => value < min || value > max;
  if (name === 'charge_category') return min === max && CATEGORIES.includes(min);
  if (name === 'charge_frequency') return min === '~' || (min === max && FREQUENCIES.includes(min));
  if (name === 'availability_zone') return min > ':' && ABSENT_TEXTS.every(excludes);
  return ABSENT_TEXTS.every(excludes) && (name !== 'billing_account_id' || excludes(''));
}

/** An aggregate that is true when some value must be read after all. */
function describeUnfit(name: string, value: string): string {
  const absent = ABSENT_TEXTS.map(quoteText).join(', ');
  if (name === 'charge_category')
    return `not coalesce(bool_and(${value} in (${CATEGORIES.map(quoteText)})), true)`;
  if (name === 'charge_frequency') return `bool_or(${value} not in (${FREQUENCIES.map(quoteText)}))`;
  // Only what begins with a digit can be a price; letters come after ':'.
  if (name === 'availability_zone')
    return `bool_or(case when ${value} < ':' then not ${isZone(value)} else ${value} in (${absent}) end)`;
  if (name === 'billing_account_id')
    return `count(*) > count(*) filter (where ${value} not in ('', ${absent}))`;
  if (isNeverNull(name)) return `count(*) > count(${value})`;
  return `bool_or(${value} in (${absent}))`;
}

function isNeverNull(name: string): boolean {
  return FOCUS_COLUMNS.some((column) => column.name === name && !column.nullable);
}
