import { createHash } from 'node:crypto';
import { formatCsv } from '../../analytics/results/csv.ts';
import type { Answer } from '../../analytics/results/query.ts';
import type { ApiResponse } from '../handler.ts';

/** The entity tag of a request's answer from a version: it changes with either. */
export function makeEtag(version: string, request: unknown, format: string): string {
  return `"${version}-${hashText(JSON.stringify([format, request]))}"`;
}

/** Tells one text from another. */
export function hashText(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 16);
}

/** A value as JSON. */
export function answerJson(value: unknown, etag?: string, statusCode = 200): ApiResponse {
  return {
    statusCode,
    headers: { 'content-type': 'application/json', ...(etag ? { etag } : {}) },
    body: JSON.stringify(value),
  };
}

/** An answer's rows as CSV; where the page stands among all rows is in the headers. */
export function answerCsv(
  columns: Parameters<typeof formatCsv>[0],
  { rows, page }: { rows: Parameters<typeof formatCsv>[1]; page: Answer['page'] },
  etag: string,
): ApiResponse {
  return {
    statusCode: 200,
    headers: {
      'content-type': 'text/csv; charset=utf-8',
      'x-page': page.number,
      'x-pages': page.pages,
      'x-rows': page.rows,
      etag,
    },
    body: formatCsv(columns, rows),
  };
}
