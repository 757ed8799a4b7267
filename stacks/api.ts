import { parameterArn } from './alerts.ts';
import { createFunction } from './function.ts';
import type { Lake } from './lake.ts';
import type { Settings } from './settings.ts';

const LIMIT_SECONDS = 29;
const MEMORY_MB = 1769;
const ROUTES = ['ANY /', 'ANY /{proxy+}'];
/** What a signed link in a message leads to; the signature is the authorisation. */
const LINK_ROUTES = ['GET /v1/feedback/{token}', 'POST /v1/feedback/{token}'];

/**
 * The API: one function behind an HTTP API, no route without authorisation but signed links. It reads results, and adds to the journal
 * what callers state about them; it can remove nothing.
 */
export function createApi(settings: Settings, lake: Lake) {
  const { jwt, requests_per_second, burst_requests } = settings.api;
  const { feedback_parameter } = settings.alerts;
  const api = new sst.aws.ApiGatewayV2('Api', {
    cors: false,
    transform: {
      stage: (args) => {
        args.defaultRouteSettings = {
          throttlingRateLimit: requests_per_second,
          throttlingBurstLimit: burst_requests,
        };
      },
      logGroup: (args) => {
        args.retentionInDays = settings.log_retention_days;
      },
    },
  });
  const handler = createFunction('ApiHandler', settings, {
    handler: 'functions/api/index.handler',
    description: 'Answers from published results, and notes what callers state about them',
    timeoutSeconds: LIMIT_SECONDS,
    memoryMb: MEMORY_MB,
    environment: {
      HEADROOM_LAKE: lake.location,
      ...(feedback_parameter ? { HEADROOM_FEEDBACK_SECRET: `ssm:${feedback_parameter}` } : {}),
    },
    permissions: [
      ...lake.reading(['results', 'journal', 'closes', 'alerts/decisions']),
      ...lake.adding(['journal']),
      ...(feedback_parameter
        ? [{ actions: ['ssm:GetParameter'], resources: [parameterArn(feedback_parameter)] }]
        : []),
    ],
  });
  const authorizer =
    jwt && api.addAuthorizer({ name: 'Token', jwt: { issuer: jwt.issuer, audiences: jwt.audiences } });
  for (const route of ROUTES) {
    api.route(route, handler.arn, {
      auth: authorizer ? { jwt: { authorizer: authorizer.id, scopes: jwt?.scopes ?? [] } } : { iam: true },
    });
  }
  if (feedback_parameter) for (const route of LINK_ROUTES) api.route(route, handler.arn);
  return { url: api.url };
}
