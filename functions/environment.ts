import path from 'node:path';
import { InputError } from '../analytics/errors.ts';
import { readS3Settings, type S3Settings } from '../analytics/lake/open-store.ts';

export type Environment = {
  /** Folder of the lake, or s3://BUCKET/PREFIX. */
  lake: string;
  /** How long published results may be served before the pointer is looked at again. */
  checkEveryMs: number;
  /** Where the secret is that signs links in messages, as ssm:/PATH. */
  feedbackSecret?: string;
};

export type WorkerEnvironment = {
  lake: string;
  /** How buckets are reached. */
  s3: S3Settings;
  /** Folder of the configuration, or s3://BUCKET/PREFIX. */
  configuration?: string;
  /** What DuckDB may take. */
  memoryLimitGib?: number;
  /** Where the models' SQL lies beside a bundle. */
  modelsFolder?: string;
};

const DEFAULT_CHECK_SECONDS = 5;

/** The function's settings. Throws InputError that names the variable. */
export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): Environment {
  const lake = variables.HEADROOM_LAKE;
  if (!lake) {
    throw new InputError('HEADROOM_LAKE is not set', {
      where: 'HEADROOM_LAKE',
      remedy: 'Set it to the folder of the lake, or to s3://BUCKET/PREFIX.',
    });
  }
  const seconds = Number(variables.HEADROOM_CHECK_SECONDS ?? DEFAULT_CHECK_SECONDS);
  if (!(seconds >= 0)) {
    throw new InputError(
      `HEADROOM_CHECK_SECONDS is '${variables.HEADROOM_CHECK_SECONDS}', not a number of seconds`,
      {
        where: 'HEADROOM_CHECK_SECONDS',
        remedy: `Set it to 0 or more, or leave it out for ${DEFAULT_CHECK_SECONDS}.`,
      },
    );
  }
  const { HEADROOM_FEEDBACK_SECRET } = variables;
  return {
    lake,
    checkEveryMs: seconds * 1000,
    ...(HEADROOM_FEEDBACK_SECRET ? { feedbackSecret: HEADROOM_FEEDBACK_SECRET } : {}),
  };
}

/** Variables that a function cannot do without. Throws InputError that names the first one missing. */
export function requireVariables<Name extends string>(
  names: readonly Name[],
  variables: NodeJS.ProcessEnv = process.env,
): Record<Name, string> {
  const entries = names.map((name) => {
    const value = variables[name];
    if (value) return [name, value];
    throw new InputError(`${name} is not set`, {
      where: name,
      remedy: 'Deploy the function with its stack.',
    });
  });
  return Object.fromEntries(entries) as Record<Name, string>;
}

/** How buckets are reached. Throws InputError that names the variable. */
export function readS3Environment(variables: NodeJS.ProcessEnv = process.env): S3Settings {
  return readS3Settings(variables);
}

/** What the functions that compute have in common. Throws InputError that names the variable. */
export function readWorkerEnvironment(variables: NodeJS.ProcessEnv = process.env): WorkerEnvironment {
  const { LAMBDA_TASK_ROOT, HEADROOM_CONFIG, HEADROOM_MEMORY_GIB } = variables;
  const memoryLimitGib = HEADROOM_MEMORY_GIB ? Number(HEADROOM_MEMORY_GIB) : undefined;
  if (memoryLimitGib !== undefined && !(memoryLimitGib > 0)) {
    throw new InputError(`HEADROOM_MEMORY_GIB is '${HEADROOM_MEMORY_GIB}', not a number of GiB`, {
      where: 'HEADROOM_MEMORY_GIB',
      remedy: 'Set it to a number above 0, or leave it out.',
    });
  }
  return {
    lake: readEnvironment(variables).lake,
    s3: readS3Environment(variables),
    ...(HEADROOM_CONFIG ? { configuration: HEADROOM_CONFIG } : {}),
    ...(memoryLimitGib === undefined ? {} : { memoryLimitGib }),
    ...(LAMBDA_TASK_ROOT ? { modelsFolder: path.join(LAMBDA_TASK_ROOT, 'analytics/models') } : {}),
  };
}
