import { createTransport } from 'nodemailer';
import type { ChannelSettings } from '../../configuration/alerts-schema.ts';
import type { SendResult } from '../deliver.ts';
import type { Message } from '../message.ts';
import type { PostOptions } from '../post-guarded.ts';
import { resolveHost } from '../private-addresses.ts';
import { composeMail } from './email.ts';

type SmtpSettings = Extract<ChannelSettings, { type: 'smtp' }>;

const IMPLICIT_TLS_PORT = 465;
/** From here on an SMTP answer is final. */
const PERMANENT = 500;
const HIGHEST_CODE = 599;

/** Sends by SMTP over TLS, to the address that was checked. Without TLS only where private addresses are allowed. */
export async function sendSmtp(
  message: Message,
  settings: SmtpSettings,
  options: { password: string | undefined; signal: AbortSignal } & Pick<PostOptions, 'ca' | 'resolve'>,
): Promise<SendResult> {
  const { host, port, user, allow_private } = settings;
  const { password, signal, ca, resolve } = options;
  const mail = await composeMail(message, settings);
  if (mail.to.length === 0) return { outcome: 'rejected', reason: 'nobody to send it to' };
  const [address] = await resolveHost(host, {
    allowPrivate: allow_private,
    ...(resolve ? { resolve } : {}),
  });
  const transport = createTransport({
    host: address?.address ?? host,
    port,
    secure: port === IMPLICIT_TLS_PORT,
    requireTLS: !allow_private || user !== undefined,
    tls: { servername: host, ...(ca === undefined ? {} : { ca }) },
    ...(user === undefined ? {} : { auth: { user, pass: password ?? '' } }),
  });
  const stop = () => transport.close();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const { response } = await transport.sendMail({
      envelope: { from: mail.from, to: mail.to },
      raw: mail.raw,
    });
    return { outcome: 'delivered', receipt: response };
  } catch (error) {
    return readFailure(error as Error & { responseCode?: number; code?: string });
  } finally {
    signal.removeEventListener('abort', stop);
    transport.close();
  }
}

function readFailure(error: { responseCode?: number; code?: string }): SendResult {
  const { responseCode, code = 'failed' } = error;
  if (responseCode === undefined) return { outcome: 'retry', reason: `the mail server broke off (${code})` };
  const isFinal = responseCode >= PERMANENT && responseCode <= HIGHEST_CODE && code !== 'EAUTH';
  return { outcome: isFinal ? 'rejected' : 'retry', reason: `SMTP ${responseCode} (${code})` };
}
