import { access, constants, statfs } from 'node:fs/promises';
import type { Command } from 'commander';
import { openConversion } from '../../analytics/configuration/convert-budgets.ts';
import {
  type LoadedConfiguration,
  loadConfiguration,
} from '../../analytics/configuration/load-configuration.ts';
import { resolveBudgets } from '../../analytics/configuration/resolve-budgets.ts';
import { listCurrentDeliveries } from '../../analytics/jobs/deliveries.ts';
import { isS3Location } from '../../analytics/lake/open-store.ts';
import { CURRENCIES } from '../../analytics/results/records/currencies.ts';
import { answerRecords } from '../../analytics/results/records/query.ts';
import { parseRecordRequest } from '../../analytics/results/records/request.ts';
import { openResults, type Snapshot } from '../../analytics/results/snapshot.ts';
import { describeError } from '../describe-error.ts';
import { configOption, openExistingLake } from '../options.ts';

type Finding = { state: 'ok' | 'warning' | 'problem'; text: string };
type Options = { lake?: string; config?: string };

const NEEDED_NODE = [20, 19] as const;
const LOW_DISK_GIB = 2;
const STALE_DAYS = 3;
const DAY_MILLISECONDS = 86_400_000;

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

async function checkConfiguration(folder: string): Promise<Finding[]> {
  try {
    const configuration = await loadConfiguration(folder);
    resolveBudgets(configuration.budgets, configuration, configuration.fxRates);
    const { allocation, budgets, driverVolumes, drivers } = configuration;
    const withoutVolume = Object.keys(drivers).filter(
      (name) => !driverVolumes.some(({ driver }) => driver === name),
    );
    return [
      {
        state: 'ok',
        text: `configuration: ${allocation.rules.length} allocation rules, ${allocation.shared_costs.length} shared costs, ${budgets.length} budget lines, ${driverVolumes.length} driver volumes`,
      },
      ...(budgets.length === 0 ? [warn('no budgets: variance shows cost only. Fill budgets.csv')] : []),
      ...(allocation.rules.length === 0
        ? [warn('no allocation rules: all cost is unallocated. Add allocation.rules')]
        : []),
      ...withoutVolume.map((name) =>
        warn(`driver ${name} has no volume in drivers.csv: it has no unit cost`),
      ),
      ...checkRates(configuration),
    ];
  } catch (error) {
    return [{ state: 'problem', text: describeError(error).text }];
  }
}

/** Of months that are over, an actual rate should be known. */
function checkRates({ budgets, fxRates, reporting_currency }: LoadedConfiguration): Finding[] {
  const convert = openConversion(fxRates, reporting_currency);
  const thisMonth = new Date().toISOString().slice(0, 7);
  const lines = budgets.map((line) => ({ ...line, state: convert(line).state }));
  const unconverted = lines.filter(({ state }) => state === 'no budget rate');
  const withoutActual = lines.filter(({ state, month }) => state === 'no actual rate' && month < thisMonth);
  const name = (missing: typeof lines) =>
    [...new Set(missing.map(({ month, currency }) => `${currency} ${month}`))].sort().join(', ');
  return [
    ...(unconverted.length > 0
      ? [
          warn(
            `${unconverted.length} budget lines are not in ${reporting_currency} and fx.csv has no budget rate for them: they stand apart from cost in ${reporting_currency} (${name(unconverted)})`,
          ),
        ]
      : []),
    ...(withoutActual.length > 0
      ? [
          warn(
            `fx.csv has no actual rate for ${name(withoutActual)}: the currency effect of ${withoutActual.length} budget lines is 0`,
          ),
        ]
      : []),
  ];
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
  await access(folder, constants.W_OK);
  const { bavail, bsize } = await statfs(folder);
  const freeGib = (bavail * bsize) / 2 ** 30;
  return freeGib < LOW_DISK_GIB
    ? warn(`${freeGib.toFixed(1)} GiB are free beside the lake: make room before a large import`)
    : { state: 'ok', text: `lake: ${freeGib.toFixed(0)} GiB free` };
}

function warn(text: string): Finding {
  return { state: 'warning', text };
}
