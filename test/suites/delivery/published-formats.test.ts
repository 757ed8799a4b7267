import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idempotencyKey, type Notification } from '../../../analytics/alerts/alert.ts';
import { renderOpsgenie } from '../../../analytics/alerts/channels/opsgenie.ts';
import { renderPagerduty } from '../../../analytics/alerts/channels/pagerduty.ts';
import { renderSlack } from '../../../analytics/alerts/channels/slack.ts';
import { renderTeams } from '../../../analytics/alerts/channels/teams.ts';
import { describeMessage } from '../../../analytics/alerts/message.ts';
import { alertsSchema } from '../../../analytics/configuration/alerts-schema.ts';
import { makeNotification, wildNotifications } from '../../alerts/alert-fixtures.ts';
import { MUTATIONS } from '../../alerts/message-mutations.ts';

/** Messages checked by what their receivers publish: slack-sdk 3.47.0, pypd 1.1.0, opsgenie-sdk 2.1.5, adaptivecards 3.0.6. */
const { HEADROOM_PYTHON = 'python3' } = process.env;
const SCRIPT = fileURLToPath(new URL('./check_messages.py', import.meta.url));
const MESSAGES = 300;
/** What these libraries do not check: lengths (Opsgenie's, PagerDuty's), links (PagerDuty's), a picture without address. */
const UNCHECKED = [
  'opsgenie: a message that is too long',
  'teams: a picture without address',
  'pagerduty: a summary that is too long',
  'pagerduty: a key that is too long',
  'pagerduty: a link without address',
];

type Body = Record<string, unknown>;
type Check = (bodies: readonly Body[]) => (string | null)[];

const settings = alertsSchema.parse({
  page_url: 'https://headroom.example.com/',
  feedback: { url: 'https://api.example.com', secret: 'env:FEEDBACK' },
});
const RENDER: Record<'slack' | 'teams' | 'pagerduty' | 'opsgenie', (notification: Notification) => Body> = {
  slack: (notification) => renderSlack(describeNotification(notification)),
  teams: (notification) => renderTeams(describeNotification(notification)),
  pagerduty: (notification) => renderPagerduty(describeNotification(notification), 'routing-key'),
  opsgenie: (notification) => renderOpsgenie(describeNotification(notification)).body,
};

function describeNotification(notification: Notification) {
  const outbox = { id: 'x', key: idempotencyKey(notification, 'hook'), channel: 'hook', notification };
  return describeMessage(outbox, settings, 'secret');
}

const sdks = spawnSync(HEADROOM_PYTHON, ['-c', 'import slack_sdk, pypd, opsgenie_sdk']).status === 0;
const withoutSdks = sdks
  ? undefined
  : `${HEADROOM_PYTHON} (HEADROOM_PYTHON) cannot import slack_sdk, pypd and opsgenie_sdk`;
const cards = loadCards();
const missing = {
  slack: withoutSdks,
  pagerduty: withoutSdks,
  opsgenie: withoutSdks,
  teams: cards ? undefined : 'the package adaptivecards is not installed',
};

const checkBySdk =
  (receiver: string): Check =>
  (bodies) => {
    const input = JSON.stringify(bodies.map((body) => [receiver, body]));
    const { stdout, stderr } = spawnSync(HEADROOM_PYTHON, [SCRIPT], {
      input,
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout);
  };
const CHECKS: Record<keyof typeof RENDER, Check> = {
  slack: checkBySdk('slack'),
  pagerduty: checkBySdk('pagerduty'),
  opsgenie: checkBySdk('opsgenie'),
  teams: (bodies) => bodies.map(checkCard),
};

for (const [receiver, reason] of Object.entries(missing)) {
  if (reason) process.stdout.write(`skipped: messages to ${receiver} by its own library: ${reason}\n`);
}

describe.each(['slack', 'teams', 'pagerduty', 'opsgenie'] as const)('messages to %s', (receiver) => {
  it.skipIf(missing[receiver])('are as its own library wants them', () => {
    const notifications = fc.sample(wildNotifications, { numRuns: MESSAGES, seed: 1 });
    const problems = CHECKS[receiver](notifications.map((each) => toWire(RENDER[receiver](each))));
    expect(problems).toHaveLength(MESSAGES);
    expect(problems.filter((problem) => problem !== null)).toEqual([]);
  });

  it
    .skipIf(missing[receiver])
    .each(MUTATIONS.filter(([name, what]) => name === receiver && !UNCHECKED.includes(`${name}: ${what}`)))(
    'that are changed are refused (%s: %s)',
    (_receiver, _what, mutate) => {
      const body = toWire(RENDER[receiver](makeNotification('a1', ['hook'])));
      expect(CHECKS[receiver]([body])).toEqual([null]);
      mutate(body);
      expect(CHECKS[receiver]([body])).not.toEqual([null]);
    },
  );
});

/** As it is on the wire. */
function toWire(body: Body): Body {
  return JSON.parse(JSON.stringify(body));
}

type Cards = {
  Versions: { v1_5: unknown };
  AdaptiveCard: new () => {
    parse(json: unknown, context: unknown): void;
    validateProperties(): { validationEvents: { message: string }[] };
    toJSON(): unknown;
  };
  SerializationContext: new (
    version: unknown,
  ) => {
    eventCount: number;
    getEventAt(index: number): { message: string };
  };
};

/** Microsoft's own reader of Adaptive Cards, as far as it is used here. */
function loadCards(): Cards | undefined {
  try {
    return createRequire(import.meta.url)('adaptivecards/dist/adaptivecards.js');
  } catch {
    return undefined;
  }
}

/** What the reader says of a card, and what it left out of it; `msteams` is Teams' own. */
function checkCard(body: Body): string | null {
  const { AdaptiveCard, SerializationContext, Versions } = cards as Cards;
  const [{ content = {} } = {}] = body.attachments as { content?: Body }[];
  const { msteams: _, ...given } = content;
  const card = new AdaptiveCard();
  const context = new SerializationContext(Versions.v1_5);
  card.parse(given, context);
  const said = [
    ...Array.from({ length: context.eventCount }, (_, index) => context.getEventAt(index)),
    ...card.validateProperties().validationEvents,
  ].map(({ message }) => message);
  const written = JSON.stringify(sortKeys(card.toJSON()));
  if (said.length === 0 && written !== JSON.stringify(sortKeys(given))) said.push(`read as ${written}`);
  return said.length === 0 ? null : said.join('; ');
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sortKeys(each)]),
  );
}
