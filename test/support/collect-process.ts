import { collectSchema } from '../../analytics/configuration/collect-schema.ts';
import { collect } from '../../analytics/jobs/collect.ts';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import type { SourceName } from '../../analytics/sources/collector.ts';

/** One collection as a process of its own, which a test may kill. */
const { folder, endpoint, now, from, sources, settings } = JSON.parse(process.argv[2] ?? '{}') as {
  folder: string;
  endpoint: string;
  now: string;
  from: string;
  sources: SourceName[];
  settings: unknown;
};

await collect(
  {
    store: await openFolderStore(folder),
    settings: collectSchema.parse(settings),
    access: { endpoint, credentials: async () => ({ accessKeyId: 'caller', secretAccessKey: 'secret' }) },
    clock: () => new Date(now),
    from,
  },
  sources,
);
