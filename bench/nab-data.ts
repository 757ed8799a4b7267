import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

export type NabSeries = {
  name: string;
  /** Seconds since 1970-01-01. */
  times: Float64Array;
  values: Float64Array;
  /** Positions of the first and last point of each labelled window. */
  windows: [number, number][];
};

/**
 * The labelled series of a checkout of the Numenta Anomaly Benchmark (its folders data and labels), those that are there;
 * by default in the shared data folder. Undefined where it is absent.
 */
export function readNab(folder = findShared()): NabSeries[] | undefined {
  if (!existsSync(folder)) return undefined;
  const labels = JSON.parse(
    readFileSync(path.join(folder, 'labels/combined_windows.json'), 'utf8'),
  ) as Record<string, [string, string][]>;
  return Object.keys(labels)
    .sort()
    .filter((name) => existsSync(path.join(folder, 'data', name)))
    .map((name) => readSeries(name, path.join(folder, 'data', name), labels[name] ?? []));
}

function findShared(): string {
  const shared = process.env.HEADROOM_SHARED_DATA ?? path.join(import.meta.dirname, '../../shared/data');
  return path.join(shared, 'nab');
}

function readSeries(name: string, file: string, labels: readonly [string, string][]): NabSeries {
  const rows = readFileSync(file, 'utf8')
    .trim()
    .split(/\r?\n/)
    .slice(1)
    .map((line) => line.split(','));
  const stamps = rows.map(([stamp = '']) => stamp);
  return {
    name,
    times: Float64Array.from(stamps, (stamp) => Date.parse(`${stamp.replace(' ', 'T')}Z`) / 1000),
    values: Float64Array.from(rows, ([, value]) => Number(value)),
    windows: labels.map(([from, to]) => {
      const window: [number, number] = [stamps.indexOf(from.slice(0, 19)), stamps.indexOf(to.slice(0, 19))];
      if (window.includes(-1)) throw new Error(`${file}: the window from ${from} to ${to} is not in it`);
      return window;
    }),
  };
}
