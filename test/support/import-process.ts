import { importPath } from '../../analytics/jobs/import.ts';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';

/** Imports a path into a lake; says `ready` when its modules are loaded. */
const [lake = '', path = ''] = process.argv.slice(2);
const store = await openFolderStore(lake);
process.send?.('ready');
await importPath({ store, path, quarantineLimitRatio: 0.5 });
process.disconnect();
