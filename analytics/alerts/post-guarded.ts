import { request } from 'node:https';
import type { LookupFunction } from 'node:net';
import { SourceError } from '../errors.ts';
import type { SendResult } from './deliver.ts';
import { type Address, type Resolve, resolveHost } from './private-addresses.ts';

/** How requests leave; tests bring their own certificate authority and names. */
export type PostOptions = { allowPrivate: boolean; ca?: string; resolve?: Resolve };
export type PostRequest = { url: string; headers: Record<string, string>; body: string; signal: AbortSignal };

const BODY_LIMIT_BYTES = 64 * 1024;
/** Answers that may be others later. */
const RETRIED_STATUS = new Set([408, 425, 429]);

/**
 * Posts to an https URL at an address that was checked, on a connection of its own. Redirects are not followed. What
 * the answer means is in the result, with all that it says: it may repeat a secret. The URL is in no message.
 */
export async function postGuarded(
  { url, headers, body, signal }: PostRequest,
  options: PostOptions,
): Promise<SendResult> {
  const target = URL.canParse(url) ? new URL(url) : undefined;
  if (target?.protocol !== 'https:') return { outcome: 'rejected', reason: 'the target is not an https URL' };
  if (target.username || target.password) {
    return { outcome: 'rejected', reason: 'the target has a user or a password in its URL' };
  }
  const addresses = await resolveHost(target.hostname, options);
  const answer = await exchange(target, addresses, { headers, body, signal, ca: options.ca });
  return readAnswer(answer);
}

type HttpAnswer = { status: number; retryAfter: string | undefined; text: string };

function exchange(
  target: URL,
  addresses: readonly Address[],
  { headers, body, signal, ca }: Omit<PostRequest, 'url'> & { ca: string | undefined },
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      const { code = 'failed' } = error as NodeJS.ErrnoException;
      reject(new SourceError(`the connection broke (${code})`, { isRetryable: true, cause: error }));
    };
    const outgoing = request(
      target,
      {
        method: 'POST',
        headers: { 'user-agent': 'headroom', 'content-length': Buffer.byteLength(body), ...headers },
        lookup: answerWith(addresses),
        agent: false,
        signal,
        ...(ca === undefined ? {} : { ca }),
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        let size = 0;
        incoming.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > BODY_LIMIT_BYTES) incoming.destroy();
          else chunks.push(chunk);
        });
        incoming.on('error', fail);
        incoming.on('close', () =>
          resolve({
            status: incoming.statusCode ?? 0,
            retryAfter: incoming.headers['retry-after'],
            text: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    outgoing.on('error', fail);
    outgoing.end(body);
  });
}

/** Answers what was checked, whoever asks; the name is not resolved again. */
function answerWith(addresses: readonly Address[]): LookupFunction {
  return (_hostname, options, callback) => {
    const [first] = addresses as [Address];
    if (options.all) callback(null, [...addresses]);
    else callback(null, first.address, first.family);
  };
}

function readAnswer({ status, retryAfter, text }: HttpAnswer): SendResult {
  if (status >= 200 && status < 300) return { outcome: 'delivered', receipt: `HTTP ${status}` };
  const said = text.replace(/\s+/g, ' ').trim();
  const reason = `HTTP ${status}${said ? `: ${said}` : ''}`;
  if (status < 500 && !RETRIED_STATUS.has(status)) return { outcome: 'rejected', reason };
  const retryAfterSeconds = readRetryAfter(retryAfter);
  return { outcome: 'retry', reason, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) };
}

/** Seconds, or a date, as RFC 9110 has it. */
export function readRetryAfter(value: string | undefined, now = Date.now()): number | undefined {
  if (value === undefined) return undefined;
  const seconds = /^\d+$/.test(value.trim()) ? Number(value) : (Date.parse(value) - now) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}
