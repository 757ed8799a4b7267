import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DataFile } from '../../analytics/lake/delta-files.ts';
import { openTable } from '../../analytics/lake/delta-table.ts';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import { makeTestFolder } from '../support/lake-folder.ts';
import { commitFiles, listKeys, makeFile, SAMPLE_SCHEMA } from '../support/lake-samples.ts';

type Step =
  | { do: 'append'; sources: (string | null)[] }
  | { do: 'replace'; source: string | null; count: number }
  | { do: 'orphan'; source: string | null }
  | { do: 'vacuum'; keep: number[] };

const source = fc.constantFrom('x', 'y', 'a/b %', null);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('append' as const), sources: fc.array(source, { maxLength: 3 }) }),
  fc.record({ do: fc.constant('replace' as const), source, count: fc.nat(2) }),
  fc.record({ do: fc.constant('orphan' as const), source }),
  fc.record({ do: fc.constant('vacuum' as const), keep: fc.array(fc.nat(30), { maxLength: 2 }) }),
);

test('any sequence of commits and vacuums equals a list of lists at every version', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 24 }), async (steps) => {
      const store = await openFolderStore(await makeTestFolder());
      const table = openTable(store, SAMPLE_SCHEMA, { checkpointInterval: 3 });
      const versions: DataFile[][] = [];
      let readable = new Set<number>();
      const commit = async (add: DataFile[], goes: (file: DataFile) => boolean) => {
        expect(await commitFiles(store, table, add, goes)).toBe(versions.length);
        readable.add(versions.length);
        versions.push([...(versions.at(-1) ?? []).filter((file) => !goes(file)), ...add]);
      };
      const run = async (each: Step) => {
        if (each.do === 'append') {
          await commit(
            each.sources.map((value) => makeFile(table, value)),
            () => false,
          );
        } else if (each.do === 'replace') {
          const files = Array.from({ length: each.count }, () => makeFile(table, each.source));
          await commit(files, (file) => file.partition.source === each.source);
        } else if (each.do === 'orphan') {
          await store.write(table.dataKey(makeFile(table, each.source)), Buffer.from('PAR1'));
        } else {
          const keepVersions = each.keep.filter((version) => readable.has(version));
          await table.vacuum({ retentionHours: 0, keepVersions, now: new Date(Date.now() + 1000) });
          readable = new Set([...keepVersions, ...(versions.length > 0 ? [versions.length - 1] : [])]);
          const kept = [...readable]
            .flatMap((version) => versions[version] ?? [])
            .map((file) => table.dataKey(file));
          expect(await listKeys(store, 'tables/samples/source=')).toEqual([...new Set(kept)].sort());
        }
      };
      for (const each of steps) await run(each);

      expect((await table.snapshot()).version).toBe(versions.length - 1);
      for (const [version, files] of versions.entries()) {
        expect((await table.snapshot({ version })).files).toEqual(files);
        if (readable.has(version)) await store.localPaths(files.map((file) => table.dataKey(file)));
      }
    }),
    { numRuns: 25 },
  );
});
