import { expect, test } from 'vitest';
import { RESULT_NAMES } from '../../analytics/results/catalog.ts';
import { explainEmpty } from '../../analytics/results/explain-empty.ts';
import type { Manifest } from '../../analytics/results/manifest.ts';
import { RECORDS } from '../../analytics/results/records/index.ts';
import { givenManifest } from './fixtures.ts';

const manifest = (months: string[], complete?: string, tables: Manifest['tables'] = {}): Manifest => ({
  ...givenManifest(months, complete),
  version: 'v',
  tables,
  control: { is_reconciled: true, totals: [], unreconciled: 0 },
});

test.each([...RESULT_NAMES, ...RECORDS.map(({ name }) => name)])('%s says what it is made of', (name) => {
  const long = manifest(['2026-08', '2026-09', '2026-10']);
  expect(explainEmpty(long, name)).toMatch(/it is made of (?!undefined)\S+ \S+/);
});

test('waste without inventory names the command that collects it', () => {
  expect(explainEmpty(manifest(['2026-10']), 'waste')).toContain('headroom collect inventory');
});

test('unit costs name both ways to give volumes', () => {
  expect(explainEmpty(manifest(['2026-10']), 'unit-costs')).toMatch(
    /drivers\.csv or .*collect\.cloudwatch\.drivers/,
  );
});

test('a bridge of a running month, and of the first, says what it lacks', () => {
  const months = ['2026-09', '2026-10'];
  for (const name of ['variance/bridge', 'variance/drivers']) {
    expect(explainEmpty(manifest(months, '2026-09'), name, '2026-10')).toBe(
      '2026-10 is not complete, 7 of 30 days are known, and only complete months are compared',
    );
    expect(explainEmpty(manifest(months), name, '2026-09')).toContain(
      'neither the month before 2026-09 nor the same month of the year before is known',
    );
  }
});

test('short history is told by its days', () => {
  const first = manifest(['2026-10'], '2026-09');
  expect(explainEmpty(first, 'anomalies')).toBe('history is too short: 7 days are known, and 10 are needed');
  expect(explainEmpty(first, 'forecasts/cost-accuracy')).toContain('and 42 are needed');
});

test('filters that leave nothing are told apart from nothing published', () => {
  const full = manifest(['2026-10'], '2026-10', { capacity_forecasts: { rows: 3, sha256: '' } });
  const text = explainEmpty(full, 'forecasts/capacity');
  expect(text).toContain('none of the 3 published rows fits');
  expect(text).toContain('status=all lifts');
});
