/** The environment of the command line; nothing else in it reads process.env. */
export function readVariables(): NodeJS.ProcessEnv {
  return process.env;
}
