import type { RecordColumn } from './definition.ts';

/** Columns of record results, by what they hold. */

export function column(
  name: string,
  type: RecordColumn['type'],
  description: string,
  isNullable = false,
): RecordColumn {
  return { name, type, isNullable, description };
}

export function text(name: string, description: string, isNullable = false): RecordColumn {
  return column(name, 'text', description, isNullable);
}

export function decimal(name: string, description: string, isNullable = false): RecordColumn {
  return column(name, 'decimal', description, isNullable);
}

export function date(name: string, description: string, isNullable = false): RecordColumn {
  return column(name, 'date', description, isNullable);
}

/** A number that may be unknown, such as a ratio without a base. */
export function number(name: string, description: string): RecordColumn {
  return column(name, 'number', description, true);
}

export function json(name: string, description: string): RecordColumn {
  return column(name, 'json', description);
}
