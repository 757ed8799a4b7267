import type { ColumnType, TableSchema } from './table-schema.ts';

const DELTA_TYPES: Record<string, ColumnType> = {
  VARCHAR: 'string',
  DATE: 'date',
  BOOLEAN: 'boolean',
  INTEGER: 'integer',
  BIGINT: 'long',
  'TIMESTAMP WITH TIME ZONE': 'timestamp',
};

/** The lake's table of a model that the lake keeps, from the columns of the model's contract. */
export function modelTable(model: {
  name: string;
  contract: {
    description: string;
    columns: Record<string, { type: string; nullable: boolean; description?: string | undefined }>;
  };
}): TableSchema {
  return {
    name: model.name,
    description: model.contract.description.trim(),
    columns: Object.entries(model.contract.columns).map(([name, column]) => ({
      name,
      type: DELTA_TYPES[column.type] ?? (column.type.toLowerCase() as ColumnType),
      nullable: column.nullable,
      description: column.description ?? '',
    })),
    partitionBy: ['billing_period'],
  };
}
