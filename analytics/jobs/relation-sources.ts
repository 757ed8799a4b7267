import type { LoadedConfiguration } from '../configuration/load-configuration.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { anomalyRelations } from './anomalies/anomaly-relations.ts';
import { capacityRelations } from './capacity-forecast/capacity-relations.ts';
import type { Relation } from './configuration-relations.ts';
import { currencyRelations } from './currency-relations.ts';
import type { Month } from './months.ts';
import { wasteRelations } from './waste-relations.ts';

export type RelationContext = {
  configuration: LoadedConfiguration;
  store: ObjectStore;
  /** `YYYY-MM-DD`. */
  asOf: string;
  months: readonly Month[];
};

/** Gives small relations that models read beside the lake's tables, by name. */
export type RelationSource = (
  context: RelationContext,
) => Record<string, Relation> | Promise<Record<string, Relation>>;

/** Every source of relations beside those that allocation and planning need. */
export const RELATION_SOURCES: readonly RelationSource[] = [
  capacityRelations,
  wasteRelations,
  anomalyRelations,
  currencyRelations,
];

/** All their relations together. */
export async function listRelations(context: RelationContext): Promise<Record<string, Relation>> {
  const parts = await Promise.all(RELATION_SOURCES.map((source) => source(context)));
  return Object.assign({}, ...parts);
}
