import type { GroupDefinition } from '@aws-sdk/client-cost-explorer';
import type { CollectSettings } from '../../configuration/collect-schema.ts';

/** One way of grouping the whole cost; Cost Explorer takes at most two groups. */
export type View = {
  name: string;
  groupBy: GroupDefinition[];
  hasUsage: boolean;
  /** Columns of the second group, from its key. */
  columns(key: string): Record<string, string | null>;
};

const ACCOUNT: GroupDefinition = { Type: 'DIMENSION', Key: 'LINKED_ACCOUNT' };

/** Finest first for whoever pays: accounts and services always, the others where the configuration says. */
export function listViews({ usage_types, tags }: CollectSettings['cost_explorer']): View[] {
  return [
    {
      name: 'account_service',
      groupBy: [ACCOUNT, { Type: 'DIMENSION', Key: 'SERVICE' }],
      hasUsage: false,
      columns: (key) => ({ service_name: key }),
    },
    ...(usage_types
      ? [
          {
            name: 'account_usage_type',
            groupBy: [ACCOUNT, { Type: 'DIMENSION' as const, Key: 'USAGE_TYPE' }],
            hasUsage: true,
            columns: (key: string) => ({ usage_type: key }),
          },
        ]
      : []),
    ...tags.map((tag) => ({
      name: `account_tag:${tag}`,
      groupBy: [ACCOUNT, { Type: 'TAG' as const, Key: tag }],
      hasUsage: false,
      // AWS writes KEY$VALUE, with nothing after the sign where there is no tag.
      columns: (key: string) => ({ tag_key: tag, tag_value: key.slice(tag.length + 1) || null }),
    })),
  ];
}
