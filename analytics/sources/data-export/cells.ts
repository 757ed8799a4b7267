import { quoteName, quoteText } from '../../engine/duckdb.ts';

/** A column of a cost file as DuckDB reads it. */
export type SourceColumn = { name: string; type: string };

/**
 * SQL for the values of a cost file's columns, whatever their type in the file. A column is found by its letters and
 * digits alone: `lineItem/UnblendedCost`, `line_item_unblended_cost` and `LineItemUnblendedCost` are the same. For a
 * column that the file lacks each gives `null`.
 */
export type Cells = {
  columns: readonly SourceColumn[];
  find(name: string): SourceColumn | undefined;
  text(name: string): string;
  /** DECIMAL(38,12). A value that is there but is no amount sets its row aside: see `amounts`. */
  money(name: string): string;
  /** DOUBLE; null where it cannot be read. */
  quantity(name: string): string;
  /** TIMESTAMPTZ; without a zone it is UTC. */
  instant(name: string): string;
  /** MAP(VARCHAR, VARCHAR) from a map, JSON with or without braces, or a list of {key, value}. */
  map(name: string): string;
  /** The same with values as DOUBLE. */
  numberMap(name: string): string;
  /** The columns that `money` was asked for. */
  amounts(): SourceColumn[];
};

/** `lineItem/UsageAmount` -> `lineitemusageamount` */
export function toColumnKey(name: string): string {
  return name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
}

/** Makes the cells of a file's columns. Where two columns have the same key the first counts. */
export function createCells(columns: readonly SourceColumn[]): Cells {
  const byKey = new Map<string, SourceColumn>();
  for (const column of columns) {
    const key = toColumnKey(column.name);
    if (!byKey.has(key)) byKey.set(key, column);
  }
  const find = (name: string) => byKey.get(toColumnKey(name));
  const amounts = new Set<SourceColumn>();
  const read = (name: string, toSql: (column: SourceColumn) => string) => {
    const column = find(name);
    return column ? toSql(column) : 'null';
  };
  return {
    columns,
    find,
    text: (name) => read(name, readText),
    money: (name) =>
      read(name, (column) => {
        amounts.add(column);
        return readMoney(column);
      }),
    quantity: (name) => read(name, readQuantity),
    instant: (name) => read(name, readInstant),
    map: (name) => read(name, readMap),
    numberMap: (name) => read(name, readNumberMap),
    amounts: () => [...amounts],
  };
}

/** The SQL of a value as text, as it was delivered. */
export function readRaw({ name, type }: SourceColumn): string {
  return type === 'VARCHAR' ? quoteName(name) : `cast(${quoteName(name)} as varchar)`;
}

function readText(column: SourceColumn): string {
  return `clean_text(${readRaw(column)})`;
}

export function readMoney({ name, type }: SourceColumn): string {
  const value = quoteName(name);
  if (type === 'DECIMAL(38,12)') return value;
  if (type === 'DOUBLE') return `money_of_double(${value})`;
  return isNumeric(type)
    ? `try_cast(${value} as decimal(38, 12))`
    : `money_of_text(cast(${value} as varchar))`;
}

function readQuantity({ name, type }: SourceColumn): string {
  const value = quoteName(name);
  if (type === 'DOUBLE') return value;
  return isNumeric(type) ? `cast(${value} as double)` : `quantity_of_text(cast(${value} as varchar))`;
}

function isNumeric(type: string): boolean {
  return /^(DECIMAL|U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER)/.test(type);
}

function readInstant({ name, type }: SourceColumn): string {
  const value = quoteName(name);
  if (type === 'TIMESTAMP WITH TIME ZONE') return value;
  if (type === 'TIMESTAMP') return `instant_of_zoneless(${value})`;
  if (type === 'DATE' || type.startsWith('TIMESTAMP'))
    return `instant_of_zoneless(cast(${value} as timestamp))`;
  return `instant_of_text(cast(${value} as varchar))`;
}

function readMap({ name, type }: SourceColumn): string {
  const value = quoteName(name);
  if (type.startsWith('MAP(')) {
    return type === 'MAP(VARCHAR, VARCHAR)' ? value : `cast(${value} as map(varchar, varchar))`;
  }
  if (type.endsWith('[]')) return `map_of_pairs(${value})`;
  if (type.startsWith('STRUCT')) return `map_of_text(cast(to_json(${value}) as varchar))`;
  return `map_of_text(cast(${value} as varchar))`;
}

function readNumberMap(column: SourceColumn): string {
  const isNumberMap = column.type === 'MAP(VARCHAR, DOUBLE)';
  return isNumberMap ? quoteName(column.name) : `try_cast(${readMap(column)} as map(varchar, double))`;
}

/** A map from columns that each hold the value of one key; absent values are left out. */
export function mapOfColumns(entries: readonly { key: string; column: SourceColumn }[]): string {
  const pairs = entries.map(
    ({ key, column }) => `struct_pack(key := ${quoteText(key.trim())}, value := ${readText(column)})`,
  );
  return `map_of_entries(list_filter([${pairs.join(', ')}], lambda p: p.value is not null))`;
}
