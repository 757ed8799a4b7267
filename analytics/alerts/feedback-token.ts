import { createHmac, timingSafeEqual } from 'node:crypto';
import { FEEDBACKS, type Feedback } from './feedback.ts';

/** What a link states about an alert, and until when it may. */
export type FeedbackClaim = {
  alertId: string;
  feedback: Feedback;
  /** Where the link was sent: says who may have used it. */
  channel: string;
  /** Seconds since 1970. */
  expiresAt: number;
};

/** Keeps signatures apart from others by the same secret. */
const PURPOSE = 'headroom-feedback-v1';

/** The claim as text for a URL, signed by HMAC-SHA256. */
export function signFeedback(claim: FeedbackClaim, secret: string): string {
  const { alertId, feedback, channel, expiresAt } = claim;
  const payload = Buffer.from(JSON.stringify([alertId, feedback, channel, expiresAt])).toString('base64url');
  return `${payload}.${sign(payload, secret).toString('base64url')}`;
}

/** The claim of a token; undefined where it was not signed by the secret or is too old. */
export function verifyFeedback(token: string, secret: string, now = Date.now()): FeedbackClaim | undefined {
  const [payload = '', signature = '', ...rest] = token.split('.');
  const given = Buffer.from(signature, 'base64url');
  const wanted = sign(payload, secret);
  if (rest.length > 0 || given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
  const [alertId, feedback, channel, expiresAt] = JSON.parse(
    Buffer.from(payload, 'base64url').toString('utf8'),
  ) as [string, Feedback, string, number];
  if (expiresAt * 1000 <= now || !FEEDBACKS.includes(feedback)) return undefined;
  return { alertId, feedback, channel, expiresAt };
}

function sign(payload: string, secret: string): Buffer {
  return createHmac('sha256', secret).update(`${PURPOSE}.${payload}`).digest();
}
