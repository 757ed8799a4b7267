import { describe, expect, test } from 'vitest';
import type { ResultName } from '../../analytics/results/catalog.ts';
import { checkRequest, parseParameters } from '../../analytics/results/request.ts';
import { RequestError } from '../../analytics/results/request-error.ts';

function check(result: ResultName, query: string) {
  return checkRequest(parseParameters(result, new URLSearchParams(query)));
}

function refuse(result: ResultName, query: string): RequestError {
  try {
    check(result, query);
  } catch (error) {
    if (error instanceof RequestError) return error;
    throw error;
  }
  throw new Error(`${query} was not refused`);
}

test('a query without parameters takes the defaults', () => {
  expect(check('variance', '')).toMatchObject({
    by: ['cost_center'],
    page: 1,
    pageSize: 500,
    month: undefined,
  });
  expect(check('reconciliation', '')).toMatchObject({ by: ['source', 'provider_name'] });
});

test('a query is read', () => {
  const request = check(
    'costs',
    'month=2026-01..2026-03&by=team,service_name&team=a&team=b&sort=-billed_cost&page=2&page_size=10',
  );
  expect(request).toMatchObject({
    month: '2026-01..2026-03',
    by: ['team', 'service_name'],
    sort: { column: 'billed_cost', isDescending: true },
    page: 2,
    pageSize: 10,
  });
  expect(request.filters.get('team')).toEqual(new Set(['a', 'b']));
  expect(check('costs', 'by=').by).toEqual([]);
});

describe('refused with the parameter and what it allows', () => {
  test.each<[ResultName, string, string, string]>([
    ['variance', 'by=colour', 'by', 'team'],
    ['variance', 'by=team,resource_id', 'by', 'team'],
    ['variance', 'colour=red', 'colour', 'month'],
    ['variance', 'billing_period=2026-01', 'billing_period', 'month'],
    ['variance', 'month=2026-13', 'month', 'YYYY-MM'],
    ['variance', 'month=2026-03..2026-01', 'month', 'YYYY-MM..YYYY-MM'],
    ['variance', 'month=2026-01..2026-02..2026-03', 'month', 'YYYY-MM'],
    ['variance', 'basis=gross', 'basis', 'billed'],
    ['variance', 'sort=team', 'sort', 'variance_cost'],
    ['variance', 'page=0', 'page', '1 and above'],
    ['variance', 'page=-1', 'page', '1 and above'],
    ['variance', 'page=1.5', 'page', '1 and above'],
    ['variance', 'page_size=10001', 'page_size', '1 to 10000'],
    ['tagging', 'resource_id=i-1', 'resource_id', 'tag_key'],
  ])('%s?%s', (result, query, parameter, allowed) => {
    const error = refuse(result, query);
    expect(error).toMatchObject({ status: 400, parameter });
    expect(error.allowed).toContain(allowed);
    expect(error.remedy).toContain(allowed);
  });

  test.each<[ResultName, string, string]>([
    ['costs', 'basis=billed', 'basis'],
    ['variance', 'month=2026-01&month=2026-02', 'month'],
  ])('%s?%s', (result, query, parameter) => {
    expect(refuse(result, query)).toMatchObject({ status: 400, parameter });
  });
});

test('tagging takes the dimensions of resources when it is asked for them', () => {
  expect(check('tagging', 'by=resource_id&missing_tags=team').definition.table.name).toBe(
    'tagging_resources',
  );
});

test('a caller limited to cost centres is refused results without them', () => {
  expect(() => checkRequest({ result: 'tagging', costCenters: ['CC-1'] })).toThrow(RequestError);
  expect(() => checkRequest({ result: 'reconciliation', costCenters: [] })).toThrow(/cost centres/);
  const { filters } = checkRequest({ result: 'costs', costCenters: ['CC-1'] });
  expect(filters.get('cost_center')).toEqual(new Set(['CC-1']));
});
