import { createFunction } from './function.ts';
import type { Lake } from './lake.ts';
import type { Settings } from './settings.ts';

const LIMIT_SECONDS = 29;
const MEMORY_MB = 1769;
const ROUTES = ['ANY /', 'ANY /{proxy+}'];

/**
 * The API: one function behind an HTTP API, no route without authorisation. It reads results, and adds to the journal
 * what callers state about them; it can remove nothing.
 */
export function createApi(settings: Settings, lake: Lake) {
  const { jwt, requests_per_second, burst_requests } = settings.api;
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
    environment: { HEADROOM_LAKE: lake.location },
    permissions: [...lake.reading(['results', 'journal']), ...lake.adding(['journal'])],
  });
  const authorizer =
    jwt && api.addAuthorizer({ name: 'Token', jwt: { issuer: jwt.issuer, audiences: jwt.audiences } });
  for (const route of ROUTES) {
    api.route(route, handler.arn, {
      auth: authorizer ? { jwt: { authorizer: authorizer.id, scopes: jwt?.scopes ?? [] } } : { iam: true },
    });
  }
  return { url: api.url };
}
