import type { ChannelSettings } from '../../configuration/alerts-schema.ts';
import type { SendResult } from '../deliver.ts';
import { describeForPrograms, type Message } from '../message.ts';
import { type PostOptions, postGuarded } from '../post-guarded.ts';
import type { SecretReader } from '../secrets.ts';
import { sendEventbridge, sendSes, sendSns } from './aws.ts';
import { renderOpsgenie } from './opsgenie.ts';
import { renderPagerduty } from './pagerduty.ts';
import { renderSlack } from './slack.ts';
import { sendSmtp } from './smtp.ts';
import { renderTeams } from './teams.ts';
import { signWebhook } from './webhook.ts';

/** What channels need of the world; tests bring their own. */
export type ChannelPorts = {
  readSecret: SecretReader;
  now?: () => number;
  /** Certificate authority and names, for servers that are not public ones. */
  network?: Pick<PostOptions, 'ca' | 'resolve'>;
};

/** Characters from which on a part of a URL is taken for a secret of its own. */
const LEAST_PART = 8;

export type Channel = (message: Message, signal: AbortSignal) => Promise<SendResult>;

/** How a channel sends. Secrets are read when they are needed and blotted out of whatever it says. */
export function openChannel(settings: ChannelSettings, ports: ChannelPorts): Channel {
  return async (message, signal) => {
    const secrets: string[] = [];
    const readSecret: SecretReader = async (reference) => {
      const secret = await ports.readSecret(reference);
      secrets.push(secret);
      return secret;
    };
    try {
      const result = await send(settings, message, signal, { ...ports, readSecret });
      return 'reason' in result ? { ...result, reason: blot(result.reason, secrets) } : result;
    } catch (error) {
      if (error instanceof Error) error.message = blot(error.message, secrets);
      throw error;
    }
  };
}

async function send(
  settings: ChannelSettings,
  message: Message,
  signal: AbortSignal,
  { readSecret, now = Date.now, network = {} }: ChannelPorts,
): Promise<SendResult> {
  const post = (
    { allow_private }: { allow_private: boolean },
    url: string,
    payload: unknown,
    headers: (body: string) => Record<string, string> = () => ({}),
  ) => {
    const body = JSON.stringify(payload);
    const key = escapeHeader(message.key);
    const all = { 'content-type': 'application/json', 'idempotency-key': key, ...headers(body) };
    return postGuarded({ url, headers: all, body, signal }, { ...network, allowPrivate: allow_private });
  };
  switch (settings.type) {
    case 'slack':
      return post(settings, await readSecret(settings.secret), renderSlack(message));
    case 'teams':
      return post(settings, await readSecret(settings.secret), renderTeams(message));
    case 'pagerduty':
      return post(settings, settings.url, renderPagerduty(message, await readSecret(settings.secret)));
    case 'opsgenie': {
      const key = await readSecret(settings.secret);
      const { path, body } = renderOpsgenie(message);
      const url = `${settings.url.replace(/\/$/, '')}${path}`;
      return post(settings, url, body, () => ({ authorization: `GenieKey ${key}` }));
    }
    case 'webhook': {
      const secret = await readSecret(settings.secret);
      const seconds = Math.floor(now() / 1000);
      return post(settings, settings.url, describeForPrograms(message), (body) =>
        signWebhook(body, secret, seconds),
      );
    }
    case 'smtp': {
      const password = settings.secret === undefined ? undefined : await readSecret(settings.secret);
      return sendSmtp(message, settings, { password, signal, ...network });
    }
    case 'ses':
      return sendSes(message, settings, signal);
    case 'sns':
      return sendSns(message, settings, signal);
    case 'eventbridge':
      return sendEventbridge(message, settings, signal);
  }
}

/** Headers are ASCII in one line: what else a name in a key has is percent-encoded. */
function escapeHeader(text: string): string {
  return Buffer.from(text)
    .toString()
    .replace(/[^\x20-\x7e]/gu, encodeURIComponent);
}

/** Nothing is cut before: half a secret would not be found. */
function blot(text: string, secrets: readonly string[]): string {
  return secrets
    .flatMap(listForms)
    .sort((a, b) => b.length - a.length)
    .reduce((blotted, form) => blotted.replaceAll(form, '***'), text);
}

/** How a receiver may repeat a secret: as it is, and, where it is a URL, any part of it that is long enough to matter. */
function listForms(secret: string): string[] {
  if (!URL.canParse(secret)) return [secret, encodeURIComponent(secret)];
  const { pathname, searchParams } = new URL(secret);
  const parts = [...pathname.split('/'), ...searchParams.values()];
  return [secret, ...parts.filter((part) => part.length >= LEAST_PART)];
}
