import { openFolderStore } from '../analytics/lake/folder-store.ts';
import { startServer } from '../cli/serve.ts';

/** The local server in a process of its own: prints its URL and stops when its input ends. */
const server = await startServer({ store: await openFolderStore(process.argv[2] as string), port: 0 });
console.log(server.url);
process.stdin.resume().once('end', () => server.close());
