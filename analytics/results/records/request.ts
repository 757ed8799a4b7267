import { parseScaled } from '../../decimal-text.ts';
import { isMonth } from '../months.ts';
import {
  ALL_MONTHS,
  checkAllowed,
  DEFAULT_PAGE_SIZE,
  MAXIMUM_PAGE_SIZE,
  parseCount,
  VIEWS,
} from '../request.ts';
import { RequestError } from '../request-error.ts';
import {
  listEqualityFilters,
  listRangeFilters,
  listShownColumns,
  type RecordColumn,
  type RecordDefinition,
} from './definition.ts';

/** Both ends are included; they compare as the column's stored values do. */
export type Range = { column: RecordColumn; min?: string | number | bigint; max?: string | number | bigint };

/** What is asked of a record result, known to make sense for it. */
export type RecordRequest = {
  definition: RecordDefinition;
  /** Values that a column may have. */
  filters: ReadonlyMap<string, ReadonlySet<string>>;
  ranges: readonly Range[];
  /** Months, both included; undefined: all. */
  months: { from: string; to: string } | undefined;
  /** The month whose close is to answer, as it was given; undefined: the newest version answers. */
  closedMonth: string | undefined;
  sort: { column: RecordColumn; isDescending: boolean } | undefined;
  page: number;
  /** All rows when absent. */
  pageSize: number | undefined;
};

/** The value of a filter that lifts it. */
export const ANY = 'all';
const PAGING = ['sort', 'page', 'page_size'];

/**
 * Reads parameters: a column's name filters by equality and may be repeated, min_X and max_X by range.
 *
 * @param costCenters what the caller may see; all when absent.
 * @throws RequestError (400) that names the parameter and what it allows; 403 where the caller sees certain cost centres
 *   only and the result is not split by them.
 */
export function parseRecordRequest(
  definition: RecordDefinition,
  parameters: Iterable<[string, string]>,
  options: { defaultPageSize?: number | undefined; costCenters?: readonly string[] | undefined } = {},
): RecordRequest {
  const equalities = listEqualityFilters(definition);
  const ranges = new Map(listRangeFilters(definition).map((column) => [column.name, column]));
  const hasMonths = definition.columns.some(({ name }) => name === 'billing_period');
  const allowed = [
    ...PAGING,
    ...(hasMonths ? ['month', 'as'] : []),
    ...equalities,
    ...[...ranges.keys()].flatMap((name) => [`min_${name}`, `max_${name}`]),
  ];
  const filters = new Map<string, Set<string>>();
  const asked = new Map<string, Range>();
  const single = new Map<string, string>();
  for (const [name, value] of parameters) {
    if (!allowed.includes(name)) {
      throw new RequestError(400, `unknown parameter '${name}'`, { parameter: name, allowed });
    }
    if (equalities.includes(name)) {
      checkValue(definition, name, value);
      filters.set(name, (filters.get(name) ?? new Set()).add(value));
      continue;
    }
    if (single.has(name)) {
      throw new RequestError(400, `${name} is given twice`, { parameter: name, remedy: 'Give it once.' });
    }
    single.set(name, value);
    const column = ranges.get(name.slice('min_'.length));
    if (column && /^(min|max)_/.test(name)) {
      const range = asked.get(column.name) ?? { column };
      asked.set(column.name, { ...range, [name.slice(0, 3)]: parseBound(name, value, column) });
    }
  }
  const { defaultPageSize = DEFAULT_PAGE_SIZE } = options;
  const view = single.get('as') ?? 'known';
  checkAllowed('as', view, VIEWS);
  return {
    definition,
    filters: limitFilters(definition, addDefaults(definition, filters), options.costCenters),
    ranges: [...asked.values()],
    months: parseMonths(single.get('month')),
    closedMonth: view === 'closed' ? (single.get('month') ?? ALL_MONTHS) : undefined,
    sort: parseSort(definition, single.get('sort') ?? definition.defaultSort),
    page: parseCount('page', single.get('page') ?? '1', Number.MAX_SAFE_INTEGER),
    pageSize: parseCount('page_size', single.get('page_size') ?? String(defaultPageSize), MAXIMUM_PAGE_SIZE),
  };
}

/** A value that the column cannot have would answer with no rows, as if there were none of them. */
function checkValue({ columns }: RecordDefinition, parameter: string, value: string): void {
  const { values } = columns.find(({ name }) => name === parameter) ?? {};
  if (!values || values.includes(value) || value === ANY) return;
  throw new RequestError(400, `${parameter} is never '${value}'`, { parameter, allowed: [...values, ANY] });
}

function addDefaults(
  { defaultFilters = {} }: RecordDefinition,
  filters: ReadonlyMap<string, Set<string>>,
): Map<string, Set<string>> {
  const all = new Map(Object.entries(defaultFilters).map(([name, values]) => [name, new Set(values)]));
  for (const [name, values] of filters) all.set(name, values);
  for (const [name, values] of all) if (values.has(ANY)) all.delete(name);
  return all;
}

function limitFilters(
  { name, columns }: RecordDefinition,
  filters: Map<string, Set<string>>,
  costCenters: readonly string[] | undefined,
): Map<string, Set<string>> {
  if (!costCenters) return filters;
  if (!columns.some((column) => column.name === 'cost_center')) {
    throw new RequestError(403, `you see certain cost centres only, and ${name} is not split by them`);
  }
  const asked = filters.get('cost_center');
  return filters.set('cost_center', new Set(costCenters.filter((each) => asked?.has(each) ?? true)));
}

function parseBound(parameter: string, text: string, { type }: RecordColumn): string | number | bigint {
  if (type === 'date') {
    if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return text;
    throw new RequestError(400, `'${text}' is not a date`, { parameter, allowed: ['YYYY-MM-DD'] });
  }
  if (type === 'decimal') {
    if (/^-?\d{1,20}(\.\d{1,12})?$/.test(text)) return parseScaled(text);
    throw new RequestError(400, `'${text}' is not an amount`, {
      parameter,
      allowed: ['an amount such as 12.50'],
    });
  }
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw new RequestError(400, `'${text}' is not a number`, { parameter, allowed: ['a number'] });
}

function parseMonths(month: string | undefined): RecordRequest['months'] {
  if (month === undefined || month === ALL_MONTHS) return undefined;
  const [from = '', to = from, ...rest] = month.split('..');
  if (isMonth(from) && isMonth(to) && from <= to && rest.length === 0) return { from, to };
  throw new RequestError(400, `'${month}' is not a month`, {
    parameter: 'month',
    allowed: ['YYYY-MM', 'YYYY-MM..YYYY-MM', ALL_MONTHS],
  });
}

function parseSort(definition: RecordDefinition, sort: string | undefined): RecordRequest['sort'] {
  if (sort === undefined) return undefined;
  const isDescending = sort.startsWith('-');
  const name = isDescending ? sort.slice(1) : sort;
  const sortable = listShownColumns(definition).filter(({ type }) => type !== 'json');
  const column = sortable.find((each) => each.name === name);
  if (!column) {
    throw new RequestError(400, `'${name}' is not allowed in sort`, {
      parameter: 'sort',
      allowed: sortable.map((each) => each.name),
    });
  }
  return { column, isDescending };
}
