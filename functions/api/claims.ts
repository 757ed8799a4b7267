import type { ApiEvent } from '../handler.ts';

/** Limits a caller to cost centres: separated by spaces or commas, or an array. */
const CLAIM = 'headroom:cost_centers';

type Claims = { jwt?: { claims?: Record<string, unknown> } };

/**
 * The cost centres that the caller's token allows; nothing without the claim. A claim that cannot be read allows none.
 * API Gateway passes an array as text in brackets.
 */
export function readCostCenters(event: ApiEvent): { costCenters?: string[] } {
  const { authorizer } = event.requestContext as { authorizer?: Claims };
  const claim = authorizer?.jwt?.claims?.[CLAIM];
  if (claim === undefined) return {};
  if (Array.isArray(claim)) return { costCenters: claim.map(String) };
  if (typeof claim !== 'string') return { costCenters: [] };
  const list = claim.replace(/^\[(.*)\]$/s, '$1');
  return { costCenters: list.split(/[\s,]+/).filter(Boolean) };
}

const NAME_CLAIMS = ['email', 'preferred_username', 'username', 'cognito:username', 'sub'];

/** Who calls, as the token names them; undefined without a token. */
export function readCaller(event: ApiEvent): string | undefined {
  const { authorizer } = event.requestContext as { authorizer?: Claims };
  const names = NAME_CLAIMS.map((claim) => authorizer?.jwt?.claims?.[claim]);
  return names.find((name): name is string => typeof name === 'string' && name !== '');
}
