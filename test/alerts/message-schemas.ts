/**
 * What receivers publish about the messages that they take, as JSON schemas of what Headroom uses: Slack's Block Kit
 * reference, the Adaptive Card 1.5 schema and Teams' limits on it, PagerDuty's OpenAPI document of Events v2
 * (PagerDuty/api-schema, reference/events-v2) with the lengths of its guide, the fields of Opsgenie's Alert API.
 * test/suites/delivery/published-formats.test.ts asks the receivers' own libraries.
 */

const text = (maxLength: number) => ({ type: 'string', minLength: 1, maxLength });
const exactly = (properties: Record<string, object>, required = Object.keys(properties)) => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const https = { type: 'string', pattern: '^https://', maxLength: 3000 };

const plain = (maxLength: number) =>
  exactly({ type: { const: 'plain_text' }, text: text(maxLength), emoji: { type: 'boolean' } });

export const SLACK = exactly({
  text: text(40_000),
  blocks: {
    type: 'array',
    minItems: 1,
    maxItems: 50,
    items: {
      oneOf: [
        exactly({ type: { const: 'header' }, text: plain(150) }),
        exactly({ type: { const: 'section' }, text: plain(3000) }),
        exactly({
          type: { const: 'section' },
          fields: { type: 'array', minItems: 1, maxItems: 10, items: plain(2000) },
        }),
        exactly({
          type: { const: 'actions' },
          elements: {
            type: 'array',
            minItems: 1,
            maxItems: 25,
            items: exactly({ type: { const: 'button' }, text: plain(75), action_id: text(255), url: https }),
          },
        }),
        exactly({
          type: { const: 'context' },
          elements: { type: 'array', minItems: 1, maxItems: 10, items: plain(2000) },
        }),
      ],
    },
  },
});

const run = exactly(
  {
    type: { const: 'TextRun' },
    text: { type: 'string' },
    size: { enum: ['Default', 'Small', 'Medium', 'Large', 'ExtraLarge'] },
    weight: { enum: ['Default', 'Lighter', 'Bolder'] },
    color: { enum: ['Default', 'Dark', 'Light', 'Accent', 'Good', 'Warning', 'Attention'] },
    isSubtle: { type: 'boolean' },
  },
  ['type', 'text'],
);

export const TEAMS = exactly({
  type: { const: 'message' },
  attachments: {
    type: 'array',
    minItems: 1,
    maxItems: 1,
    items: exactly({
      contentType: { const: 'application/vnd.microsoft.card.adaptive' },
      contentUrl: { type: 'null' },
      content: exactly(
        {
          $schema: { const: 'http://adaptivecards.io/schemas/adaptive-card.json' },
          type: { const: 'AdaptiveCard' },
          version: { const: '1.5' },
          fallbackText: { type: 'string' },
          body: {
            type: 'array',
            items: {
              oneOf: [
                exactly({
                  type: { const: 'RichTextBlock' },
                  inlines: { type: 'array', minItems: 1, items: run },
                }),
                exactly({
                  type: { const: 'Image' },
                  url: { type: 'string', pattern: '^data:image/png;base64,[A-Za-z0-9+/]+=*$' },
                  altText: { type: 'string' },
                }),
              ],
            },
          },
          actions: {
            type: 'array',
            maxItems: 6,
            items: exactly({ type: { const: 'Action.OpenUrl' }, title: text(200), url: https }),
          },
          msteams: exactly({ width: { const: 'Full' } }),
        },
        ['type', 'version', 'body'],
      ),
    }),
  },
});

const dedupKey = text(255);
const routingKey = { type: 'string', minLength: 32, maxLength: 32 };

export const PAGERDUTY = {
  oneOf: [
    exactly({ routing_key: routingKey, event_action: { const: 'resolve' }, dedup_key: dedupKey }),
    exactly(
      {
        routing_key: routingKey,
        event_action: { const: 'trigger' },
        dedup_key: dedupKey,
        payload: exactly(
          {
            summary: text(1024),
            source: text(1000),
            severity: { enum: ['critical', 'error', 'warning', 'info'] },
            timestamp: { type: 'string', format: 'date-time' },
            component: { type: 'string' },
            group: { type: 'string' },
            class: { type: 'string' },
            custom_details: { type: 'object' },
          },
          ['summary', 'source', 'severity'],
        ),
        client: { type: 'string' },
        client_url: https,
        links: { type: 'array', items: exactly({ href: https, text: { type: 'string' } }, ['href']) },
      },
      ['routing_key', 'event_action', 'payload'],
    ),
  ],
};

export const OPSGENIE = {
  oneOf: [
    exactly({ source: text(100), note: text(25_000) }),
    exactly({
      message: text(130),
      alias: text(512),
      description: text(15_000),
      tags: { type: 'array', maxItems: 20, items: text(50) },
      details: { type: 'object', additionalProperties: { type: 'string' } },
      entity: { type: 'string', maxLength: 512 },
      source: text(100),
      priority: { enum: ['P1', 'P2', 'P3', 'P4', 'P5'] },
    }),
  ],
};
