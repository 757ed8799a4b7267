import { expect, test, vi } from 'vitest';
import { makeFolders } from '../../analytics/lake/folder-files.ts';

// As on a drive of Windows that is not there.
vi.mock('node:fs', async (importOriginal) => ({
  ...(await importOriginal<typeof import('node:fs')>()),
  existsSync: () => false,
}));

test('making folders ends at a root that is said not to be there', async () => {
  expect(await makeFolders('/')).toBe(undefined);
});
