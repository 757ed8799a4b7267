import { formatMoney, formatPercent } from '../../money-text.ts';
import type { Cell } from '../columns.ts';
import type { Row } from '../query.ts';

/** Text as HTML shows it, also inside attributes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

export type HtmlColumn = { name: string; title: string; kind: 'text' | 'money' | 'ratio' | 'count' };

/** Rows as an HTML table; rows of totals stand last. */
export function formatHtmlTable(
  columns: readonly HtmlColumn[],
  rows: readonly Row[],
  totals: readonly Row[] = [],
): string {
  const head = columns.map(({ title, kind }) => `<th${classOf(kind)}>${escapeHtml(title)}</th>`).join('');
  const line = (row: Row, tag: string) =>
    `<tr${tag}>${columns.map(({ name, kind }) => `<td${classOf(kind)}>${formatCell(row[name] ?? null, kind)}</td>`).join('')}</tr>`;
  return [
    '<div class="wide"><table><thead><tr>',
    head,
    '</tr></thead><tbody>',
    ...rows.map((row) => line(row, '')),
    ...totals.map((row) => line(row, ' class="total"')),
    '</tbody></table></div>',
  ].join('');
}

/** A whole page without scripts, that prints as it looks. */
export function formatHtmlPage(title: string, body: readonly string[]): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>${STYLE}</style></head>
<body><h1>${escapeHtml(title)}</h1>
${body.join('\n')}
</body></html>
`;
}

function classOf(kind: HtmlColumn['kind']): string {
  return kind === 'text' ? '' : ' class="n"';
}

function formatCell(cell: Cell, kind: HtmlColumn['kind']): string {
  if (cell === null) return '';
  if (kind === 'money') return formatMoney(String(cell), '');
  if (kind === 'ratio') return formatPercent(Number(cell)).replace(' ', '&nbsp;');
  return escapeHtml(String(cell));
}

const STYLE = `
body { font: 14px/1.45 system-ui, sans-serif; color: #1c2733; background: #fff; max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem; margin: 0 0 .3rem } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; break-after: avoid }
p { margin: .3rem 0 } .muted { color: #5a6875 }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 13px }
th { text-align: left; color: #5a6875; font-weight: 600; border-bottom: 1px solid #aab4be; padding: .3rem .5rem }
td { border-bottom: 1px solid #e4e8ec; padding: .25rem .5rem; vertical-align: top }
.n { text-align: right; white-space: nowrap } tr.total td { font-weight: 600; border-top: 1px solid #aab4be }
svg { max-width: 100%; height: auto; display: block; margin: .6rem 0 } svg text { font: 12px system-ui, sans-serif; fill: #1c2733 }
@media screen { .wide { overflow-x: auto } }
@media print { body { margin: 0; max-width: none; font-size: 11px } table { font-size: 10px } tr, svg { break-inside: avoid } thead { display: table-header-group } }
@page { size: A4 landscape; margin: 14mm }`;
