import {
  FEEDBACK_JOURNAL,
  FEEDBACKS,
  type Feedback,
  feedbackSchema,
  stateFeedback,
} from '../../analytics/alerts/feedback.ts';
import { type FeedbackClaim, verifyFeedback } from '../../analytics/alerts/feedback-token.ts';
import { openJournal } from '../../analytics/lake/journal.ts';
import { RequestError } from '../../analytics/results/request-error.ts';
import type { ApiEvent, ApiResponse } from '../handler.ts';
import { answerJson } from './answers.ts';
import { readBody, readJsonBody } from './body.ts';
import { readCaller, readCostCenters } from './claims.ts';
import type { ApiPorts, RouteDefinition } from './route.ts';

const UNNAMED = 'unnamed caller';
const WORDS: Readonly<Record<Feedback, string>> = {
  actionable: 'was worth it',
  not_actionable: 'was not worth it',
  planned: 'was planned',
};

/**
 * What people say about alerts: POST /v1/anomalies/{id}/feedback for callers of the API, and /v1/feedback/{token} for
 * the signed links in messages, which needs no other authorisation. Following a link only shows a form, because mail
 * scanners follow links; the form's POST states it.
 */
export function createFeedbackRoutes(ports: ApiPorts): RouteDefinition[] {
  const journal = openJournal(ports.store, FEEDBACK_JOURNAL);
  const readClaim = async (token: string): Promise<FeedbackClaim | undefined> => {
    const secret = await ports.feedbackSecret?.();
    return secret === undefined ? undefined : verifyFeedback(token, secret);
  };
  return [
    {
      method: 'GET',
      path: '/v1/feedback/{token}',
      describe: describeLink('Asks a person to confirm what a link in a message says', 'showFeedback'),
      route: async (_event, { token = '' }) => {
        const claim = await readClaim(token);
        return claim ? page(200, renderForm(claim)) : INVALID_LINK;
      },
    },
    {
      method: 'POST',
      path: '/v1/feedback/{token}',
      describe: {
        ...describeLink('States what a link in a message says', 'confirmFeedback'),
        requestBody: {
          content: {
            'application/x-www-form-urlencoded': {
              schema: { type: 'object', properties: { reason: { type: 'string' } } },
            },
          },
        },
      },
      route: async (event, { token = '' }) => {
        const claim = await readClaim(token);
        if (!claim) return INVALID_LINK;
        const { alertId, feedback, channel } = claim;
        const reason = new URLSearchParams(readBody(event)).get('reason') ?? '';
        const statement = feedbackSchema.safeParse({ feedback, reason });
        if (!statement.success) return page(400, renderForm(claim, statement.error.issues[0]?.message));
        await stateFeedback(journal, alertId, statement.data, `link:${channel}`);
        return page(200, `<p>Noted: the alert ${WORDS[feedback]}. Thank you.</p>`);
      },
    },
    {
      method: 'POST',
      path: '/v1/anomalies/{id}/feedback',
      describe: describeStatement(),
      route: async (event, { id = '' }) => {
        const statement = readJsonBody(event, feedbackSchema);
        await checkVisible(ports, event, id);
        const entry = await stateFeedback(journal, id, statement, readCaller(event) ?? UNNAMED);
        return answerJson({ id, ...entry }, undefined, 201);
      },
    },
  ];
}

/** Throws RequestError (404) for an alert that nothing tells of, or that the caller may not see. */
async function checkVisible({ results, store }: ApiPorts, event: ApiEvent, id: string): Promise<void> {
  // Only this route needs what builds alerts.
  const { findAlert } = await import('../../analytics/alerts/find-alert.ts');
  const { costCenters } = readCostCenters(event);
  const alert = await findAlert({ store, snapshot: await results.current() }, id, costCenters);
  if (!alert) throw new RequestError(404, `there is no alert '${id}'`);
}

const INVALID_LINK: ApiResponse = page(403, '<p>This link is not valid, or not any more.</p>');

function renderForm({ alertId, feedback }: FeedbackClaim, problem?: string): string {
  const isRequired = feedback === 'not_actionable';
  return `<p>Alert <code>${escapeHtml(alertId)}</code> ${WORDS[feedback]}?</p>
${problem ? `<p role="alert">${escapeHtml(problem)}</p>` : ''}
<form method="post"><p><label>Reason${isRequired ? '' : ' (if you like)'}<br>
<textarea name="reason" rows="3" cols="60" maxlength="500"${isRequired ? ' required' : ''}></textarea></label></p>
<p><button type="submit">Confirm</button></p></form>`;
}

function page(statusCode: number, body: string): ApiResponse {
  return {
    statusCode,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    },
    body: `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="robots" content="noindex"><title>Headroom: feedback</title></head><body><h1>Headroom</h1>${body}</body></html>`,
  };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const HTML = { 'text/html': { schema: { type: 'string' } } };
const TEXT = { type: 'string' };

function describeLink(summary: string, operationId: string): Record<string, unknown> {
  return {
    operationId,
    summary,
    security: [],
    parameters: [{ name: 'token', in: 'path', required: true, schema: TEXT }],
    responses: {
      200: { description: 'A page for people', content: HTML },
      400: { description: 'A reason is missing', content: HTML },
      403: { description: 'The link is not valid, or not any more', content: HTML },
    },
  };
}

function describeStatement(): Record<string, unknown> {
  const problem = { 'application/problem+json': { schema: { $ref: '#/components/schemas/problem' } } };
  const fields = {
    feedback: { enum: FEEDBACKS },
    reason: { ...TEXT, description: 'Needed for what was not actionable' },
    snooze_until: { ...TEXT, format: 'date', description: 'First day that it may be told again' },
  };
  return {
    operationId: 'stateFeedback',
    summary: 'States whether an alert was worth it',
    parameters: [{ name: 'id', in: 'path', required: true, schema: TEXT }],
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: { type: 'object', required: ['feedback'], additionalProperties: false, properties: fields },
        },
      },
    },
    responses: {
      201: {
        description: 'The statement as it is kept',
        content: {
          'application/json': {
            schema: {
              type: 'object',
              required: ['id', 'sequence', 'at', 'by', 'feedback', 'reason'],
              properties: { ...fields, id: TEXT, sequence: { type: 'integer' }, at: TEXT, by: TEXT },
            },
          },
        },
      },
      400: { description: 'A field is unknown or wrong', content: problem },
      404: { description: 'There is none', content: problem },
      415: { description: 'The body is not JSON', content: problem },
    },
  };
}
