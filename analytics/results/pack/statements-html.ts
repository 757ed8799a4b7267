import { formatScaled, parseScaled } from '../../decimal-text.ts';
import { groupBy } from '../../group-by.ts';
import type { ManifestMonth } from '../manifest.ts';
import { escapeHtml, formatHtmlPage, formatHtmlTable, type HtmlColumn } from './html-page.ts';
import { describeIncomplete, STATEMENT_PARTS, type Statement } from './statements.ts';

const AMOUNTS: HtmlColumn[] = [...STATEMENT_PARTS, 'total_cost'].map((name) => ({
  name,
  title: name.replace(/_cost$/, '').replaceAll('_', ' '),
  kind: 'money',
}));
const text = (name: string): HtmlColumn => ({ name, title: name.replaceAll('_', ' '), kind: 'text' });

/** The statements as a page to print: what each cost centre is charged, then a page for each. */
export function formatStatementsHtml(
  statements: readonly Statement[],
  {
    month,
    asOf,
    isClosed,
    published,
  }: { month: string; asOf: string; isClosed: boolean; published?: ManifestMonth | undefined },
): string {
  const summary = statements.map(({ cost_center, billing_currency, total }) => ({
    ...total,
    cost_center,
    billing_currency,
  }));
  const totals = [...groupBy(summary, ({ billing_currency }) => billing_currency)].map(
    ([currency, rows]) => ({
      cost_center: 'Total',
      billing_currency: currency,
      ...Object.fromEntries(
        AMOUNTS.map(({ name }) => [
          name,
          formatScaled(rows.reduce((sum, row) => sum + parseScaled(row[name as 'total_cost']), 0n)),
        ]),
      ),
    }),
  );
  return formatHtmlPage(`Cloud cost statements ${month}`, [
    `<p class="muted">${isClosed ? 'As closed' : 'As known now'} · as of ${escapeHtml(asOf)} · billed cost; the totals are the bill${published && !published.is_complete ? ` so far, which is ${describeIncomplete(published)}` : ''}</p>`,
    formatHtmlTable([text('cost_center'), text('billing_currency'), ...AMOUNTS], summary, totals),
    ...statements.map(
      ({ cost_center, billing_currency, lines, total }) =>
        `<section style="break-before: page"><h2>${escapeHtml(`${cost_center}, ${billing_currency}`)}</h2>` +
        `${formatHtmlTable([text('service_name'), ...AMOUNTS], lines, [total])}</section>`,
    ),
  ]);
}
