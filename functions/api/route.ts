import type { ObjectStore } from '../../analytics/lake/object-store.ts';
import type { ResultsReader } from '../../analytics/results/snapshot.ts';
import type { ApiEvent, ApiResponse } from '../handler.ts';

/** What routes work with. */
export type ApiPorts = {
  results: ResultsReader;
  /** Where journals are kept; routes that state something write to it. */
  store: ObjectStore;
  /** Signs the links in messages that say whether an alert was worth it; without it none is valid. */
  feedbackSecret?: () => Promise<string>;
};

export type RouteDefinition = {
  method: 'GET' | 'POST' | 'PATCH';
  /** `/v1/waste/{id}`: a name in braces stands for one part of the path. */
  path: string;
  route: (
    event: ApiEvent,
    parameters: Readonly<Record<string, string>>,
  ) => ApiResponse | Promise<ApiResponse>;
  /** The operation in the OpenAPI document. */
  describe: Readonly<Record<string, unknown>>;
};

/**
 * The definition that a path and method lead to, with the values of its parameters; else the methods that the path has.
 * A path without parameters comes before one with them.
 */
export function matchRoute(
  routes: readonly RouteDefinition[],
  method: string,
  path: string,
): { found?: { definition: RouteDefinition; parameters: Record<string, string> }; methods: string[] } {
  const asked = path.split('/');
  const matches = routes
    .map((definition) => ({ definition, parameters: matchParts(definition.path.split('/'), asked) }))
    .filter(
      (match): match is { definition: RouteDefinition; parameters: Record<string, string> } =>
        !!match.parameters,
    )
    .sort((a, b) => Object.keys(a.parameters).length - Object.keys(b.parameters).length);
  const wanted = method === 'HEAD' ? 'GET' : method;
  const found = matches.find(({ definition }) => definition.method === wanted);
  const methods = [
    ...new Set(
      matches.flatMap(({ definition }) =>
        definition.method === 'GET' ? ['GET', 'HEAD'] : [definition.method],
      ),
    ),
  ];
  return { ...(found ? { found } : {}), methods };
}

function matchParts(
  pattern: readonly string[],
  asked: readonly string[],
): Record<string, string> | undefined {
  if (pattern.length !== asked.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const value = asked[index] as string;
    const name = /^\{(\w+)\}(.*)$/.exec(part);
    if (!name) {
      if (part !== value) return undefined;
      continue;
    }
    const suffix = name[2] as string;
    if (!value.endsWith(suffix) || value.length === suffix.length) return undefined;
    const decoded = decode(value.slice(0, value.length - suffix.length));
    if (decoded === undefined) return undefined;
    parameters[name[1] as string] = decoded;
  }
  return parameters;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
