import {
  BIGINT,
  DECIMAL,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBDecimalValue,
  type DuckDBValue,
  VARCHAR,
} from '@duckdb/node-api';
import { DECIMAL_PLACES } from '../decimal-text.ts';
import type { ColumnTable, RawTable, RawValue, TextColumn } from './column-table.ts';
import { type Decimals, getScaled } from './decimals.ts';
import type { ParquetWriter } from './publish.ts';
import { TABLES, type TableDefinition, type TableName } from './tables.ts';

const DECIMAL_DIGITS = 38;
const CHUNK_ROWS = 2048;
const COPY_TABLE = 'published_copy';

/**
 * Reads a result table from a relation (a table, view, or SELECT in parentheses) that has its columns. Amounts are cast
 * to DECIMAL(38,12), counts to BIGINT, dimensions to text.
 */
export async function readResultTable(
  connection: DuckDBConnection,
  name: TableName,
  relation: string,
): Promise<RawTable> {
  const columns = listSqlColumns(TABLES[name]).filter(
    ({ name: column }) => !isCountedAtPublication(name, column),
  );
  const select = columns.map(({ name: column, type }) => `CAST("${column}" AS ${type}) AS "${column}"`);
  const result = await connection.stream(`SELECT ${select.join(', ')} FROM ${relation}`);
  const values = columns.map((): RawValue[] => []);
  for await (const chunk of result) {
    for (const [index, target] of values.entries()) {
      for (const value of chunk.getColumnValues(index)) target.push(toRaw(value));
    }
  }
  return {
    name,
    columns: Object.fromEntries(columns.map((column, index) => [column.name, values[index] ?? []])),
  };
}

/** Writes Parquet copies through a connection: the same rows, in the same order, as the Arrow file. */
export function createParquetWriter(connection: DuckDBConnection): ParquetWriter {
  return async (definition, table, localPath) => {
    const columns = listSqlColumns(definition);
    const declared = columns.map(({ name, type }) => `"${name}" ${type} NOT NULL`);
    await connection.run(`CREATE OR REPLACE TEMP TABLE ${COPY_TABLE} (${declared.join(', ')})`);
    await appendRows(connection, definition, table);
    await connection.run(
      `COPY ${COPY_TABLE} TO '${localPath.replaceAll("'", "''")}' (FORMAT parquet, COMPRESSION zstd)`,
    );
    await connection.run(`DROP TABLE ${COPY_TABLE}`);
  };
}

async function appendRows(
  connection: DuckDBConnection,
  definition: TableDefinition,
  table: ColumnTable,
): Promise<void> {
  const appender = await connection.createAppender(COPY_TABLE);
  const columns = listSqlColumns(definition);
  for (let start = 0; start < table.rowCount; start += CHUNK_ROWS) {
    const count = Math.min(CHUNK_ROWS, table.rowCount - start);
    const chunk = DuckDBDataChunk.create(columns.map(({ duckdbType }) => duckdbType));
    chunk.setColumns(
      columns.map(({ read }) => Array.from({ length: count }, (_, row) => read(table, start + row))),
    );
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}

function listSqlColumns({ dimensions, measures }: TableDefinition) {
  const texts = dimensions.map((name) => ({
    name,
    type: 'VARCHAR',
    duckdbType: VARCHAR,
    read: (table: ColumnTable, row: number): DuckDBValue => {
      const { values, codes } = table.texts[name] as TextColumn;
      return values[codes[row] as number] as string;
    },
  }));
  const numbers = measures.map(({ name, type }) =>
    type === 'count'
      ? {
          name,
          type: 'BIGINT',
          duckdbType: BIGINT,
          read: (table: ColumnTable, row: number): DuckDBValue => BigInt(table.counts[name]?.[row] as number),
        }
      : {
          name,
          type: `DECIMAL(${DECIMAL_DIGITS},${DECIMAL_PLACES})`,
          duckdbType: DECIMAL(DECIMAL_DIGITS, DECIMAL_PLACES),
          read: (table: ColumnTable, row: number): DuckDBValue =>
            new DuckDBDecimalValue(
              getScaled(table.decimals[name] as Decimals, row),
              DECIMAL_DIGITS,
              DECIMAL_PLACES,
            ),
        },
  );
  return [...texts, ...numbers];
}

/** The last stage of reconciliation, which publishResults adds. */
function isCountedAtPublication(table: TableName, column: string): boolean {
  return table === 'reconciliation' && (column.startsWith('published_') || column === 'unreconciled_count');
}

function toRaw(value: DuckDBValue): RawValue {
  if (value === null || typeof value === 'string' || typeof value === 'bigint') return value;
  return (value as DuckDBDecimalValue).value;
}
