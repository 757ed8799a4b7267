import type { Configuration } from '../configuration/schema.ts';
import { WASTE_THRESHOLDS } from '../configuration/waste-thresholds.ts';
import { ALLOCATION_DIMENSIONS } from '../vocabulary.ts';
import { type Relation, toLikePattern } from './configuration-relations.ts';

const TEXT = 'VARCHAR';
const IGNORED_FIELDS = ['detector', 'resource_id', 'sub_account_id', 'region_id', ...ALLOCATION_DIMENSIONS];

/** What detectors compare with, and what people said of waste. */
export function wasteRelations({
  configuration: { waste },
}: {
  configuration: Pick<Configuration, 'waste'>;
}): Record<string, Relation> {
  const names = Object.keys(WASTE_THRESHOLDS);
  return {
    /** One row; every threshold of the preset or its override. */
    waste_thresholds: {
      columns: Object.fromEntries(names.map((name) => [name, 'DOUBLE'])),
      rows: [
        Object.fromEntries(
          names.map((name) => [
            name,
            waste.thresholds[name] ?? WASTE_THRESHOLDS[name]?.[waste.preset] ?? null,
          ]),
        ),
      ],
    },
    /** Patterns for LIKE; null matches everything. */
    waste_ignored: {
      columns: {
        ignore_no: 'INTEGER',
        ...Object.fromEntries(IGNORED_FIELDS.map((name) => [name, TEXT])),
        reason: TEXT,
        until_date: 'DATE',
      },
      rows: waste.ignore.map((entry, ignore_no) => {
        const fields = entry as Record<string, string | undefined>;
        return {
          ignore_no,
          ...Object.fromEntries(
            IGNORED_FIELDS.map((name) => [
              name,
              fields[name] === undefined ? null : toLikePattern(fields[name]),
            ]),
          ),
          reason: entry.reason,
          until_date: entry.until ?? null,
        };
      }),
    },
    waste_kept_tags: {
      columns: { tag_key: TEXT, tag_value: TEXT },
      rows: Object.entries(waste.keep_tags).flatMap(([key, values]) =>
        values.map((value) => ({
          tag_key: key.trim().toLowerCase(),
          tag_value: value.trim().toLowerCase(),
        })),
      ),
    },
    waste_production_environments: {
      columns: { environment: TEXT },
      rows: waste.production_environments.map((environment) => ({
        environment: environment.trim().toLowerCase(),
      })),
    },
  };
}
