import { createHash } from 'node:crypto';
import { findResult, listColumns } from '../../analytics/results/catalog.ts';
import { formatCsv } from '../../analytics/results/csv.ts';
import type { Answer } from '../../analytics/results/query.ts';
import type { ResultRequest } from '../../analytics/results/request.ts';
import type { ApiResponse } from '../handler.ts';

/** The entity tag of a request's answer from a version: it changes with either. */
export function makeEtag(version: string, request: unknown, format: string): string {
  return `"${version}-${hashText(JSON.stringify([format, request]))}"`;
}

/** Tells one text from another. */
export function hashText(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 16);
}

/** The answer as JSON. */
export function answerJson(answer: Answer): ApiResponse {
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(answer) };
}

/** The answer's rows as CSV; where the page stands among all rows is in the headers. */
export function answerCsv(answer: Answer, request: ResultRequest): ApiResponse {
  const { number, pages, rows } = answer.page;
  const columns = listColumns(findResult(request.result, request.by), answer.by);
  return {
    headers: {
      'content-type': 'text/csv; charset=utf-8',
      'x-page': number,
      'x-pages': pages,
      'x-rows': rows,
    },
    body: formatCsv(columns, answer.rows),
  };
}
