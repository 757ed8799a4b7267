import { RequestError } from '../../analytics/results/request-error.ts';
import type { ResultsReader } from '../../analytics/results/snapshot.ts';
import type { Route } from '../handler.ts';
import { answerJson } from './answers.ts';

/** GET /health: answers also while nothing is published. */
export function createHealth(results: ResultsReader): Route {
  return async () => {
    const snapshot = await results.current().catch((error) => {
      if (error instanceof RequestError) return undefined;
      throw error;
    });
    const { version = null, manifest } = snapshot ?? {};
    return answerJson({ status: 'ok', version, as_of: manifest?.as_of ?? null });
  };
}
