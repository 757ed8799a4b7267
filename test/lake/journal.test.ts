import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ConflictError } from '../../analytics/errors.ts';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import { openJournal } from '../../analytics/lake/journal.ts';
import type { ObjectStore } from '../../analytics/lake/object-store.ts';

let folder: string;
let store: ObjectStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-journal-'));
  store = await openFolderStore(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const facts = (status: string) => ({ at: '2026-11-23T10:00:00Z', by: 'finance@example.com', status });

it('keeps what was stated in order, for each id of its own', async () => {
  const journal = openJournal(store, 'waste');
  await journal.append('arn:aws:rds:db/x y', facts('planned'));
  await journal.append('arn:aws:rds:db/x y', facts('dismissed'));
  await journal.append('other', facts('planned'));
  const statuses = (entries: { status?: unknown; sequence: number }[] = []) =>
    entries.map(({ sequence, status }) => [sequence, status]);
  expect(statuses(await journal.read('arn:aws:rds:db/x y'))).toEqual([
    [1, 'planned'],
    [2, 'dismissed'],
  ]);
  const all = await openJournal(store, 'waste').readAll();
  expect([...all.keys()].sort()).toEqual(['arn:aws:rds:db/x y', 'other']);
  expect(statuses(all.get('other'))).toEqual([[1, 'planned']]);
  expect(await openJournal(store, 'anomalies').readAll()).toEqual(new Map());
});

it('refuses an entry of someone who has not seen the newest', async () => {
  const journal = openJournal(store, 'waste');
  await journal.append('id', facts('planned'), 0);
  await expect(journal.append('id', facts('dismissed'), 0)).rejects.toThrow(ConflictError);
  expect((await journal.append('id', facts('dismissed'), 1)).sequence).toBe(2);
});

it('loses none of many writers', async () => {
  const writers = Array.from({ length: 12 }, (_, index) => facts(`s${index}`));
  await Promise.all(writers.map((each) => openJournal(store, 'waste').append('id', each)));
  const entries = await openJournal(store, 'waste').read('id');
  expect(entries.map(({ sequence }) => sequence)).toEqual(writers.map((_, index) => index + 1));
  expect(new Set(entries.map(({ status }) => status)).size).toBe(writers.length);
});
