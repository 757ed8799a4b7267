import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

export type M4Series = { id: string; history: Float64Array; actual: Float64Array };

/** The 359 weekly series of the M4 competition from the shared data folder; undefined where it is absent. */
export function readM4Weekly(): M4Series[] | undefined {
  const shared = process.env.HEADROOM_SHARED_DATA ?? path.join(import.meta.dirname, '../../shared/data');
  const folder = path.join(shared, 'm4-weekly');
  if (!existsSync(folder)) return undefined;
  const actual = new Map(readRows(path.join(folder, 'Weekly-test.csv')));
  return readRows(path.join(folder, 'Weekly-train.csv')).map(([id, history]) => ({
    id,
    history,
    actual: actual.get(id) ?? new Float64Array(0),
  }));
}

function readRows(file: string): [string, Float64Array][] {
  const lines = readFileSync(file, 'utf8').trim().split('\n').slice(1);
  return lines.map((line) => {
    const [id = '', ...cells] = line.trim().replaceAll('"', '').split(',');
    return [id, Float64Array.from(cells.filter((cell) => cell !== '' && cell !== 'NA').map(Number))];
  });
}
