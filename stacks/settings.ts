import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import * as z from 'zod';

const ACCOUNT = z.string().regex(/^\d{12}$/, 'an account has 12 digits');
/** Lambda's bounds. */
const MEMORY_MB = z.number().int().min(128).max(10_240);
const STORAGE_MB = z.number().int().min(512).max(10_240);

const settingsSchema = z.strictObject({
  region: z.string().default('us-east-1'),
  /** IANA name; schedules follow it through daylight saving. */
  time_zone: z.string().default('Etc/UTC'),
  /** Member accounts that are read. Empty: every account of `organization_id`, or only the one deployed to. */
  accounts: z.array(ACCOUNT).default([]),
  organization_id: z
    .string()
    .regex(/^o-[a-z0-9]{10,32}$/)
    .optional(),
  /** The role of stacks/member-role.yaml in each of them, and the secret that it asks for. */
  member_role: z.string().default('headroom-read'),
  external_id: z.string().min(2).optional(),
  /** kms: a key of its own that rotates, at $1 a month; s3: the keys that S3 manages. */
  encryption: z.enum(['kms', 's3']).default('kms'),
  analytics: z
    .strictObject({
      memory_mb: MEMORY_MB.default(4096),
      storage_mb: STORAGE_MB.default(4096),
    })
    .prefault({}),
  import: z
    .strictObject({
      memory_mb: MEMORY_MB.default(3072),
      storage_mb: STORAGE_MB.default(4096),
      /** Manifests written this recently are looked at again by the sweep. */
      sweep_days: z.number().int().min(1).max(400).default(45),
    })
    .prefault({}),
  collect: z
    .strictObject({
      /** Accounts and regions that are read side by side. */
      concurrency: z.number().int().min(2).max(100).default(5),
    })
    .prefault({}),
  api: z
    .strictObject({
      /** With a JWT the claim `headroom:cost_centers` limits what a caller sees; IAM callers see everything. */
      jwt: z
        .strictObject({
          issuer: z.url({ protocol: /^https$/ }),
          audiences: z.array(z.string()).min(1),
          scopes: z.array(z.string()).default([]),
        })
        .optional(),
      requests_per_second: z.number().int().min(1).default(25),
      burst_requests: z.number().int().min(1).default(50),
    })
    .prefault({}),
  alerts: z
    .strictObject({
      /** ARNs that channels of the configuration may reach: topics, buses, and identities of Amazon SES. */
      topics: z.array(z.string().startsWith('arn:aws:sns:')).default([]),
      event_buses: z.array(z.string().startsWith('arn:aws:events:')).default([]),
      mail_identities: z.array(z.string().startsWith('arn:aws:ses:')).default([]),
      /** Parameters below it are the secrets of channels. */
      secrets_path: z
        .string()
        .regex(/^(\/[\w.-]+)+$/, 'a path such as /headroom/alerts')
        .default('/headroom/alerts'),
      /** The parameter that signs links in messages; with it the API answers them without further authorisation. */
      feedback_parameter: z
        .string()
        .regex(/^(\/[\w.-]+)+$/, 'a path such as /headroom/alerts/feedback')
        .optional(),
    })
    .prefault({}),
  log_retention_days: z
    .union([7, 14, 30, 60, 90, 180, 365, 400, 731].map((days) => z.literal(days)))
    .default(90),
  /** Gets a mail for each alarm, once it has confirmed the subscription. */
  alarm_email: z.email().optional(),
});

/** What is deployed and how large it is. */
export type Settings = z.infer<typeof settingsSchema>;

/** Reads the settings of a deployment; without the file, every one has its default. Throws with what is wrong where. */
export function readSettings(file: string): Settings {
  const parsed = settingsSchema.safeParse(existsSync(file) ? (parse(readFileSync(file, 'utf8')) ?? {}) : {});
  if (parsed.success) return parsed.data;
  throw new Error(`${file}: ${z.prettifyError(parsed.error)}`);
}
