import type { ObjectStore } from '../analytics/lake/object-store.ts';
import { startServer } from './serve.ts';

/** Serves until SIGINT or SIGTERM, then lets running answers finish. */
export async function serveUntilStopped(
  store: ObjectStore,
  port: number,
  onListen: (url: string) => void | Promise<void>,
): Promise<void> {
  const server = await startServer({ store, port });
  await onListen(server.url);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  await server.close();
}
