import { createHash } from 'node:crypto';
import { cut, type Message } from '../message.ts';

/** PagerDuty's limits in characters. */
const SUMMARY = 1024;
const DEDUP_KEY = 255;

const LEVELS = { critical: 'critical', high: 'error', medium: 'warning', low: 'info' } as const;

/** The event of Events API v2: a trigger, or the resolve of an all-clear; the alert's id makes them one incident. */
export function renderPagerduty(message: Message, routingKey: string): Record<string, unknown> {
  const { id, type, severity, alert, decidedAt } = message.outbox.notification;
  const event = { routing_key: routingKey, dedup_key: shorten(id) };
  if (type === 'all_clear') return { ...event, event_action: 'resolve' };
  return {
    ...event,
    event_action: 'trigger',
    payload: {
      summary: cut(message.title, SUMMARY),
      source: alert.service || alert.team || 'headroom',
      severity: LEVELS[severity],
      timestamp: decidedAt,
      component: alert.service,
      group: alert.team,
      class: `${alert.kind}/${alert.subkind}`,
      custom_details: {
        summary: message.summary,
        ...Object.fromEntries(message.facts.map(({ label, value }) => [label, value])),
        ...(message.sparkline ? { 'Last days': message.sparkline } : {}),
        ...(message.causes.length > 0 ? { Causes: message.causes } : {}),
        ...(message.lines.length > 0 ? { Also: message.lines } : {}),
        'Next step': message.nextStep,
        'Idempotency key': message.key,
      },
    },
    client: 'Headroom',
    ...(message.page ? { client_url: message.page } : {}),
    links: [
      ...(message.page ? [{ href: message.page, text: 'Open' }] : []),
      ...message.feedback.map(({ url, label }) => ({ href: url, text: label })),
    ],
  };
}

function shorten(id: string): string {
  return id.length <= DEDUP_KEY ? id : createHash('sha256').update(id).digest('hex');
}
