import { formatCsv } from '../../analytics/results/csv.ts';
import { DEFAULT_LEDGER, LEDGER_COLUMNS, makeJournal } from '../../analytics/results/pack/ledger.ts';
import { openPackView, type PackView } from '../../analytics/results/pack/read-pack.ts';
import {
  compareJournal,
  compareWithBill,
  isBill,
  totalStatements,
} from '../../analytics/results/pack/statement-totals.ts';
import {
  listStatementRows,
  makeStatements,
  readBilledCosts,
  STATEMENT_COLUMNS,
} from '../../analytics/results/pack/statements.ts';
import { VIEWS } from '../../analytics/results/request.ts';
import { RequestError } from '../../analytics/results/request-error.ts';
import type { Snapshot } from '../../analytics/results/snapshot.ts';
import type { ApiEvent, ApiResponse } from '../handler.ts';
import { answerJson, makeEtag } from './answers.ts';
import { readCostCenters } from './claims.ts';
import { acceptsCsv, matchesEtag } from './negotiation.ts';
import { refuseLarge } from './pack-routes.ts';
import type { ApiPorts, RouteDefinition } from './route.ts';

const TEXT = { type: 'string' };
const DECIMAL = { type: 'string', pattern: '^-?\\d+(\\.\\d*[1-9])?$' };
const PROBLEM = { 'application/problem+json': { schema: { $ref: '#/components/schemas/problem' } } };
const MONTH = { name: 'month', in: 'path', required: true, schema: { ...TEXT, pattern: '^\\d{4}-\\d{2}$' } };
const VIEW = {
  name: 'as',
  in: 'query',
  description: 'As known now, or as the month was closed',
  schema: { enum: VIEWS, default: 'known' },
};
const COST_CENTER = {
  name: 'cost_center',
  in: 'query',
  description: 'Cost centres to state; repeatable; all when absent',
  schema: { type: 'array', items: TEXT },
};

/** The statements of a month, and its journal entry for the ledger, from published results. */
export function createStatementRoutes(ports: ApiPorts): RouteDefinition[] {
  return [
    {
      method: 'GET',
      path: '/v1/statements/{month}',
      describe: {
        operationId: 'getStatements',
        summary: 'What each cost centre is charged for a month, by product, in billed cost',
        parameters: [MONTH, VIEW, COST_CENTER],
        responses: describeAnswer('statements', STATEMENT_COLUMNS, {
          total_cost: DECIMAL,
          billed_cost: { ...DECIMAL, description: 'What the charges come to' },
          invoice_cost: {
            type: ['string', 'null'],
            description: 'What the invoices that are given come to; null where none is',
          },
          not_given_cost: { ...DECIMAL, description: 'Charges of which nobody gives an invoice' },
          difference_cost: {
            type: ['string', 'null'],
            description:
              'total_cost - not_given_cost - invoice_cost; null where no invoice is given and the statements are the bill',
          },
        }),
      },
      route: (event, { month = '' }) => answerStatements(ports, event, month),
    },
    {
      method: 'GET',
      path: '/v1/statements/{month}/journal',
      describe: {
        operationId: 'getStatementJournal',
        summary: 'The journal entry of a month for the ledger: expense by account and cost centre',
        parameters: [MONTH, VIEW],
        responses: {
          ...describeAnswer('journal', LEDGER_COLUMNS, {
            debit: DECIMAL,
            credit: DECIMAL,
            billed_cost: DECIMAL,
          }),
          403: { description: 'The caller sees certain cost centres only', content: PROBLEM },
        },
      },
      route: (event, { month = '' }) => answerJournal(ports, event, month),
    },
  ];
}

async function answerStatements(ports: ApiPorts, event: ApiEvent, month: string): Promise<ApiResponse> {
  const { view, costCenters: asked } = readParameters(event, ['as', 'cost_center']);
  const limits = readCostCenters(event);
  const snapshot = await openMonth(ports, month, view);
  const large: Large = [
    'the statements are',
    `Ask for some of them with cost_center=, or write them with: ${writeAll(month)}.`,
  ];
  return answer(event, snapshot, ['statements', month, view, asked, limits], large, async (isCsv) => {
    const filters = asked.length > 0 ? { filters: { cost_center: asked } } : {};
    const costs = await readBilledCosts(snapshot, month, { ...filters, ...limits });
    const rows = listStatementRows(makeStatements(costs), month);
    if (isCsv) return formatCsv(STATEMENT_COLUMNS, rows);
    const isWhole = asked.length === 0 && limits.costCenters === undefined;
    const totals = isWhole ? await compareWithBill(snapshot, month, rows) : totalStatements(rows);
    return {
      ...describeView(snapshot, month, view),
      statements: rows,
      control: {
        is_reconciled: snapshot.manifest.control.is_reconciled && totals.every(isBill),
        totals,
      },
    };
  });
}

async function answerJournal(ports: ApiPorts, event: ApiEvent, month: string): Promise<ApiResponse> {
  if (readCostCenters(event).costCenters) {
    throw new RequestError(
      403,
      'you see certain cost centres only, and a journal entry is of the whole month',
    );
  }
  const { view } = readParameters(event, ['as']);
  const snapshot = await openMonth(ports, month, view);
  const large: Large = ['the journal entry is', `Write it with: ${writeAll(month)}.`];
  return answer(event, snapshot, ['journal', month, view], large, async (isCsv) => {
    const costs = await readBilledCosts(snapshot, month);
    const lines = makeJournal(costs, snapshot.manifest.ledger ?? DEFAULT_LEDGER, month);
    if (isCsv) return formatCsv(LEDGER_COLUMNS, lines);
    return {
      ...describeView(snapshot, month, view),
      journal: lines,
      control: {
        is_reconciled: snapshot.manifest.control.is_reconciled,
        totals: compareJournal(costs, lines),
      },
    };
  });
}

function describeView({ version, manifest }: Snapshot, month: string, view: PackView) {
  const published = manifest.months.find(({ billing_period }) => billing_period === month);
  const is_complete = published?.is_complete === true;
  return { month, as: view, version, as_of: manifest.as_of, is_complete };
}

const writeAll = (month: string) => `headroom export ${month} --format statements`;
/** What an answer is that is too large, and what to do instead. */
type Large = [what: string, remedy: string];

/** Writes CSV where it is preferred; answers 304 to those who have it already. */
async function answer(
  event: ApiEvent,
  { version }: Snapshot,
  asked: readonly unknown[],
  large: Large,
  write: (isCsv: boolean) => Promise<string | object>,
): Promise<ApiResponse> {
  const isCsv = acceptsCsv(event.headers.accept);
  const etag = makeEtag(version, asked, isCsv ? 'csv' : 'json');
  if (matchesEtag(event.headers['if-none-match'], etag)) return { statusCode: 304, headers: { etag } };
  const written = await write(isCsv);
  if (typeof written !== 'string') {
    const response = answerJson(written, etag);
    refuseLarge(response.body ?? '', ...large);
    return response;
  }
  return {
    statusCode: 200,
    headers: { 'content-type': 'text/csv; charset=utf-8', etag },
    body: refuseLarge(written, ...large),
  };
}

function openMonth({ results, store }: ApiPorts, month: string, view: PackView): Promise<Snapshot> {
  return openPackView(store, () => results.current(), { month, view });
}

function readParameters({ rawQueryString }: ApiEvent, allowed: readonly string[]) {
  const parameters = new URLSearchParams(rawQueryString);
  for (const name of parameters.keys()) {
    if (!allowed.includes(name)) {
      throw new RequestError(400, `unknown parameter '${name}'`, { parameter: name, allowed });
    }
  }
  const view = parameters.get('as') ?? 'known';
  const known = VIEWS.find((each) => each === view);
  if (!known) throw new RequestError(400, `as: '${view}' is no view`, { parameter: 'as', allowed: VIEWS });
  return { view: known, costCenters: parameters.getAll('cost_center') };
}

function describeAnswer(
  list: string,
  columns: readonly { name: string; type: string }[],
  totals: Record<string, object>,
) {
  const row = columns.map(({ name, type }) => [name, type === 'text' ? TEXT : { type: 'string' }]);
  const object = (properties: Record<string, unknown>) => ({
    type: 'object',
    properties,
    required: Object.keys(properties),
  });
  const total = {
    type: 'object',
    properties: { billing_currency: TEXT, ...totals },
    required: ['billing_currency'],
  };
  const schema = object({
    month: TEXT,
    as: { enum: VIEWS },
    version: TEXT,
    as_of: TEXT,
    is_complete: { type: 'boolean', description: 'Whether all days of the month are known' },
    [list]: { type: 'array', items: object(Object.fromEntries(row)) },
    control: object({ is_reconciled: { type: 'boolean' }, totals: { type: 'array', items: total } }),
  });
  return {
    200: {
      description: 'The lines, with control totals by currency; as CSV the lines alone',
      content: { 'application/json': { schema }, 'text/csv': { schema: TEXT } },
    },
    304: { description: 'The caller has it already' },
    400: { description: 'The month or a parameter is not known', content: PROBLEM },
    404: { description: 'The month is not closed, or nothing is published', content: PROBLEM },
    413: { description: 'The answer is too large', content: PROBLEM },
  };
}
