import type { LoadedConfiguration } from '../../configuration/load-configuration.ts';
import { toDate } from '../../forecast/calendar.ts';
import { groupBy } from '../../group-by.ts';
import { ALLOCATION_DIMENSIONS } from '../../vocabulary.ts';
import type { Change } from './outlook.ts';
import type { Leaf } from './read-cost-series.ts';

/** What each scenario of the configuration adds to a day's usage; changes of one name add up. */
export function listScenarios(configuration: LoadedConfiguration, firstDay: number): Map<string, Change> {
  const byName = groupBy(configuration.forecast.scenarios, ({ name }) => name);
  return new Map(
    [...byName].map(([name, changes]): [string, Change] => {
      const tests = changes.map((change) => ({
        ...change,
        isMatch: remember((leaf) => {
          const conditions = [
            change.match,
            ...(change.driver ? [configuration.drivers[change.driver]?.cost ?? {}] : []),
          ];
          return conditions.every((condition) => matches(leaf, condition));
        }),
      }));
      return [
        name,
        ({ leaf }, day) => {
          const date = toDate(firstDay + day);
          let ratio = 0;
          for (const { from, to, change_ratio, isMatch } of tests) {
            if (date >= from && (to === undefined || date <= to) && isMatch(leaf)) ratio += change_ratio;
          }
          return Math.max(-1, ratio);
        },
      ];
    }),
  );
}

function matches(
  leaf: Leaf,
  condition: Partial<Record<(typeof ALLOCATION_DIMENSIONS)[number], string[] | undefined>>,
): boolean {
  return ALLOCATION_DIMENSIONS.every((name) => {
    const patterns = condition[name];
    return patterns === undefined || patterns.some((pattern) => toExpression(pattern).test(leaf[name]));
  });
}

function toExpression(pattern: string): RegExp {
  return new RegExp(
    `^${pattern
      .split('*')
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
    's',
  );
}

function remember(test: (leaf: Leaf) => boolean): (leaf: Leaf) => boolean {
  const known = new Map<Leaf, boolean>();
  return (leaf) => {
    const result = known.get(leaf) ?? test(leaf);
    known.set(leaf, result);
    return result;
  };
}
