import { createHash } from 'node:crypto';
import { cut, formatText, type Message } from '../message.ts';

/** Opsgenie's limits in characters, and how many tags. */
const MESSAGE = 130;
const ALIAS = 512;
const DESCRIPTION = 15_000;
const NOTE = 25_000;
const ENTITY = 512;
const TAG = 50;

const PRIORITIES = { critical: 'P1', high: 'P2', medium: 'P3', low: 'P5' } as const;

/** The request of the Alert API below its address: create, or close on an all-clear; the alias makes them one alert. */
export function renderOpsgenie(message: Message): { path: string; body: Record<string, unknown> } {
  const { id, type, severity, alert } = message.outbox.notification;
  const alias = id.length <= ALIAS ? id : createHash('sha256').update(id).digest('hex');
  if (type === 'all_clear') {
    return {
      path: `/v2/alerts/${encodeURIComponent(alias)}/close?identifierType=alias`,
      body: { source: 'headroom', note: cut(formatText(message), NOTE) },
    };
  }
  return {
    path: '/v2/alerts',
    body: {
      message: cut(message.title, MESSAGE),
      alias,
      description: cut(formatText(message), DESCRIPTION),
      tags: [alert.kind, alert.subkind, alert.team].filter(Boolean).map((tag) => cut(tag, TAG)),
      details: {
        ...Object.fromEntries(message.facts.map(({ label, value }) => [label, value])),
        ...(message.page ? { page: message.page } : {}),
        idempotency_key: message.key,
      },
      entity: cut(alert.service, ENTITY),
      source: 'headroom',
      priority: PRIORITIES[severity],
    },
  };
}
