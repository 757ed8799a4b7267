import { deliverPending } from '../../../analytics/alerts/deliver.ts';
import { openOutbox } from '../../../analytics/alerts/outbox.ts';
import { createSend } from '../../../analytics/alerts/run-alerts.ts';
import { alertsSchema } from '../../../analytics/configuration/alerts-schema.ts';
import { openFolderStore } from '../../../analytics/lake/folder-store.ts';

/** Delivers what is pending in a lake to one webhook. Arguments: JSON of the lake, the URL, the CA and the time limit. */
const { lake, url, ca, timeoutSeconds } = JSON.parse(process.argv[2] ?? '{}') as {
  lake: string;
  url: string;
  ca: string;
  timeoutSeconds: number;
};
const settings = alertsSchema.parse({
  channels: { hook: { type: 'webhook', url, secret: 'env:HOOK', allow_private: true } },
});
const report = await deliverPending({
  outbox: openOutbox(await openFolderStore(lake)),
  send: createSend(settings, {
    readSecret: async () => 'shared',
    network: { ca, resolve: async () => [{ address: '127.0.0.1', family: 4 }] },
  }),
  tries: 8,
  firstDelaySeconds: 0.05,
  longestDelaySeconds: 0.2,
  timeoutSeconds,
  deadline: new Date(Date.now() + 20_000),
});
process.stdout.write(JSON.stringify({ delivered: report.delivered.length, dead: report.dead.length }));
