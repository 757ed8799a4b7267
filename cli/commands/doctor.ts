import { access, constants, statfs } from 'node:fs/promises';
import type { Command } from 'commander';
import { listCurrentDeliveries } from '../../analytics/jobs/deliveries.ts';
import { RESOURCES, UTILIZATION } from '../../analytics/lake/collected-tables.ts';
import { openTable } from '../../analytics/lake/delta-table.ts';
import type { ObjectStore } from '../../analytics/lake/object-store.ts';
import { isS3Location } from '../../analytics/lake/open-store.ts';
import type { TableSchema } from '../../analytics/lake/table-schema.ts';
import { CURRENCIES } from '../../analytics/results/records/currencies.ts';
import { answerRecords } from '../../analytics/results/records/query.ts';
import { parseRecordRequest } from '../../analytics/results/records/request.ts';
import { openResults, type Snapshot } from '../../analytics/results/snapshot.ts';
import type { SourceName } from '../../analytics/sources/collector.ts';
import { checkConfiguration, type Finding, note, warn } from '../check-configuration.ts';
import { describeError } from '../describe-error.ts';
import { configOption, openExistingLake } from '../options.ts';

type Options = { lake?: string; config?: string };

const NEEDED_NODE = [20, 19] as const;
const LOW_DISK_GIB = 2;
const STALE_DAYS = 3;
const DAY_MILLISECONDS = 86_400_000;
const COLLECTED: readonly [TableSchema, string, SourceName][] = [
  [RESOURCES, 'no inventory was collected: waste sees what the bill alone shows', 'inventory'],
  [
    UTILIZATION,
    'no utilization was collected: nothing is known of idle resources and capacity',
    'cloudwatch',
  ],
];

/** `headroom doctor`. */
export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check the set-up, the data and the configuration, and say what to do')
    .option('--lake <dir>', 'folder of the lake')
    .addOption(configOption())
    .action(async (options: Options) => {
      const findings = [
        checkNode(process.versions.node),
        ...(options.config === undefined
          ? [warn('no --config given: the configuration was not checked')]
          : await checkConfiguration(options.config)),
        ...(options.lake === undefined
          ? [warn('no --lake given: the data was not checked')]
          : await checkLake(options.lake)),
      ];
      for (const { state, text } of findings)
        process.stdout.write(`${state.padEnd(8)} ${text.replaceAll('\n', '\n         ')}\n`);
      const problems = findings.filter(({ state }) => state === 'problem').length;
      process.stdout.write(problems === 0 ? 'nothing is in the way\n' : `${problems} to mend\n`);
      if (problems > 0) process.exitCode = 2;
    });
}

function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isEnough = major > NEEDED_NODE[0] || (major === NEEDED_NODE[0] && minor >= NEEDED_NODE[1]);
  return isEnough
    ? { state: 'ok', text: `Node.js ${version}` }
    : { state: 'problem', text: `Node.js ${version} is too old: install ${NEEDED_NODE.join('.')} or later` };
}

/** What was never collected, and what stays empty without it. */
async function checkCollected(store: ObjectStore, folder: string): Promise<Finding[]> {
  const notes = COLLECTED.map(async ([schema, text, source]) => {
    const { files } = await openTable(store, schema).snapshot();
    return files.length === 0 ? [note(`${text}: headroom collect ${source} --lake ${folder}`)] : [];
  });
  return (await Promise.all(notes)).flat();
}

async function checkLake(folder: string): Promise<Finding[]> {
  try {
    const store = await openExistingLake(folder);
    const deliveries = await listCurrentDeliveries(store);
    const newest = deliveries
      .map(({ deliveredAt }) => deliveredAt)
      .sort()
      .at(-1);
    const ageDays = newest === undefined ? 0 : (Date.now() - Date.parse(newest)) / DAY_MILLISECONDS;
    const published = await openResults({ store })
      .current()
      .catch(() => undefined);
    return [
      ...(isS3Location(folder) ? [] : [await checkFolder(folder)]),
      deliveries.length === 0
        ? warn(`no deliveries yet: headroom import PATH --lake ${folder}`)
        : { state: 'ok', text: `${deliveries.length} deliveries are current, the newest of ${newest}` },
      ...(ageDays > STALE_DAYS
        ? [warn(`nothing was delivered for ${Math.floor(ageDays)} days: check the export`)]
        : []),
      published === undefined
        ? warn(`nothing is published yet: headroom run --lake ${folder}`)
        : {
            state: 'ok',
            text: `version ${published.version} is published, as of ${published.manifest.as_of}`,
          },
      ...(await checkCollected(store, folder)),
      ...(published ? await checkCurrencies(published) : []),
      ...(published && !published.manifest.control.is_reconciled
        ? [
            {
              state: 'problem' as const,
              text: `the published totals do not reconcile: headroom show reconciliation --lake ${folder}`,
            },
          ]
        : []),
    ];
  } catch (error) {
    return [{ state: 'problem', text: describeError(error).text }];
  }
}

/** Bills that variance/converted cannot convert. */
async function checkCurrencies(published: Snapshot): Promise<Finding[]> {
  if (!(CURRENCIES.model in published.manifest.tables)) return [];
  const request = parseRecordRequest(CURRENCIES, [['conversion', 'no rate']]);
  const { rows } = await answerRecords(published, { ...request, pageSize: undefined });
  if (rows.length === 0) return [];
  const names = rows.map(({ currency_key }) => currency_key).join(', ');
  return [warn(`fx.csv has no rate for bills of ${names}: they stand apart in variance/converted`)];
}

async function checkFolder(folder: string): Promise<Finding> {
  const isWritable = await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!isWritable)
    return warn('lake: this user may not write in it; it can be shown and served, nothing loaded or run');
  const { bavail, bsize } = await statfs(folder);
  const freeGib = (bavail * bsize) / 2 ** 30;
  return freeGib < LOW_DISK_GIB
    ? warn(`${freeGib.toFixed(1)} GiB are free beside the lake: make room before a large import`)
    : { state: 'ok', text: `lake: ${freeGib.toFixed(0)} GiB free` };
}
