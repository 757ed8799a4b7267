import { tmpdir } from 'node:os';
import { type Engine, openDuckdb } from '../analytics/engine/duckdb.ts';

/** Does work with an engine of its own in the function's temporary folder, and closes it whatever happens. */
export async function useEngine<T>(
  memoryLimitGib: number | undefined,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  const limit = memoryLimitGib === undefined ? {} : { memoryLimitGib };
  const engine = await openDuckdb({ tempFolder: tmpdir(), ...limit });
  try {
    return await work(engine);
  } finally {
    engine.close();
  }
}
