import { ContractError } from '../errors.ts';

/** Column types, in Delta's words. `timestamp` is an instant in UTC. */
export type ColumnType =
  | 'string'
  | 'timestamp'
  | 'date'
  | 'long'
  | 'integer'
  | 'double'
  | 'boolean'
  | `decimal(${number},${number})`
  | 'map<string,string>'
  | 'map<string,double>';

export type TableColumn = { name: string; type: ColumnType; nullable: boolean; description: string };

/** `partitionBy` names columns of type string or date that are in the schema but not in the Parquet files. */
export type TableSchema = {
  name: string;
  description: string;
  columns: TableColumn[];
  partitionBy: string[];
};

const DUCKDB_TYPES: Record<string, string> = {
  string: 'VARCHAR',
  timestamp: 'TIMESTAMPTZ',
  date: 'DATE',
  long: 'BIGINT',
  integer: 'INTEGER',
  double: 'DOUBLE',
  boolean: 'BOOLEAN',
  'map<string,string>': 'MAP(VARCHAR, VARCHAR)',
  'map<string,double>': 'MAP(VARCHAR, DOUBLE)',
};
const MAP_TYPE = /^map<string,(string|double)>$/;

/** A column of a schema. */
export function column(name: string, type: ColumnType, nullable: boolean, description: string): TableColumn {
  return { name, type, nullable, description };
}

/** The type's name in DuckDB's SQL, such as `DECIMAL(38,12)`. */
export function toDuckdbType(type: ColumnType): string {
  return DUCKDB_TYPES[type] ?? type.toUpperCase();
}

/** The `schemaString` of Delta's metaData action. */
export function toDeltaSchema(schema: TableSchema): string {
  const fields = schema.columns.map(({ name, type, nullable, description }) => ({
    name,
    type: toDeltaType(type),
    nullable,
    metadata: description === '' ? {} : { comment: description },
  }));
  return JSON.stringify({ type: 'struct', fields });
}

function toDeltaType(type: ColumnType): unknown {
  const [, valueType] = MAP_TYPE.exec(type) ?? [];
  return valueType === undefined
    ? type
    : { type: 'map', keyType: 'string', valueType, valueContainsNull: true };
}

/** The other way. Throws ContractError for a type that no table of ours has. */
export function fromDeltaSchema(
  name: string,
  metaData: { schemaString: string; partitionColumns: string[]; description?: string },
): TableSchema {
  const { fields } = JSON.parse(metaData.schemaString) as {
    fields: { name: string; type: unknown; nullable: boolean; metadata?: { comment?: string } }[];
  };
  const columns = fields.map((field) => ({
    name: field.name,
    type: fromDeltaType(name, field.name, field.type),
    nullable: field.nullable,
    description: field.metadata?.comment ?? '',
  }));
  return { name, description: metaData.description ?? '', columns, partitionBy: metaData.partitionColumns };
}

/**
 * Whether a stored table can take the wanted schema: `same`, or `extended` when nullable columns were added at the end
 * or descriptions changed. Throws ContractError, with a row for each difference, for every other change.
 */
export function compareSchemas(stored: TableSchema, wanted: TableSchema): 'same' | 'extended' {
  const differences: { column: string; stored: string; wanted: string }[] = [];
  const differ = (column: string, storedAs: string, wantedAs: string) => {
    if (storedAs !== wantedAs) differences.push({ column, stored: storedAs, wanted: wantedAs });
  };
  differ('(partition columns)', stored.partitionBy.join(', '), wanted.partitionBy.join(', '));
  for (const [index, column] of stored.columns.entries()) {
    differ(column.name, describeColumn(column), describeColumn(wanted.columns[index]));
  }
  for (const column of wanted.columns.slice(stored.columns.length)) {
    if (!column.nullable) differ(column.name, 'absent', describeColumn(column));
  }
  if (differences.length > 0) {
    const list = differences.map((d) => `${d.column} is ${d.stored}, wanted ${d.wanted}`).join('; ');
    throw new ContractError(
      `table ${stored.name} has another schema: ${list}. Only nullable columns added at the end can join a table`,
      differences,
    );
  }
  const isSame = toDeltaSchema(stored) === toDeltaSchema(wanted) && stored.description === wanted.description;
  return isSame ? 'same' : 'extended';
}

function describeColumn(column: TableColumn | undefined): string {
  return column ? `${column.name} ${column.type}${column.nullable ? '' : ' not null'}` : 'absent';
}

function fromDeltaType(table: string, column: string, type: unknown): ColumnType {
  if (typeof type === 'string' && (Object.hasOwn(DUCKDB_TYPES, type) || /^decimal\(\d+,\d+\)$/.test(type))) {
    return type as ColumnType;
  }
  const map = type as { type?: unknown; keyType?: unknown; valueType?: unknown } | null;
  const name = `map<${map?.keyType},${map?.valueType}>`;
  if (map?.type === 'map' && MAP_TYPE.test(name)) return name as ColumnType;
  throw new ContractError(
    `table ${table}: column ${column} has the type ${JSON.stringify(type)}, which is not supported`,
  );
}
