/**
 * How values of cost files become values of the lake, as DuckDB macros. Each gives null for what it cannot read; what
 * that means for the row is decided where the value is used.
 */

/** Cells that say "no value". */
const ABSENT = `'', 'NULL', 'null'`;
/** Below it a DOUBLE times 10^12 is exact enough for its twelve decimals to be the ones that were written. */
const EXACT_DOUBLE_LIMIT = 4096;
/** try_cast reads '4/1/25' as the year 4: only what begins with a year is for it. */
const YEAR_FIRST = '^[12][0-9]{3}-';
/** What it does not know. US dates have two digits of a year first: four would take them for a year of antiquity. */
const DATE_FORMATS = [
  '%Y-%m-%dT%H:%MZ',
  ...['%y', '%Y'].flatMap((year) => ['', ' %H:%M', ' %H:%M:%S'].map((time) => `%m/%d/${year}${time}`)),
];

/** The statements that define the macros in a database. */
export const VALUE_MACROS: readonly string[] = [
  macro('clean_text(t)', `case when trim(t) in (${ABSENT}) then null else trim(t) end`),
  // '$10,000.00' is how spreadsheets save money; a comma without the sign might be a decimal comma.
  macro(
    'plain_number(t)',
    `case when contains(t, '$') then replace(replace(t, '$', ''), ',', '') else t end`,
  ),
  // DuckDB rounds '5e-14' up to 1e-12: with an exponent, more decimals are read first.
  macro(
    'money_of_number(t)',
    `case when contains(lower(t), 'e')
      then coalesce(cast(try_cast(t as decimal(38, 24)) as decimal(38, 12)), try_cast(t as decimal(38, 12)))
      else try_cast(t as decimal(38, 12)) end`,
  ),
  macro('money_of_text(t)', 'money_of_number(plain_number(clean_text(t)))'),
  macro('quantity_of_text(t)', 'try_cast(plain_number(clean_text(t)) as double)'),
  macro(
    'money_of_double(d)',
    `case when abs(d) < ${EXACT_DOUBLE_LIMIT} then cast(d as decimal(38, 12))
      else money_of_number(cast(d as varchar)) end`,
  ),
  macro('instant_of_zoneless(t)', 'make_timestamptz(epoch_us(t))'),
  macro(
    'instant_of_text(t)',
    `coalesce(
      case when regexp_matches(clean_text(t), '${YEAR_FIRST}') then try_cast(clean_text(t) as timestamptz) end,
      instant_of_zoneless(try_strptime(clean_text(t), [${DATE_FORMATS.map((format) => `'${format}'`).join(', ')}])))`,
  ),
  macro('month_of(t)', "strftime(make_timestamp(epoch_us(t)), '%Y-%m')"),
  // A key that appears twice once blanks are gone keeps its first value.
  macro(
    'first_of_each_key(keys, vals)',
    `map_from_entries(list_transform(
      list_filter(range(1, len(keys) + 1), lambda i: keys[i] <> '' and list_position(keys, keys[i]) = i),
      lambda i: struct_pack(key := keys[i], value := vals[i])))`,
  ),
  macro('trim_keys(m)', 'first_of_each_key(list_transform(map_keys(m), lambda k: trim(k)), map_values(m))'),
  macro(
    'map_of_text(t)',
    `trim_keys(try_cast(try_cast(
      case when starts_with(clean_text(t), '{') then clean_text(t) else '{' || clean_text(t) || '}' end
      as json) as map(varchar, varchar)))`,
  ),
  macro(
    'map_of_pairs(l)',
    `first_of_each_key(list_transform(l, lambda x: trim(x.key)), list_transform(l, lambda x: cast(x.value as varchar)))`,
  ),
];

function macro(signature: string, body: string): string {
  return `create or replace macro ${signature} as ${body}`;
}
