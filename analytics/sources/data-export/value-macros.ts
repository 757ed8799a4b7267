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

/** In JSON text, a key that is empty, or begins or ends with a blank. It may match more, which only costs time. */
const BLANK_KEY = '"([[:space:]][^"]*)?"[[:space:]]*:|[[:space:]]"[[:space:]]*:';

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
  // A list of one element binds what is to be computed once: a macro's argument is computed at each mention.
  macro('keys_of(e)', 'list_transform(e, lambda p: p.key)'),
  macro(
    'first_of_each_key(e)',
    `list_filter(e, lambda p, i: p.key <> '' and list_position(keys_of(e), p.key) = i)`,
  ),
  macro(
    'map_of_entries(entries)',
    `list_transform([entries], lambda e: map_from_entries(
      case when len(list_distinct(keys_of(e))) = len(e) and not list_contains(keys_of(e), '') then e
      else first_of_each_key(e) end))[1]`,
  ),
  macro(
    'trim_keys(m)',
    'map_of_entries(list_transform(map_entries(m), lambda p: struct_pack(key := trim(p.key), value := p.value)))',
  ),
  macro(
    'map_of_json(json_text)',
    `list_transform([try_cast(try_cast(json_text as json) as map(varchar, varchar))], lambda m:
      case when regexp_matches(json_text, '${BLANK_KEY}') or len(list_distinct(map_keys(m))) <> cardinality(m)
      then trim_keys(m) else m end)[1]`,
  ),
  macro(
    'map_of_text(t)',
    `map_of_json(case when starts_with(trim(t), '{') then trim(t) else '{' || clean_text(t) || '}' end)`,
  ),
  macro(
    'map_of_pairs(l)',
    'map_of_entries(list_transform(l, lambda p: struct_pack(key := trim(p.key), value := cast(p.value as varchar))))',
  ),
];

function macro(signature: string, body: string): string {
  return `create or replace macro ${signature} as ${body}`;
}
