import type { StatedCause } from '../analytics/incident/incident.ts';
import { formatPercent } from '../analytics/money-text.ts';
import type { RecordRow } from '../analytics/results/records/query.ts';
import { formatAmount, formatTable } from './print-table.ts';

type EvidenceDay = { date: string; value: number; expected: number; low: number; high: number };
type Evidence = { series_name: string; unit: string; also_in: string[]; series: EvidenceDay[] };

/** What departs from the usual without costing anything by itself. */
const FREE_MEASURES: ReadonlySet<string> = new Set(['driver', 'utilization']);
const BLOCKS = '▁▂▃▄▅▆▇█';
const CHART_DAYS = 60;
const SHOWN_SERIES = 10;

/** An incident for people: its state, what happened, the causes with their amounts, a chart, and what to do. */
export function formatExplanation(row: RecordRow): string {
  const text = (name: string) => String(row[name] ?? '');
  const amount = (name: string) => `${formatAmount(text(name))} ${text('billing_currency')}`;
  const causes = row.causes as unknown as StatedCause[];
  const evidence = row.evidence as unknown as Evidence;
  const began = row.began_at ? `${text('began_at').slice(0, 16).replace('T', ' ')} UTC` : text('started_on');
  const span = `${began} to ${row.ended_on === null ? 'now' : text('ended_on')}`;
  const confidence = `confidence ${Math.round(100 * Number(row.confidence))} %`;
  const isFree = FREE_MEASURES.has(text('measure'));
  const owner = ['team', 'service', 'environment', 'owner'].map((name) => `${name} ${text(name)}`).join(', ');
  const feedback = row.feedback
    ? [
        `said to be ${text('feedback').replace('_', ' ')} by ${text('feedback_by')}: ${text('feedback_reason')}`,
      ]
    : [];
  return [
    `${text('id')}  ${text('status')}  ${text('severity')}  ${text('kind')}  revision ${text('revision')}`,
    text('title'),
    '',
    text('reason'),
    isFree
      ? `${span}; ${describeStake(row)}; ${confidence}`
      : `${span}; observed ${amount('observed_cost')}, expected ${amount('expected_cost')}, difference ${amount('excess_cost')}, ${amount('excess_per_day_cost')} a day; ${confidence}`,
    `owner: ${owner}`,
    ...feedback,
    '',
    ...(isFree ? [] : [formatCauses(causes, text('excess_cost'))]),
    formatChart(evidence, text('started_on'), row.ended_on === null ? undefined : text('ended_on')),
    ...listSeries(evidence),
    '',
    `next: ${text('next_step')}`,
    '',
  ].join('\n');
}

function describeStake(row: RecordRow): string {
  const change =
    row.change_ratio === null ? '' : `${formatPercent(Number(row.change_ratio))} from the expected, `;
  const stake =
    row.at_stake_per_day_cost === null
      ? ''
      : `, at stake ${formatAmount(String(row.at_stake_per_day_cost))} ${row.billing_currency} a day`;
  return `${change}costs nothing by itself${stake}`;
}

/** Prints as 0.00. */
const isNothing = (amount: string) => Math.abs(Number(amount)) < 0.005;

function formatCauses(causes: readonly StatedCause[], excess: string): string {
  const share = (value: string) =>
    Number(excess) === 0 ? '' : formatPercent(Number(value) / Number(excess), 0);
  const isShown = ({ change, amount }: StatedCause) => change !== null || !isNothing(amount);
  const rows = causes
    .filter(isShown)
    .flatMap(({ text, amount, quantity_amount, price_amount, resources }) => [
      [text, formatAmount(amount), share(amount), formatAmount(quantity_amount), formatAmount(price_amount)],
      ...resources.map((each) => [
        `  ${each.resource_id}${each.is_new ? ' (new)' : ''}`,
        `about ${formatAmount(each.amount)}`,
        '',
        '',
        '',
      ]),
    ]);
  return formatTable(
    [
      { title: 'cause', isNumber: false },
      { title: 'amount', isNumber: true },
      { title: 'share', isNumber: true },
      { title: 'by quantity', isNumber: true },
      { title: 'by price', isNumber: true },
    ],
    [...rows, ['in all', formatAmount(excess), share(excess), '', '']],
  );
}

/** What was charged and what was expected, a column a day, on one scale; days of the incident beyond the band are marked. */
function formatChart({ series_name, unit, series }: Evidence, from: string, to = '9999'): string {
  const shown = series.slice(-CHART_DAYS);
  const top = Math.max(...shown.flatMap(({ value, expected }) => [value, expected]), Number.MIN_VALUE);
  const draw = (pick: (day: EvidenceDay) => number) =>
    shown
      .map((day) => BLOCKS[Math.round((Math.max(0, pick(day)) / top) * (BLOCKS.length - 1))] ?? '')
      .join('');
  const mark = ({ date, value, low, high }: EvidenceDay) => {
    const day = date.slice(0, 10);
    if (day < from || day > to) return ' ';
    return value > high ? '+' : value < low ? '-' : ' ';
  };
  return [
    `${series_name}, ${shown[0]?.date ?? ''} to ${shown.at(-1)?.date ?? ''}, at most ${formatAmount(top.toFixed(4))} ${unit}`,
    `observed  ${draw(({ value }) => value)}`,
    `expected  ${draw(({ expected }) => expected)}`,
    `unusual   ${shown.map(mark).join('')}`.trimEnd(),
  ].join('\n');
}

function listSeries({ also_in }: Evidence): string[] {
  if (also_in.length === 0) return [];
  const more = also_in.length > SHOWN_SERIES ? `, and ${also_in.length - SHOWN_SERIES} more` : '';
  return [`also in: ${also_in.slice(0, SHOWN_SERIES).join('; ')}${more}`];
}
