import type * as z from 'zod';
import { RequestError } from '../../analytics/results/request-error.ts';
import type { ApiEvent } from '../handler.ts';

const JSON_TYPE = /^application\/(json|merge-patch\+json)\s*(;|$)/i;
const MAXIMUM_BODY_BYTES = 65_536;

/** The body's text. Throws RequestError (413) where it is too long. */
export function readBody({ body = '', isBase64Encoded }: ApiEvent): string {
  const text = isBase64Encoded ? Buffer.from(body, 'base64').toString('utf8') : body;
  if (Buffer.byteLength(text) > MAXIMUM_BODY_BYTES) {
    throw new RequestError(413, `the body is longer than ${MAXIMUM_BODY_BYTES} bytes`);
  }
  return text;
}

/**
 * The body as the schema says. Only JSON is taken, which a page of another site cannot send without being asked first.
 *
 * @throws RequestError 415, 413, or 400 that names the first field that is wrong.
 */
export function readJsonBody<T>(event: ApiEvent, schema: z.ZodType<T>): T {
  if (!JSON_TYPE.test(event.headers['content-type'] ?? '')) {
    throw new RequestError(415, 'the body must be JSON', { remedy: 'Send content-type: application/json.' });
  }
  const parsed = schema.safeParse(parseJson(readBody(event)));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const parameter = issue?.path.join('.') || 'body';
  throw new RequestError(400, `${parameter}: ${issue?.message ?? 'is not as it should be'}`, { parameter });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RequestError(400, 'the body is not JSON', { parameter: 'body' });
  }
}
