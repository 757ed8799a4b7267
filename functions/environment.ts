import { InputError } from '../analytics/errors.ts';

export type Environment = {
  /** Folder of the lake. */
  lake: string;
  /** How long published results may be served before the pointer is looked at again. */
  checkEveryMs: number;
};

const DEFAULT_CHECK_SECONDS = 5;

/** The function's settings. Throws InputError that names the variable. */
export function readEnvironment(variables: NodeJS.ProcessEnv = process.env): Environment {
  const lake = variables.HEADROOM_LAKE;
  if (!lake) {
    throw new InputError('HEADROOM_LAKE is not set', {
      where: 'HEADROOM_LAKE',
      remedy: 'Set it to the folder of the lake.',
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
  return { lake, checkEveryMs: seconds * 1000 };
}
