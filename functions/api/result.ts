import { findResult, listColumns, type ResultName } from '../../analytics/results/catalog.ts';
import { openAsClosed } from '../../analytics/results/closes.ts';
import { answerQuery } from '../../analytics/results/query.ts';
import { DEFAULT_PAGE_SIZE, MAXIMUM_PAGE_SIZE, parseParameters } from '../../analytics/results/request.ts';
import type { Route } from '../handler.ts';
import { answerCsv, answerJson, makeEtag } from './answers.ts';
import { readCostCenters } from './claims.ts';
import { acceptsCsv, matchesEtag } from './negotiation.ts';
import type { ApiPorts } from './route.ts';

/** GET /v1/NAME: one result as JSON or CSV. */
export function createResult({ results, store }: ApiPorts, name: ResultName): Route {
  return async (event) => {
    const format = acceptsCsv(event.headers.accept) ? 'csv' : 'json';
    const pageSize = format === 'csv' ? MAXIMUM_PAGE_SIZE : DEFAULT_PAGE_SIZE;
    const asked = parseParameters(name, new URLSearchParams(event.rawQueryString), pageSize);
    const request = { ...asked, ...readCostCenters(event) };
    const snapshot =
      request.as === 'closed' ? await openAsClosed(store, request.month) : await results.current();
    const etag = makeEtag(snapshot.version, request, format);
    if (matchesEtag(event.headers['if-none-match'], etag)) return { statusCode: 304, headers: { etag } };

    const answer = await answerQuery(snapshot, request);
    if (format === 'json') return answerJson(answer, etag);
    return answerCsv(listColumns(findResult(request.result, request.by), answer.by), answer, etag);
  };
}
