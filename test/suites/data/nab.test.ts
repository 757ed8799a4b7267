// biome-ignore-all lint/style/noNonNullAssertion: a value that is missing fails the test
import { describe, expect, it } from 'vitest';
import { scoreHeldOut, scoreStreams } from '../../../bench/nab.ts';
import { readNab } from '../../../bench/nab-data.ts';
import { bestNabThreshold, scaledSigmoid, scoreNab } from '../../../bench/nab-score.ts';

const all = readNab() ?? [];
if (all.length === 0) console.warn('NAB is not tested: the shared data folder has no nab');

describe.skipIf(all.length === 0)('Numenta Anomaly Benchmark', () => {
  it('is scored as published: nothing is 0, the first point of every window alone is 100', () => {
    const never = all.map(({ values }) => new Float64Array(values.length));
    expect(scoreNab(all, never, 1, 'standard')).toBe(0);
    const perfect = all.map(({ values, windows }) => {
      const scores = new Float64Array(values.length);
      for (const [from] of windows) scores[from] = 1;
      return scores;
    });
    const judged = all.filter(({ values, windows }) =>
      windows.every(([from]) => from >= Math.min(750, 0.15 * values.length)),
    );
    const own = judged.map((series) => perfect[all.indexOf(series)]!);
    expect(scoreNab(judged, own, 1, 'standard')).toBeCloseTo(100, 6);
    expect(scaledSigmoid(0)).toBe(0);
    expect(scaledSigmoid(-1)).toBeCloseTo(0.98661, 5);
    expect(scaledSigmoid(3.1)).toBe(-1);
  });

  it('alarms everywhere are worth less than none', () => {
    const always = all.map(({ values }) => new Float64Array(values.length).fill(1));
    expect(scoreNab(all, always, 1, 'standard')).toBeLessThan(0);
  });

  it('scores 55 or more on series that its threshold was not chosen on', () => {
    const held = scoreHeldOut(all, scoreStreams(all), 'standard');
    expect(held.reduce((sum, score) => sum + score, 0) / held.length).toBeGreaterThan(55);
  });

  it('the best threshold is at least as good as any of a list', () => {
    const scores = scoreStreams(all);
    const best = scoreNab(all, scores, bestNabThreshold(all, scores, 'standard'), 'standard');
    for (const threshold of [0.5, 1, 2, 3, 5]) {
      expect(scoreNab(all, scores, threshold, 'standard')).toBeLessThanOrEqual(best + 1e-9);
    }
  });
});
