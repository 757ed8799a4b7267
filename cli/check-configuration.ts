import { openConversion } from '../analytics/configuration/convert-budgets.ts';
import {
  type LoadedConfiguration,
  loadConfiguration,
} from '../analytics/configuration/load-configuration.ts';
import { resolveBudgets } from '../analytics/configuration/resolve-budgets.ts';
import { describeError } from './describe-error.ts';
import { readVariables } from './environment.ts';

/** A note tells what stays empty for want of data that nobody has to give. */
export type Finding = { state: 'ok' | 'note' | 'warning' | 'problem'; text: string };

/** What is wrong with a configuration folder, and what stays empty with it. */
export async function checkConfiguration(folder: string): Promise<Finding[]> {
  try {
    const configuration = await loadConfiguration(folder);
    resolveBudgets(configuration.budgets, configuration, configuration.fxRates);
    const { allocation, budgets, collect, driverVolumes, drivers } = configuration;
    const withVolume = new Set([...driverVolumes, ...collect.cloudwatch.drivers].map(({ driver }) => driver));
    const withoutVolume = Object.keys(drivers).filter((name) => !withVolume.has(name));
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
        warn(`driver ${name} has no volume in drivers.csv, and is not collected: it has no unit cost`),
      ),
      ...(Object.keys(drivers).length === 0
        ? [
            note(
              'no drivers: there are no unit costs. Name them under drivers, and fill drivers.csv or collect their volumes',
            ),
          ]
        : []),
      ...checkRates(configuration),
      ...checkSecrets(configuration.alerts),
    ];
  } catch (error) {
    return [{ state: 'problem', text: describeError(error).text }];
  }
}

/** Secrets in variables that are not set here, of channels that something is routed to. */
function checkSecrets({ channels, routes, feedback }: LoadedConfiguration['alerts']): Finding[] {
  const routed = new Set(routes.flatMap((route) => route.channels));
  const secrets = Object.entries(channels).flatMap(([name, channel]) =>
    routed.has(name) && 'secret' in channel && channel.secret ? [[`channel ${name}`, channel.secret]] : [],
  );
  if (feedback) secrets.push(['alerts.feedback', feedback.secret]);
  const variables = readVariables();
  return secrets.flatMap(([owner, reference = '']) => {
    const name = reference.startsWith('env:') ? reference.slice('env:'.length) : undefined;
    return name !== undefined && !variables[name]
      ? [note(`${owner}: the variable ${name} is not set here, so headroom alert can send nothing there`)]
      : [];
  });
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

export function note(text: string): Finding {
  return { state: 'note', text };
}

export function warn(text: string): Finding {
  return { state: 'warning', text };
}
