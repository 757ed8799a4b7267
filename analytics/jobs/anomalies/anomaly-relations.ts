import type { Relation } from '../configuration-relations.ts';
import type { RelationContext } from '../relation-sources.ts';

/** What the models of anomalies need of the configuration. */
export function anomalyRelations({ configuration }: RelationContext): Record<string, Relation> {
  return {
    anomaly_settings: {
      columns: { minimum_cost_per_day: 'DECIMAL(38,12)' },
      rows: [{ minimum_cost_per_day: configuration.anomalies.minimum_cost_per_day.toFixed(12) }],
    },
  };
}
