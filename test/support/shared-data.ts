import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The folder of public test data, beside the project. */
export const SHARED_DATA = process.env.HEADROOM_SHARED_DATA ?? path.join(ROOT, '../shared/data');

/** Why the tests on public data are skipped, or undefined when they run. */
export const skipReason = existsSync(SHARED_DATA)
  ? undefined
  : `skipped: no public test data in ${SHARED_DATA}`;
