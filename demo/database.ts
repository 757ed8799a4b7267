import {
  BIGINT,
  DOUBLE,
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  VARCHAR,
} from '@duckdb/node-api';

const TYPES = { BIGINT, DOUBLE, INTEGER, VARCHAR } as const satisfies Record<string, DuckDBType>;
const CHUNK_ROWS = 2048;

/** Column name to type, and how a row's value is had. BIGINT takes whole numbers below 2^53. */
export type Columns<Row> = Record<string, [keyof typeof TYPES, (row: Row) => number | string | null]>;

/** Creates `schema.name` in DuckDB and fills it with rows. */
export async function loadTable<Row>(
  connection: DuckDBConnection,
  schema: string,
  name: string,
  columns: Columns<Row>,
  rows: Iterable<Row>,
): Promise<void> {
  const specs = Object.entries(columns);
  await connection.run(
    `create or replace table ${schema}.${name} (${specs.map(([column, [type]]) => `${column} ${type}`).join(', ')})`,
  );
  const appender = await connection.createAppender(name, schema);
  const types = specs.map(([, [type]]) => TYPES[type]);
  let values: DuckDBValue[][] = specs.map(() => []);
  const flush = () => {
    if (values[0]?.length === 0) return;
    const chunk = DuckDBDataChunk.create(types);
    chunk.setColumns(values);
    appender.appendDataChunk(chunk);
    values = specs.map(() => []);
  };
  for (const row of rows) {
    for (const [index, [, [type, read]]] of specs.entries()) {
      const value = read(row);
      values[index]?.push(type === 'BIGINT' && typeof value === 'number' ? BigInt(value) : value);
    }
    if (values[0]?.length === CHUNK_ROWS) flush();
  }
  flush();
  appender.closeSync();
}

/** Rows as plain objects; BIGINT and HUGEINT as bigint, DECIMAL as text. */
export async function queryRows<Row extends Record<string, unknown>>(
  connection: DuckDBConnection,
  sql: string,
): Promise<Row[]> {
  const reader = await connection.runAndReadAll(sql);
  return reader.getRowObjectsJS() as Row[];
}

/** A text as an SQL literal. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Ten-billionths of a dollar as decimal text without trailing zeros: 12500000000n is "1.25". */
export function formatAmount(e10: bigint): string {
  const sign = e10 < 0n ? '-' : '';
  const digits = (e10 < 0n ? -e10 : e10).toString().padStart(11, '0');
  const fraction = digits.slice(-10).replace(/0+$/, '');
  return `${sign}${digits.slice(0, -10)}${fraction ? `.${fraction}` : ''}`;
}
