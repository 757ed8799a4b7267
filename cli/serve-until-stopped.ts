import type { ObjectStore } from '../analytics/lake/object-store.ts';
import { startServer } from './serve.ts';

/** Serves until SIGINT or SIGTERM, then lets running answers finish. `feedbackSecret` checks the links of alerts. */
export async function serveUntilStopped(
  store: ObjectStore,
  port: number,
  onListen: (url: string) => void | Promise<void>,
  feedbackSecret?: () => Promise<string>,
): Promise<void> {
  const server = await startServer({ store, port, ...(feedbackSecret ? { feedbackSecret } : {}) });
  await onListen(server.url);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  await server.close();
}
