import type { ObjectStore } from '../analytics/lake/object-store.ts';
import { findResult, listColumns } from '../analytics/results/catalog.ts';
import { explainEmpty } from '../analytics/results/explain-empty.ts';
import { answerQuery } from '../analytics/results/query.ts';
import { listShownColumns } from '../analytics/results/records/definition.ts';
import { findRecordDefinition } from '../analytics/results/records/index.ts';
import { answerRecords } from '../analytics/results/records/query.ts';
import { parseRecordRequest } from '../analytics/results/records/request.ts';
import type { ResultRequest } from '../analytics/results/request.ts';
import { openResults, type Snapshot } from '../analytics/results/snapshot.ts';
import { formatAnswer } from './print-answer.ts';
import { formatRecords } from './print-records.ts';
import { TABLE_COLUMNS } from './table-columns.ts';

const FIRST_ROWS = 5;

type Section = { title: string } & (
  | { request: ResultRequest }
  | { records: string; only?: readonly string[] }
);

/** What a person wants to see first, from the published results. */
export async function formatOverview(store: ObjectStore): Promise<string> {
  const snapshot = await openResults({ store }).current();
  const parts = await Promise.all(
    listSections(snapshot).map(async (section) => {
      const body =
        'request' in section
          ? await formatResult(snapshot, section.request)
          : await formatList(snapshot, section.records, section.only);
      return `\n${section.title}\n${body}`;
    }),
  );
  return parts.join('');
}

function listSections({ manifest }: Snapshot): Section[] {
  const running = manifest.months.find(({ is_complete }) => !is_complete);
  const landing: Section[] = running
    ? [
        {
          title: `Where will ${running.billing_period} land, by what is known of ${running.complete_days} days?`,
          request: { result: 'variance', month: running.billing_period, sort: '-variance_cost' },
        },
      ]
    : [];
  const bridge: Section = {
    title: 'Why did it change since the month before?',
    request: {
      result: 'variance/bridge',
      filters: { comparison: ['prior_month'] },
      sort: '-change_cost',
    },
  };
  return [
    { title: 'Does it equal the bill?', request: { result: 'reconciliation' } },
    { title: 'Who is over budget?', request: { result: 'variance', sort: '-variance_cost' } },
    bridge,
    {
      title: 'What moved it most, and whose is it?',
      records: 'variance/drivers',
      only: ['billing_period', 'owner', 'change_cost', 'sentence'],
    },
    ...landing,
    { title: 'What broke our spend?', records: 'anomalies' },
    { title: 'What can be saved, counted once?', records: 'waste' },
    { title: 'When do we run out?', records: 'forecasts/capacity' },
    { title: 'What does a unit cost?', request: { result: 'unit-costs' } },
    { title: 'How much of it is tagged?', request: { result: 'tagging' } },
  ];
}

async function formatResult(snapshot: Snapshot, request: ResultRequest): Promise<string> {
  const answer = await answerQuery(snapshot, request);
  const columns = listColumns(findResult(request.result, answer.by), answer.by);
  return formatAnswer(answer, columns, {
    only: TABLE_COLUMNS[request.result],
    emptyBecause: explainEmpty(snapshot.manifest, request.result, answer.month),
  });
}

async function formatList(snapshot: Snapshot, name: string, only?: readonly string[]): Promise<string> {
  const definition = findRecordDefinition(name);
  if (!definition) return '';
  const request = parseRecordRequest(definition, []);
  const answer = await answerRecords(snapshot, { ...request, pageSize: FIRST_ROWS });
  return formatRecords(answer, listShownColumns(definition), {
    only: only ?? definition.tableColumns,
    emptyBecause: explainEmpty(snapshot.manifest, definition.name),
  });
}
