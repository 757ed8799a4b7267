import * as z from 'zod';

const texts = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
  .transform((value) => (Array.isArray(value) ? value : [value]));
const day = z.iso.date('must be a day such as 2026-11-27');
const amount = z.number().nonnegative();
const secret = z
  .string()
  .regex(
    /^(ssm:\/[\w./-]+|env:[A-Z_][A-Z0-9_]*)$/,
    'must say where the secret is, as ssm:/PATH or env:NAME; secrets themselves do not belong into this file',
  );
const httpsUrl = z.url({ protocol: /^https$/, error: 'must be an https URL' });

/** Stands in `page_url` for the path of an alert below the API's /v1/. */
export const PAGE_PATH = '{path}';
const pageUrl = z.string().refine(
  (text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const isLocal = url?.protocol === 'http:' && ['localhost', '127.0.0.1'].includes(url.hostname);
    return url?.protocol === 'https:' || isLocal;
  },
  { error: 'must be an https URL, or http on localhost' },
);

/** What a route, a snooze or a silence can match on. */
const match = z
  .strictObject({
    id: texts.optional(),
    kind: texts.optional(),
    subkind: texts.optional(),
    severity: z
      .union([
        z.enum(['critical', 'high', 'medium', 'low']),
        z.array(z.enum(['critical', 'high', 'medium', 'low'])).min(1),
      ])
      .transform((value) => (Array.isArray(value) ? value : [value]))
      .optional(),
    team: texts.optional(),
    owner: texts.optional(),
    tier: texts.optional(),
    cost_center: texts.optional(),
    service: texts.optional(),
    environment: texts.optional(),
  })
  .default({});

const guarded = { allow_private: z.boolean().default(false) };
const mail = {
  from: z.string().min(3),
  to: z.array(z.string().min(3)).default([]),
  /** Adds the alert's owner where that is an address. */
  to_owner: z.boolean().default(false),
};

/** Where alerts go; what is secret is only pointed at. */
export const channelSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('sns'), topic_arn: z.string().startsWith('arn:') }),
  z.strictObject({
    type: z.literal('eventbridge'),
    /** Name or ARN. */
    event_bus: z.string().min(1).default('default'),
    source: z
      .string()
      .min(1)
      .refine((source) => !source.startsWith('aws.'), 'must not begin with aws.')
      .default('headroom'),
    region: z.string().optional(),
  }),
  z.strictObject({
    type: z.literal('ses'),
    ...mail,
    region: z.string().optional(),
    configuration_set: z.string().optional(),
  }),
  z.strictObject({
    type: z.literal('smtp'),
    ...mail,
    host: z.string().min(1),
    port: z.number().int().min(1).max(65_535).default(587),
    user: z.string().optional(),
    /** The password. */
    secret: secret.optional(),
    ...guarded,
  }),
  /** The secret is the URL of the incoming webhook. */
  z.strictObject({ type: z.literal('slack'), secret, ...guarded }),
  /** The secret is the URL of the workflow's webhook. */
  z.strictObject({ type: z.literal('teams'), secret, ...guarded }),
  /** The secret is the routing key of the integration. */
  z.strictObject({
    type: z.literal('pagerduty'),
    secret,
    url: httpsUrl.default('https://events.pagerduty.com/v2/enqueue'),
    ...guarded,
  }),
  /** The secret is the API key. */
  z.strictObject({
    type: z.literal('opsgenie'),
    secret,
    url: httpsUrl.default('https://api.opsgenie.com'),
    ...guarded,
  }),
  /** The secret signs every request. */
  z.strictObject({ type: z.literal('webhook'), url: httpsUrl, secret, ...guarded }),
]);

export const WEEKDAYS = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const;

const policySchema = z
  .strictObject({
    /** Alerts that a team gets in an ISO week; what is more goes to its weekly digest. */
    budget_per_week: z.number().int().min(0).default(5),
    /** By team, in place of it. */
    team_budgets: z.record(z.string(), z.number().int().min(0)).default({}),
    /** Of the budget, kept for alerts that are high or critical. */
    reserved_for_high: z.number().int().min(0).default(2),
    /** Amounts a day from which on; below medium an alert is low. */
    severity: z
      .strictObject({
        critical: amount.default(1000),
        high: amount.default(250),
        medium: amount.default(50),
      })
      .prefault({}),
    minimum_amount_per_day: amount.default(10),
    /** Of anomalies; what is less sure is not told. */
    minimum_confidence: z.number().min(0).max(1).default(0.5),
    /** How much an alert counts by its tier; 1 for others. */
    tier_weights: z.record(z.string(), z.number().positive()).default({}),
    /** After a message, others about the same group wait this long. */
    cool_down_hours: amount.default(24),
    group_by: z
      .array(z.enum(['team', 'service', 'environment', 'tier', 'cost_center', 'owner']))
      .default(['team', 'service', 'environment']),
    /** Told again when the amount a day is so many times that of the last message. */
    growth_factor: z.number().gt(1).default(2),
    snooze: z.array(z.strictObject({ match, until: day, reason: z.string().min(1) })).default([]),
    /** Planned events of a part of the organisation; those in calendar.events silence all of it. Both days included. */
    silences: z.array(z.strictObject({ name: z.string().min(1), from: day, to: day, match })).default([]),
    digest_weekday: z.enum(WEEKDAYS).default('monday'),
    budgets: z
      .strictObject({
        /** Forecast above the budget by more than this is worth an alert. */
        exceed_ratio: amount.default(0.05),
        /** A month that ended below its budget by more than this, too. */
        underspent_ratio: amount.default(0.2),
        /** How sure the forecast must be. */
        probability: z.number().min(0).max(1).default(0.6),
      })
      .prefault({}),
    capacity: z
      .strictObject({
        /** Probability of running out from which an alert is raised, within so many days. */
        probability: z.number().min(0).max(1).default(0.2),
        within_days: z.union([z.literal(30), z.literal(60), z.literal(90)]).default(30),
        /** What a day without capacity is taken to cost, for rank and severity. */
        cost_per_day: amount.default(100),
        /** How much of it by environment; all of it in others. */
        environment_weights: z
          .record(z.string(), amount)
          .default({ dev: 0.1, development: 0.1, test: 0.1, sandbox: 0.1, staging: 0.1 }),
      })
      .prefault({}),
    tagging: z
      .strictObject({
        /** Tagged share of cost that a team must lose from month to month to be told. */
        regression_ratio: amount.default(0.01),
      })
      .prefault({}),
    /** How far people's feedback may move the minimums of a team's detector: a factor on the amount, a shift of the confidence. */
    adaptation: z
      .strictObject({
        enabled: z.boolean().default(true),
        target_precision: z.number().gt(0).lt(1).default(0.7),
        /** Answers since the last change. */
        least_judged: z.number().int().min(1).default(8),
        step: z.number().gt(1).default(1.25),
        lowest_factor: z.number().positive().max(1).default(0.5),
        highest_factor: z.number().min(1).default(4),
        confidence_step: z.number().min(0).max(1).default(0.05),
        lowest_confidence_shift: z.number().min(-1).max(0).default(-0.2),
        highest_confidence_shift: z.number().min(0).max(1).default(0.3),
      })
      .prefault({}),
    delivery: z
      .strictObject({
        /** Tries before a message is a dead letter. */
        tries: z.number().int().min(1).max(50).default(8),
        first_delay_seconds: z.number().positive().default(30),
        longest_delay_seconds: z.number().positive().default(3600),
        timeout_seconds: z.number().positive().max(60).default(15),
      })
      .prefault({}),
  })
  .prefault({});

/** The `alerts:` section of headroom.yml. */
export const alertsSchema = z
  .strictObject({
    /** Where links in messages lead: one page, or with `{path}` the answer of the API at that path. Absent: no links. */
    page_url: pageUrl.optional(),
    policy: policySchema,
    channels: z
      .record(z.string().regex(/^[\w-]+$/, 'use letters, digits, - and _'), channelSchema)
      .default({}),
    routes: z
      .array(
        z.strictObject({
          match,
          channels: z.array(z.string()).min(1),
          /** Goes on to the routes after it. */
          continue: z.boolean().default(false),
        }),
      )
      .default([]),
    /** Links in messages that say whether an alert was worth it. */
    feedback: z
      .strictObject({
        /** Address of the API. */
        url: httpsUrl,
        secret,
        valid_days: z.number().int().min(1).max(365).default(30),
      })
      .optional(),
  })
  .superRefine(({ channels, routes }, context) => {
    for (const [index, route] of routes.entries()) {
      for (const name of route.channels) {
        if (name in channels) continue;
        context.addIssue({
          code: 'custom',
          path: ['routes', index, 'channels'],
          message: `channel '${name}' is not named under alerts.channels`,
        });
      }
    }
  })
  .prefault({});

export type AlertSettings = z.infer<typeof alertsSchema>;
export type AlertPolicySettings = z.infer<typeof policySchema>;
export type ChannelSettings = z.infer<typeof channelSchema>;
export type AlertMatch = z.infer<typeof match>;
