import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectStore } from '../../analytics/lake/object-store.ts';
import { answerQuery } from '../../analytics/results/query.ts';
import type { ResultRequest } from '../../analytics/results/request.ts';
import { openResults } from '../../analytics/results/snapshot.ts';

/** Name and hash of every published file of a lake, in order. */
export async function hashResults(lakeFolder: string): Promise<string[]> {
  const folder = join(lakeFolder, 'results');
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
  return Promise.all(
    paths.sort().map(async (path) => {
      const hash = createHash('sha256')
        .update(await readFile(path))
        .digest('hex');
      return `${path.slice(folder.length)} ${hash}`;
    }),
  );
}

/** Answers a request from what a lake has published. */
export async function ask(store: ObjectStore, request: ResultRequest) {
  return answerQuery(await openResults({ store }).current(), request);
}
