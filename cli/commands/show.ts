import { Argument, type Command, Option } from 'commander';
import { InputError } from '../../analytics/errors.ts';
import {
  findResult,
  listColumns,
  RESULT_NAMES,
  RESULTS,
  type ResultName,
} from '../../analytics/results/catalog.ts';
import { openAsClosed } from '../../analytics/results/closes.ts';
import { formatCsv } from '../../analytics/results/csv.ts';
import { explainEmpty } from '../../analytics/results/explain-empty.ts';
import { answerQuery } from '../../analytics/results/query.ts';
import { listShownColumns, type RecordDefinition } from '../../analytics/results/records/definition.ts';
import { findRecordDefinition, RECORDS } from '../../analytics/results/records/index.ts';
import { createOverlays } from '../../analytics/results/records/overlays.ts';
import { answerRecords, type Overlay } from '../../analytics/results/records/query.ts';
import { parseRecordRequest } from '../../analytics/results/records/request.ts';
import { VIEWS } from '../../analytics/results/request.ts';
import { openResults, type Snapshot } from '../../analytics/results/snapshot.ts';
import { COST_BASES } from '../../analytics/vocabulary.ts';
import { lakeOption, openExistingLake, parseCount } from '../options.ts';
import { formatAnswer } from '../print-answer.ts';
import { formatRecords } from '../print-records.ts';
import { showCloses } from '../show-closes.ts';
import { TABLE_COLUMNS } from '../table-columns.ts';

type Options = {
  lake: string;
  month?: string;
  as: 'known' | 'closed';
  by?: string;
  basis?: string;
  where?: string[];
  sort?: string;
  limit?: number;
  format: 'table' | 'json' | 'csv';
  allColumns?: boolean;
};

const CLOSES = 'closes';
const ALIASES: Readonly<Record<string, ResultName>> = { bridge: 'variance/bridge' };

/** `headroom show`. */
export function addShow(program: Command): void {
  const summaries = [
    ...RESULT_NAMES.map((name) => [name, RESULTS[name].summary]),
    ...RECORDS.map(({ name, summary }) => [name, summary]),
    [CLOSES, 'The months that were closed or opened again, by whom, and what each close pins'],
  ];
  const width = Math.max(...summaries.map(([name = '']) => name.length)) + 2;
  const results = summaries.map(([name = '', summary]) => `  ${name.padEnd(width)}${summary}`).join('\n');
  const names = [
    ...RESULT_NAMES,
    ...Object.keys(ALIASES),
    ...RECORDS.flatMap(({ name, aliases = [] }) => [name, ...aliases]),
    CLOSES,
  ];
  program
    .command('show')
    .description('print a published result')
    .addArgument(new Argument('<result>', 'what to show').choices(names))
    .addOption(lakeOption())
    .option('--month <month>', 'YYYY-MM, YYYY-MM..YYYY-MM or all (default: the newest complete month)')
    .addOption(
      new Option('--as <view>', 'as known now, or as it was when the month was closed')
        .choices(VIEWS)
        .default('known'),
    )
    .option('--by <dimensions>', 'dimensions to group by, with commas')
    .addOption(
      new Option('--basis <basis>', 'cost basis (default: that of the configuration)').choices(COST_BASES),
    )
    .option(
      '--where <dimension=value...>',
      'only rows of this value, or min_COLUMN=value; may be given more than once',
    )
    .option('--sort <column>', 'a column, with - before it for descending (--sort=-billed_cost)')
    .option('--limit <n>', 'at most so many rows', parseCount)
    .addOption(
      new Option('--format <format>', 'how to print it').choices(['table', 'json', 'csv']).default('table'),
    )
    .option('--all-columns', 'a table of all columns; JSON and CSV have them anyway')
    .addHelpText(
      'after',
      `\nResults:\n${results}\n\nDimensions differ by result; a wrong one is answered with those that there are.`,
    )
    .action(async (result: string, options: Options) => {
      const store = await openExistingLake(options.lake);
      if (result === CLOSES) return showCloses(store, options);
      const isClosed = options.as === 'closed';
      const records = findRecordDefinition(result);
      if (records) refuseOptions(records, options);
      const snapshot = isClosed
        ? await openAsClosed(store, options.month)
        : await openResults({ store }).current();
      if (records) {
        const overlay = isClosed ? undefined : await createOverlays(store)[records.name]?.(snapshot);
        await showRecords(snapshot, records, options, overlay);
      } else await showResult(snapshot, ALIASES[result] ?? (result as ResultName), options);
    });
}

function refuseOptions({ name: list, columns }: RecordDefinition, options: Options): void {
  for (const name of ['by', 'basis'] as const) {
    if (options[name] === undefined) continue;
    throw new InputError(`${list} does not take --${name}`, {
      where: `--${name}`,
      remedy: 'It lists rows as they are: leave it out, and use --where, --sort and --limit.',
    });
  }
  if (options.as === 'known' || columns.some(({ name }) => name === 'billing_period')) return;
  throw new InputError(`${list} is not by month, so no close holds it`, {
    where: '--as',
    remedy: 'Leave --as out.',
  });
}

async function showRecords(
  snapshot: Snapshot,
  definition: RecordDefinition,
  options: Options,
  overlay: Overlay | undefined,
): Promise<void> {
  const parameters = Object.entries(parseFilters(options.where ?? [])).flatMap(([name, values]) =>
    values.map((value): [string, string] => [name, value]),
  );
  if (options.month !== undefined) parameters.push(['month', options.month]);
  if (options.sort !== undefined) parameters.push(['sort', options.sort]);
  const request = parseRecordRequest(definition, parameters);
  const answer = await answerRecords(snapshot, { ...request, pageSize: options.limit }, overlay);
  const columns = listShownColumns(definition);
  if (options.format === 'json') process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
  else if (options.format === 'csv') process.stdout.write(formatCsv(columns, answer.rows));
  else
    process.stdout.write(
      formatRecords(answer, columns, {
        only: options.allColumns ? undefined : definition.tableColumns,
        emptyBecause: explainEmpty(snapshot.manifest, definition.name, options.month),
      }),
    );
}

async function showResult(snapshot: Snapshot, result: ResultName, options: Options): Promise<void> {
  const by = options.by
    ?.split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  const answer = await answerQuery(snapshot, {
    result,
    ...(by ? { by } : {}),
    ...(options.month === undefined ? {} : { month: options.month }),
    ...(options.basis === undefined ? {} : { basis: options.basis }),
    ...(options.sort === undefined ? {} : { sort: options.sort }),
    ...(options.limit === undefined ? {} : { pageSize: options.limit }),
    filters: parseFilters(options.where ?? []),
  });
  const columns = listColumns(findResult(result, answer.by), answer.by);
  if (options.format === 'json') process.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
  else if (options.format === 'csv') process.stdout.write(formatCsv(columns, answer.rows));
  else
    process.stdout.write(
      formatAnswer(answer, columns, {
        only: options.allColumns ? undefined : TABLE_COLUMNS[result],
        emptyBecause: explainEmpty(snapshot.manifest, result, answer.month),
      }),
    );
}

function parseFilters(pairs: readonly string[]): Record<string, string[]> {
  const filters: Record<string, string[]> = {};
  for (const pair of pairs) {
    const [name = '', ...value] = pair.split('=');
    if (name === '' || value.length === 0 || value[0] === '') {
      throw new InputError(`'${pair}' is not a filter`, {
        where: '--where',
        remedy: 'write it as dimension=value',
      });
    }
    filters[name] = [...(filters[name] ?? []), value.join('=')];
  }
  return filters;
}
