import type { Row } from '../query.ts';
import { escapeHtml, formatHtmlPage, formatHtmlTable, type HtmlColumn } from './html-page.ts';
import { listUsedParts, type Pack } from './read-pack.ts';
import { drawWaterfall } from './waterfall.ts';

const COMPARISONS: Readonly<Record<string, [base: string, title: string]>> = {
  budget: ['budget', 'Budget to actual'],
  forecast: ['forecast', 'Forecast to actual'],
  prior_month: ['month before', 'Month before to this month'],
  prior_year: ['same month last year', 'Same month last year to this month'],
};
const SERVICES_SHOWN = 30;
const DRIVERS_SHOWN = 12;

const text = (name: string): HtmlColumn => ({ name, title: name.replaceAll('_', ' '), kind: 'text' });
const money = (name: string, title = name.replace(/_cost$/, '').replaceAll('_', ' ')): HtmlColumn => ({
  name,
  title,
  kind: 'money',
});
const CURRENCY: HtmlColumn = { name: 'billing_currency', title: 'currency', kind: 'text' };

/** The pack as a page to read or print. The same pack gives the same text. */
export function formatPackHtml(pack: Pack): string {
  const facts = [
    pack.view === 'closed' ? 'As closed' : 'As known now',
    `as of ${pack.asOf}`,
    `${pack.costBasis} cost`,
    `version ${pack.version}`,
    pack.isReconciled ? 'control totals agree in every step' : 'CONTROL TOTALS DO NOT AGREE',
  ];
  return formatHtmlPage(`Variance pack ${pack.month}`, [
    `<p class="muted">${escapeHtml(facts.join(' · '))}</p>`,
    '<h2>Budget and cost</h2>',
    formatHtmlTable(listVarianceColumns(pack.summary, []), pack.summary.rows),
    ...formatBridges(pack),
    '<h2>Variance by cost centre and team</h2>',
    formatHtmlTable(
      listVarianceColumns(pack.variance, ['cost_center', 'team', 'service', 'environment']),
      pack.variance.rows,
      totalsOf(pack.variance),
    ),
    '<h2>Cost by service</h2>',
    formatServices(pack),
    '<h2>Reconciliation</h2>',
    formatHtmlTable(
      [
        ...['source', 'provider_name', 'billing_account_id', 'charge_category'].map(text),
        CURRENCY,
        money('source_billed_cost', 'delivered'),
        money('quarantined_billed_cost', 'set aside'),
        money('published_billed_cost', 'published'),
        money('difference_billed_cost', 'difference'),
      ],
      pack.reconciliation.rows,
      totalsOf(pack.reconciliation),
    ),
    ...formatInvoices(pack),
    '<p class="muted">Billed cost. Amounts are rounded for reading; the CSV and JSON of the same results are exact.</p>',
  ]);
}

function listVarianceColumns({ rows }: Pack['variance'], by: readonly string[]): HtmlColumn[] {
  const hasCurrency = rows.some((row) => Number(row.budget_currency_cost) !== 0);
  return [
    ...by.map(text),
    CURRENCY,
    money('budget_cost'),
    money('landing_cost', 'actual or landing'),
    money('variance_cost'),
    { name: 'variance_ratio', title: '%', kind: 'ratio' },
    ...(hasCurrency ? [money('budget_currency_cost', 'budget currency')] : []),
    money('volume_variance_cost'),
    money('rate_efficiency_variance_cost', 'rate, efficiency'),
    money('variance_ytd_cost', 'variance, year to date'),
  ];
}

/** For each comparison and currency: the waterfall of all, and the parts by group. */
function formatBridges({ bridge, noBridgeBecause, by, drivers }: Pack): string[] {
  if (!bridge || bridge.rows.length === 0) {
    return ['<h2>Bridge</h2>', `<p>There is no bridge: ${escapeHtml(noBridgeBecause)}.</p>`];
  }
  return (bridge.control.totals as Row[]).flatMap((total) => {
    const currency = String(total.billing_currency);
    const [baseName, title] = COMPARISONS[String(total.comparison)] ?? ['base', String(total.comparison)];
    const ownDrivers = drivers.filter((row) => isOf(row, total));
    const forecast = ownDrivers.find((row) => row.forecast_as_of_date);
    const baseTitle = forecast ? `${forecast.forecast_kind} as of ${forecast.forecast_as_of_date}` : baseName;
    const rows = bridge.rows.filter((row) => isOf(row, total));
    const parts = listUsedParts(rows);
    const steps = parts.map((part) => ({ title: part.title, amount: String(total[part.name]) }));
    const columns = [
      ...by.map(text),
      money('base_cost', baseTitle),
      ...parts.map((part) => money(part.name, part.title)),
      money('actual_cost'),
    ];
    return [
      `<h2>${escapeHtml(`${title}, ${currency}`)}</h2>`,
      drawWaterfall({ title: baseTitle, amount: String(total.base_cost) }, steps, 'actual', currency),
      formatHtmlTable(columns, rows, [total]),
      ...formatDrivers(ownDrivers),
    ];
  });
}

function isOf(row: Row, total: Row): boolean {
  return row.comparison === total.comparison && row.billing_currency === total.billing_currency;
}

function formatDrivers(drivers: readonly Row[]): string[] {
  if (drivers.length === 0) return [];
  const items = drivers.slice(0, DRIVERS_SHOWN).map(({ sentence, owner }) => {
    const isNamed = !String(owner).startsWith('(');
    const whose = isNamed ? ` <span class="muted">${escapeHtml(String(owner))}</span>` : '';
    return `<li>${escapeHtml(String(sentence))}${whose}</li>`;
  });
  return [`<ol>${items.join('')}</ol>`];
}

function formatInvoices({ invoices: { rows, totals } }: Pack): string[] {
  if (rows.length === 0) return [];
  const columns = [
    ...['billing_account_id', 'invoice_id'].map(text),
    CURRENCY,
    money('invoice_cost'),
    money('billed_cost'),
    money('difference_cost'),
    money('not_given_cost'),
    ...['status', 'probable_cause'].map(text),
  ];
  return ['<h2>Invoices</h2>', formatHtmlTable(columns, rows, totals)];
}

function formatServices({ services }: Pack): string {
  const byCost = [...services.rows].sort((a, b) => Number(b.billed_cost) - Number(a.billed_cost));
  const left = byCost.length - SERVICES_SHOWN;
  const columns = [
    text('service_name'),
    CURRENCY,
    money('billed_cost'),
    money('effective_cost'),
    money('list_cost'),
  ];
  const table = formatHtmlTable(columns, byCost.slice(0, SERVICES_SHOWN), totalsOf(services));
  return left > 0 ? `${table}<p class="muted">${left} smaller ones are in the totals.</p>` : table;
}

function totalsOf({ control }: Pack['variance']): Row[] {
  return control.totals as Row[];
}
