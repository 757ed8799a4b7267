import type { Route } from '../handler.ts';
import { answerJson } from './answers.ts';

/** GET /: where to go from here, as a page for people and as JSON for programs. */
export function createHome(paths: readonly string[]): Route {
  const links = paths.map((path) => `<li><a href="${path}">${path}</a></li>`).join('');
  const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Headroom</title>
<h1>Headroom</h1><p>Published results. Parameters: <a href="/openapi.json">/openapi.json</a>.</p><ul>${links}</ul></html>`;
  return ({ headers }) =>
    headers.accept?.includes('text/html')
      ? { statusCode: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: page }
      : answerJson({ paths });
}
