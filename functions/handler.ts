import { inspect } from 'node:util';
import middy, { type MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { ConflictError, InputError, SourceError } from '../analytics/errors.ts';
import { RequestError } from '../analytics/results/request-error.ts';

export type ApiEvent = APIGatewayProxyEventV2;
export type ApiResponse = APIGatewayProxyStructuredResultV2;
/** Answers one kind of request; throws one of the four errors. */
export type Route = (event: ApiEvent) => ApiResponse | Promise<ApiResponse>;
/** Where faults of the service are written; the caller never sees them. */
export type FaultLog = (error: unknown) => void;

const RETRY_SECONDS = 5;
const HEADERS = {
  'cache-control': 'private, no-cache',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
  vary: 'accept, authorization',
  'x-content-type-options': 'nosniff',
};
const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  410: 'Gone',
  413: 'Content too large',
  414: 'URI too long',
  415: 'Unsupported media type',
  500: 'Internal error',
  503: 'Service unavailable',
};

/** The chain that every route of the API runs in: headers, and the one place where errors become problems. */
export function createHandler(
  route: Route,
  log: FaultLog = logFault,
): (event: ApiEvent) => Promise<ApiResponse> {
  const chain = middy<ApiEvent, ApiResponse>()
    .use(addHeaders())
    .use(answerErrors(log))
    .handler<ApiEvent, ApiResponse>(async (event) => route(event));
  return (event) => chain(event, {} as Parameters<typeof chain>[1]) as Promise<ApiResponse>;
}

/** A problem+json response (RFC 9457). */
export function answerProblem(
  status: number,
  detail: string,
  more: {
    parameter?: string | undefined;
    allowed?: readonly string[] | undefined;
    remedy?: string | undefined;
  } = {},
): ApiResponse {
  return {
    statusCode: status,
    headers: { 'content-type': 'application/problem+json' },
    body: JSON.stringify({ type: 'about:blank', title: TITLES[status], status, detail, ...more }),
  };
}

type Middleware = MiddlewareObj<ApiEvent, ApiResponse>;

function addHeaders(): Middleware {
  const add: NonNullable<Middleware['after']> = ({ response }) => {
    if (response) response.headers = { ...HEADERS, ...response.headers };
  };
  return { after: add, onError: add };
}

function answerErrors(log: FaultLog): Middleware {
  return {
    onError: (request) => {
      request.response = describeError(request.error, log);
    },
  };
}

function describeError(error: unknown, log: FaultLog): ApiResponse {
  if (error instanceof RequestError) {
    const { status, message, parameter, allowed, remedy } = error;
    const response = answerProblem(status, message, { parameter, allowed, remedy });
    return status === 405 ? withHeader(response, 'allow', (allowed ?? []).join(', ')) : response;
  }
  if (error instanceof ConflictError) {
    return answerProblem(409, error.message, { remedy: 'Read it again and decide on what it says now.' });
  }
  log(error);
  if (error instanceof SourceError) {
    const response = answerProblem(503, 'The results cannot be read at the moment.');
    return withHeader(response, 'retry-after', String(RETRY_SECONDS));
  }
  if (error instanceof InputError) {
    return answerProblem(500, 'The service is not set up as it should be. Its log says why.');
  }
  return answerProblem(500, 'The service failed. Its log says why.');
}

function withHeader(response: ApiResponse, name: string, value: string): ApiResponse {
  return { ...response, headers: { ...response.headers, [name]: value } };
}

function logFault(error: unknown): void {
  console.error(JSON.stringify({ level: 'error', error: inspect(error) }));
}
