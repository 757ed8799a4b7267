import { RESOURCES } from '../../lake/collected-tables.ts';
import { isDenied } from '../aws-errors.ts';
import { type Row, writeWindow } from '../aws-window.ts';
import type { Collector } from '../collector.ts';
import { addDays, toDay } from '../days.ts';
import { AUTO_SCALING_KINDS } from './auto-scaling.ts';
import { BUCKET_KINDS } from './buckets.ts';
import { DATA_KINDS } from './data-services.ts';
import { EC2_KINDS } from './ec2.ts';
import { LOAD_BALANCER_KINDS } from './load-balancers.ts';
import { MANAGED_KINDS } from './managed.ts';
import type { ResourceKind } from './resource-row.ts';
import { SERVING_KINDS } from './serving.ts';
import { mergeTagged, taggedResources } from './tagged.ts';

const LISTED_KINDS: ResourceKind[] = [
  ...EC2_KINDS,
  ...AUTO_SCALING_KINDS,
  ...LOAD_BALANCER_KINDS,
  ...MANAGED_KINDS,
  ...DATA_KINDS,
  ...SERVING_KINDS,
  ...BUCKET_KINDS,
];

/** What exists in an account and region, once a day; a later look on the same day replaces the earlier. */
export const inventoryCollector: Collector = {
  async plan({ clock, targets }) {
    const today = toDay(clock());
    return targets.flatMap(({ accountId, regions }) =>
      regions.map((regionId) => ({
        source: 'inventory' as const,
        accountId,
        regionId,
        from: today,
        to: addDays(today, 1),
      })),
    );
  },

  async collect(context, { accountId, regionId = context.homeRegion }) {
    const observedAt = context.clock();
    const place = { session: context.session(accountId), region: regionId, observedAt };
    const warnings: string[] = [];
    let refusal: unknown;
    /** A kind that may not be read is left out and named; any other failure fails the account's region as a whole. */
    const list = async (kind: ResourceKind): Promise<Row[]> => {
      try {
        return await kind.list(place);
      } catch (error) {
        if (!isDenied(error)) throw error;
        refusal = error;
        warnings.push(`${kind.name}: ${(error as Error).message}`);
        return [];
      }
    };
    const listed: Row[] = [];
    for (const kind of LISTED_KINDS) listed.push(...(await list(kind)));
    const tagged = await list(taggedResources);
    if (warnings.length > LISTED_KINDS.length) throw refusal;
    const rowCount = await writeWindow(context, {
      schema: RESOURCES,
      scope: `inventory/${accountId}/${regionId}`,
      pulledAt: observedAt,
      partitions: new Map([[toDay(observedAt), mergeTagged(listed, tagged)]]),
    });
    return { rowCount, warnings };
  },
};
