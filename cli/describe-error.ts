import { ContractError, InputError, QueryError, SourceError } from '../analytics/errors.ts';

const SHOWN_ROWS = 5;

/** What a person reads when a command fails, and the exit code: 2 for the caller's mistake, 1 for every other. */
export function describeError(error: unknown): { text: string; exitCode: number } {
  if (error instanceof InputError) {
    return {
      text: lines(
        `error: ${error.message}`,
        error.where && `where: ${error.where}`,
        error.remedy && `remedy: ${error.remedy}`,
      ),
      exitCode: 2,
    };
  }
  if (error instanceof ContractError) {
    const rows = error.rows.slice(0, SHOWN_ROWS).map((row) => `  ${JSON.stringify(row)}`);
    return {
      text: lines(
        `error: ${error.message}`,
        ...rows,
        'Nothing was published; the last good results stay readable.',
      ),
      exitCode: 1,
    };
  }
  if (error instanceof QueryError)
    return { text: lines(`error: ${error.message}`, `query: ${error.sql}`), exitCode: 1 };
  if (error instanceof SourceError) return { text: `error: ${error.message}`, exitCode: 1 };
  return {
    text: `error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    exitCode: 1,
  };
}

function lines(...parts: (string | undefined | false)[]): string {
  return parts.filter(Boolean).join('\n');
}
