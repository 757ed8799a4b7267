/**
 * `decimal`: DECIMAL(38,12), exact text in answers; `number`: double, 6 decimals; `count`: whole number; `flag`: boolean;
 * `json`: JSON text in the model, parsed in answers; `date`: `YYYY-MM-DD`; `instant`: ISO text in UTC.
 */
export type RecordColumn = {
  name: string;
  type: 'text' | 'date' | 'instant' | 'decimal' | 'number' | 'count' | 'flag' | 'json';
  isNullable: boolean;
  description: string;
  /** Of a text: all that it can be, so that a filter for anything else is a mistake. */
  values?: readonly string[];
};

/** A list of rows that a run publishes as they are: findings, forecasts, anomalies, closes. */
export type RecordDefinition = {
  /** As people ask for it: `headroom show NAME`, `GET /v1/NAME`. */
  name: string;
  /** Other names that `headroom show` takes. */
  aliases?: readonly string[];
  /** The model, or a step's relation, that holds the rows; they are published as a table of that name. */
  model: string;
  summary: string;
  columns: readonly RecordColumn[];
  /** Identifies a row; rows are stored in its order. A key of one column has an address: `GET /v1/NAME/KEY`. */
  key: readonly string[];
  /** A column, with `-` before it for descending order. */
  defaultSort?: string;
  /** Hold unless the caller filters the column himself; the value `all` lifts them. */
  defaultFilters?: Readonly<Record<string, readonly string[]>>;
  /** Decimal columns that control.totals adds up, apart by billing_currency where there is one. */
  totals?: readonly string[];
  /** What `headroom show` prints as a table; default: all that are not hidden. */
  tableColumns?: readonly string[];
  /** Columns that only the answer about one row has. */
  hidden?: readonly string[];
};

/** Columns of a list's answer. */
export function listShownColumns({ columns, hidden = [] }: RecordDefinition): RecordColumn[] {
  return columns.filter(({ name }) => !hidden.includes(name));
}

/** Columns that can be filtered by equality. */
export function listEqualityFilters({ columns }: RecordDefinition): string[] {
  return columns
    .filter(({ type, name }) => ['text', 'date', 'flag'].includes(type) && name !== 'billing_period')
    .map(({ name }) => name);
}

/** Columns that can be filtered by min_X and max_X. */
export function listRangeFilters({ columns }: RecordDefinition): RecordColumn[] {
  return columns.filter(({ type }) => ['decimal', 'number', 'count', 'date'].includes(type));
}
