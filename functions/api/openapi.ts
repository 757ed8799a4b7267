import { createOpenapi } from '../../analytics/results/openapi.ts';
import type { Route } from '../handler.ts';

/** GET /openapi.json. */
export const getOpenapi: Route = () => ({
  statusCode: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(createOpenapi()),
});
