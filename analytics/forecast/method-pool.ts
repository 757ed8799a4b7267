import { seasonalEts } from './ets.ts';
import { isLogSafe, logMethods } from './log-method.ts';
import type { Method } from './method.ts';
import { NAIVE, seasonalNaive } from './naive.ts';
import { deseasonalized } from './seasonality.ts';
import { SES } from './ses.ts';
import { stlMethods } from './stl-method.ts';
import { DYNAMIC_THETA, THETA } from './theta.ts';
import { trendMethod } from './trend.ts';

/** A season seen this often is known well: costlier methods that learn it as they go only add their noise. */
const MANY_CYCLES = 26;
const DAMPED = trendMethod(true);

/**
 * The methods that compete for a history: simple ones that differ, since a combination gains from difference.
 * `seasons` are those that the history is long enough to show, shortest first.
 */
export function selectMethods(history: Float64Array, seasons: readonly number[]): Method[] {
  const isPositive = isLogSafe(history);
  const shortest = seasons[0];
  const season = seasons.at(-1);
  if (shortest === undefined || season === undefined) {
    return keepUsable(
      [NAIVE, SES, DYNAMIC_THETA, THETA, DAMPED, ...(isPositive ? logMethods([DAMPED]) : [])],
      history,
    );
  }
  const isFamiliar = history.length >= MANY_CYCLES * season;
  const stl = stlMethods([SES, isFamiliar ? DYNAMIC_THETA : DAMPED], seasons);
  const smoothing = [
    seasonalEts(shortest, 'additive'),
    ...(isPositive ? [seasonalEts(shortest, 'multiplicative')] : []),
  ];
  const methods = [
    seasonalNaive(season),
    ...(shortest < season ? [seasonalNaive(shortest)] : [SES]),
    DYNAMIC_THETA,
    deseasonalized(DYNAMIC_THETA, season),
    ...(isPositive ? logMethods(stl) : stl),
    ...(isFamiliar ? [] : [DAMPED, ...smoothing]),
  ];
  return keepUsable(methods, history);
}

function keepUsable(methods: Method[], history: Float64Array): Method[] {
  return methods.filter(({ minimumLength }) => minimumLength <= history.length);
}
