import type { RecordDefinition } from './definition.ts';
import { RESTATEMENTS } from './restatements.ts';

/** Every record result, in the order in which documents list them. */
export const RECORDS: readonly RecordDefinition[] = [RESTATEMENTS];

/** The definition that a name or an alias stands for. */
export function findRecordDefinition(name: string): RecordDefinition | undefined {
  return RECORDS.find((definition) => definition.name === name || definition.aliases?.includes(name));
}
