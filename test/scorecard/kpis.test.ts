import { expect, it } from 'vitest';
import { judgeKpi, judgeTrend, KPI_NAMES, KPIS, type Kpi } from '../../analytics/scorecard/kpis.ts';

const kpi = (name: string) => KPIS.find((each) => each.name === name) as Kpi;

it('has every KPI once, with levels in the order of its direction', () => {
  expect(KPIS.map(({ name }) => name)).toEqual([...KPI_NAMES]);
  for (const { direction, target, watch } of KPIS)
    expect(direction === 'high' ? target > watch : target < watch).toBe(true);
});

it.each([
  ['commitment_coverage', 0.8, 'on target'],
  ['commitment_coverage', 0.79, 'watch'],
  ['commitment_coverage', 0.59, 'off target'],
  ['idle_share', 0.03, 'on target'],
  ['idle_share', 0.07, 'off target'],
  ['budget_variance', -0.05, 'on target'],
  ['budget_variance', -0.06, 'watch'],
  ['budget_variance', 0.11, 'off target'],
  ['budget_variance', null, 'unknown'],
])('%s of %s is %s', (name, value, status) => {
  expect(judgeKpi(value, kpi(name))).toBe(status);
});

it.each([
  ['commitment_coverage', [0.5, 0.6, 0.7, 0.7], 'improving'],
  ['idle_share', [0.01, 0.02, 0.05], 'worsening'],
  ['budget_variance', [-0.2, -0.02], 'improving'],
  ['tag_compliance', [null, 0.9, null, 0.902], 'stable'],
  ['tag_compliance', [null, 0.9], null],
  ['tag_compliance', [0.9, null], null],
])('%s over %j is %s', (name, history, trend) => {
  expect(judgeTrend(history, kpi(name))).toBe(trend);
});
