import { expect, it } from 'vitest';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import { openSpendLedger } from '../../analytics/lake/spend-ledger.ts';
import { makeTestFolder } from '../support/lake-folder.ts';

const LIMIT = 20;

it('gives exactly the allowance to all who race for it, and a new one each day', async () => {
  const store = await openFolderStore(await makeTestFolder());
  const ledgers = Array.from({ length: 4 }, () => openSpendLedger(store, 'test', LIMIT));
  const taken = await Promise.all(
    ledgers.flatMap((ledger) => Array.from({ length: 10 }, () => ledger.reserve('2026-11-05'))),
  );
  expect(taken.filter(Boolean)).toHaveLength(LIMIT);
  const later = openSpendLedger(store, 'test', LIMIT);
  expect(await later.count('2026-11-05')).toBe(LIMIT);
  expect(await later.reserve('2026-11-05')).toBe(false);
  expect(await later.reserve('2026-11-06')).toBe(true);
  expect(await openSpendLedger(store, 'other', LIMIT).count('2026-11-05')).toBe(0);
});

it('goes on where the limit was raised', async () => {
  const store = await openFolderStore(await makeTestFolder());
  expect(await openSpendLedger(store, 'test', 1).reserve('2026-11-05')).toBe(true);
  expect(await openSpendLedger(store, 'test', 1).reserve('2026-11-05')).toBe(false);
  expect(await openSpendLedger(store, 'test', 2).reserve('2026-11-05')).toBe(true);
});
