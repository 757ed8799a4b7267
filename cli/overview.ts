import type { ObjectStore } from '../analytics/lake/object-store.ts';
import { findResult, listColumns } from '../analytics/results/catalog.ts';
import { answerQuery } from '../analytics/results/query.ts';
import type { ResultRequest } from '../analytics/results/request.ts';
import { openResults } from '../analytics/results/snapshot.ts';
import { formatAnswer } from './print-answer.ts';
import { TABLE_COLUMNS } from './table-columns.ts';

type Section = { title: string; request: ResultRequest };

/** What a person wants to see first, from the published results. */
export async function formatOverview(store: ObjectStore): Promise<string> {
  const snapshot = await openResults({ store }).current();
  const running = snapshot.manifest.months.find(({ is_complete }) => !is_complete);
  const sections: Section[] = [
    { title: 'Does it equal the bill?', request: { result: 'reconciliation' } },
    { title: 'Who is over budget?', request: { result: 'variance', sort: '-variance_cost' } },
    ...(running
      ? [
          {
            title: `Where will ${running.billing_period} land, at the pace of its ${running.complete_days} complete days?`,
            request: { result: 'variance' as const, month: running.billing_period, sort: '-variance_cost' },
          },
        ]
      : []),
    { title: 'What does a unit cost?', request: { result: 'unit-costs' } },
    { title: 'How much of it is tagged?', request: { result: 'tagging' } },
  ];
  const parts = await Promise.all(
    sections.map(async ({ title, request }) => {
      const answer = await answerQuery(snapshot, request);
      const columns = listColumns(findResult(request.result, answer.by), answer.by);
      return `\n${title}\n${formatAnswer(answer, columns, TABLE_COLUMNS[request.result])}`;
    }),
  );
  return parts.join('');
}
