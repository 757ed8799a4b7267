import { createHmac } from 'node:crypto';

/** Headers of a signed request. */
export const TIMESTAMP_HEADER = 'x-headroom-timestamp';
export const SIGNATURE_HEADER = 'x-headroom-signature';

/**
 * Headers that prove who sent a body, and when: `x-headroom-signature: v1=HEX` is the HMAC-SHA256 of
 * `TIMESTAMP.BODY` with the shared secret. Receivers should refuse timestamps (seconds since 1970) that are minutes old.
 */
export function signWebhook(body: string, secret: string, timestamp: number): Record<string, string> {
  const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return { [TIMESTAMP_HEADER]: String(timestamp), [SIGNATURE_HEADER]: `v1=${signature}` };
}
