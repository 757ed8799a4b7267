/**
 * The kinds of failure, told apart once, at the edge: the command line maps them to exit codes, the API to
 * problem+json.
 */

/** The caller's mistake: a file, an argument or a configuration that must be changed. */
export class InputError extends Error {
  override readonly name = 'InputError';
  /** What the person should do about it, as a sentence. */
  readonly remedy: string | undefined;
  /** Where it is: file, `file:line`, parameter or column. */
  readonly where: string | undefined;

  constructor(message: string, details: { where?: string; remedy?: string; cause?: unknown } = {}) {
    super(message, { cause: details.cause });
    this.where = details.where;
    this.remedy = details.remedy;
  }
}

/** An outside service (AWS, a store) failed or refused. */
export class SourceError extends Error {
  override readonly name = 'SourceError';
  readonly isRetryable: boolean;

  constructor(message: string, details: { isRetryable?: boolean; cause?: unknown } = {}) {
    super(message, { cause: details.cause });
    this.isRetryable = details.isRetryable ?? false;
  }
}

/** A query that the engine refused; keeps the SQL. */
export class QueryError extends Error {
  override readonly name = 'QueryError';
  readonly sql: string;

  constructor(message: string, sql: string, cause?: unknown) {
    super(message, { cause });
    this.sql = sql;
  }
}

/** Data that breaks what a model or a table promises; keeps rows that show it. */
export class ContractError extends Error {
  override readonly name = 'ContractError';
  readonly rows: readonly Record<string, unknown>[];

  constructor(message: string, rows: readonly Record<string, unknown>[] = []) {
    super(message);
    this.rows = rows;
  }
}

/** Somebody else was first: what the caller saw is no longer so. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError';
}
