import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { loadConfiguration } from '../../analytics/configuration/load-configuration.ts';
import { importPath } from '../../analytics/jobs/import.ts';
import { runModels } from '../../analytics/jobs/run.ts';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import { findResult, listColumns } from '../../analytics/results/catalog.ts';
import type { ResultRequest } from '../../analytics/results/request.ts';
import { formatAnswer } from '../../cli/print-answer.ts';
import { TABLE_COLUMNS } from '../../cli/table-columns.ts';
import { ask } from '../support/results.ts';

const GOLDEN = fileURLToPath(new URL('../golden/worked-month/', import.meta.url));

const QUESTIONS: ResultRequest[] = [
  { result: 'reconciliation', by: ['charge_category'] },
  { result: 'variance', by: ['cost_center', 'team'] },
  { result: 'unit-costs' },
  { result: 'tagging' },
  { result: 'tagging', by: ['resource_id'] },
  { result: 'costs', by: ['team', 'allocation_kind'] },
];

it('answers as worked by hand', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'headroom-worked-'));
  try {
    const store = await openFolderStore(folder);
    await importPath({ store, path: join(GOLDEN, 'charges.csv'), sourceName: 'worked' });
    await runModels({
      store,
      configuration: await loadConfiguration(join(GOLDEN, 'config')),
      asOf: '2026-11-10',
    });
    const parts: string[] = [];
    for (const request of QUESTIONS) {
      const answer = await ask(store, request);
      const columns = listColumns(findResult(request.result, answer.by), answer.by);
      // The version is a hash of the content; the content is what is compared.
      parts.push(formatAnswer({ ...answer, version: '-' }, columns, { only: TABLE_COLUMNS[request.result] }));
    }
    await expect(parts.join('\n')).toMatchFileSnapshot(join(GOLDEN, 'expected.txt'));
    const [payments] = (await ask(store, { result: 'variance', filters: { cost_center: ['CC-1'] } })).rows;
    expect(payments).toMatchObject({
      budget_cost: '150',
      actual_cost: '140',
      variance_cost: '-10',
      flexed_budget_cost: '180',
      volume_variance_cost: '30',
      rate_efficiency_variance_cost: '-40',
    });
    expect(await readFile(join(GOLDEN, 'expected.txt'), 'utf8')).toContain('97.8 %');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
