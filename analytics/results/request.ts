import { COST_BASES, type CostBasis } from '../vocabulary.ts';
import { findResult, listColumns, listGroupings, type ResultDefinition, type ResultName } from './catalog.ts';
import type { Filters } from './grouping.ts';
import { isMonth } from './months.ts';
import { RequestError } from './request-error.ts';

/** What is asked of a result. Absent parts take the defaults of the catalog and of the published run. */
export type ResultRequest = {
  result: ResultName;
  /** 'YYYY-MM', 'YYYY-MM..YYYY-MM' or 'all'. */
  month?: string;
  /** Which published version answers: the newest, or the one that a close of the month pins. */
  as?: (typeof VIEWS)[number];
  by?: readonly string[];
  basis?: string;
  /** Texts that a dimension may have. */
  filters?: Readonly<Record<string, readonly string[]>>;
  /** A column of the answer, with '-' before it for descending order. */
  sort?: string;
  /** From 1. */
  page?: number;
  /** All rows when absent. */
  pageSize?: number;
  /** Cost centres that the caller may see; all when absent. */
  costCenters?: readonly string[];
};

/** A request whose parts are known to make sense for the result. */
export type CheckedRequest = {
  definition: ResultDefinition;
  month: string | undefined;
  by: readonly string[];
  basis: CostBasis | undefined;
  filters: Filters;
  sort: { column: string; isDescending: boolean } | undefined;
  page: number;
  pageSize: number | undefined;
  isLimited: boolean;
};

export const DEFAULT_PAGE_SIZE = 500;
export const MAXIMUM_PAGE_SIZE = 10_000;
export const ALL_MONTHS = 'all';

const PARAMETERS = ['month', 'as', 'by', 'basis', 'sort', 'page', 'page_size'];
/** As known now, or as it was when the month was closed. */
export const VIEWS = ['known', 'closed'] as const;

/** Reads a query string's parameters. Throws RequestError (400) that names the parameter and what it allows. */
export function parseParameters(
  result: ResultName,
  parameters: Iterable<[string, string]>,
  defaultPageSize = DEFAULT_PAGE_SIZE,
): ResultRequest {
  const single = new Map<string, string>();
  const filters: Record<string, string[]> = {};
  const by = new Map(parameters).get('by')?.split(',').filter(Boolean);
  const dimensions = listFilters(findResult(result, by));
  for (const [name, value] of parameters) {
    if (dimensions.includes(name)) {
      filters[name] = [...(filters[name] ?? []), value];
    } else if (!PARAMETERS.includes(name)) {
      const allowed = [...PARAMETERS, ...dimensions];
      throw new RequestError(400, `unknown parameter '${name}'`, { parameter: name, allowed });
    } else if (single.has(name)) {
      throw new RequestError(400, `${name} is given twice`, { parameter: name, remedy: 'Give it once.' });
    } else {
      single.set(name, value);
    }
  }
  const as = single.get('as') ?? 'known';
  checkAllowed('as', as, VIEWS);
  const text = (name: string) => (single.has(name) ? { [name]: single.get(name) as string } : {});
  return {
    result,
    ...text('month'),
    as: as as (typeof VIEWS)[number],
    ...text('basis'),
    ...text('sort'),
    ...(by ? { by } : {}),
    filters,
    page: parseCount('page', single.get('page') ?? '1', Number.MAX_SAFE_INTEGER),
    pageSize: parseCount('page_size', single.get('page_size') ?? String(defaultPageSize), MAXIMUM_PAGE_SIZE),
  };
}

/** What a result can be filtered by; the billing period is chosen with `month`, the cost basis with `basis`. */
export function listFilters(definition: ResultDefinition): string[] {
  return definition.table.dimensions.filter((name) => name !== 'billing_period' && name !== 'cost_basis');
}

/** Checks a request against the catalog. Throws RequestError, 400 or 403. */
export function checkRequest(request: ResultRequest): CheckedRequest {
  const definition = findResult(request.result, request.by);
  const by = [...new Set(request.by ?? definition.defaultBy)];
  const groupings =
    definition.table.name === 'tagging_resources'
      ? definition.table.dimensions
      : listGroupings(request.result);
  for (const name of by) checkAllowed('by', name, groupings);
  if (request.month !== undefined) checkMonth(request.month);
  return {
    definition,
    month: request.month,
    by,
    basis: checkBasis(definition, request.basis),
    filters: checkFilters(definition, request),
    sort: checkSort(definition, by, request.sort ?? definition.defaultSort),
    page: request.page ?? 1,
    pageSize: request.pageSize,
    isLimited: request.costCenters !== undefined,
  };
}

function checkFilters(definition: ResultDefinition, { filters = {}, costCenters }: ResultRequest): Filters {
  const allowed = listFilters(definition);
  const checked = new Map<string, Set<string>>();
  for (const [name, texts] of Object.entries(filters)) {
    if (!allowed.includes(name)) {
      throw new RequestError(400, `${definition.name} has no dimension '${name}'`, {
        parameter: name,
        allowed,
      });
    }
    checked.set(name, new Set(texts));
  }
  if (costCenters) {
    if (!allowed.includes('cost_center')) {
      throw new RequestError(
        403,
        `you see certain cost centres only, and ${definition.name} is not split by them`,
      );
    }
    const asked = checked.get('cost_center');
    checked.set('cost_center', new Set(costCenters.filter((name) => asked?.has(name) ?? true)));
  }
  return checked;
}

function checkMonth(month: string): void {
  const [from = '', to = from, ...rest] = month.split('..');
  if (month === ALL_MONTHS || (isMonth(from) && isMonth(to) && from <= to && rest.length === 0)) return;
  throw new RequestError(400, `'${month}' is not a month`, {
    parameter: 'month',
    allowed: ['YYYY-MM', 'YYYY-MM..YYYY-MM', ALL_MONTHS],
  });
}

function checkBasis(definition: ResultDefinition, basis: string | undefined): CostBasis | undefined {
  if (basis === undefined) return undefined;
  if (!definition.takesBasis) {
    throw new RequestError(400, `${definition.name} does not take a cost basis`, {
      parameter: 'basis',
      remedy: `Leave it out.`,
    });
  }
  checkAllowed('basis', basis, COST_BASES);
  return basis as CostBasis;
}

function checkSort(definition: ResultDefinition, by: readonly string[], sort: string | undefined) {
  if (sort === undefined) return undefined;
  const isDescending = sort.startsWith('-');
  const column = isDescending ? sort.slice(1) : sort;
  const allowed = listColumns(definition, by).map(({ name }) => name);
  checkAllowed('sort', column, allowed);
  return { column, isDescending };
}

/** Throws RequestError (400) for a value that is none of those allowed. */
export function checkAllowed(parameter: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value)) {
    throw new RequestError(400, `'${value}' is not allowed in ${parameter}`, { parameter, allowed });
  }
}

/** Throws RequestError (400) for what is not one month. */
export function checkOneMonth(month: string): void {
  if (isMonth(month)) return;
  throw new RequestError(400, `'${month}' is not a month`, { parameter: 'month', allowed: ['YYYY-MM'] });
}

/** A whole number of 1 to `maximum`. Throws RequestError (400). */
export function parseCount(parameter: string, text: string, maximum: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > maximum) {
    const allowed = [maximum === Number.MAX_SAFE_INTEGER ? '1 and above' : `1 to ${maximum}`];
    throw new RequestError(400, `'${text}' is not a valid ${parameter}`, { parameter, allowed });
  }
  return value;
}
