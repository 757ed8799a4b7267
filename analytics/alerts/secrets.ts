import { SourceError } from '../errors.ts';

/** Reads the secret that a reference of the configuration points at. Errors name the reference, never the value. */
export type SecretReader = (reference: string) => Promise<string>;

/**
 * Reads `ssm:/PATH` from the SSM Parameter Store, decrypted, and `env:NAME` from the variables that are passed in, without
 * white space around it. Each is read once. Throws SourceError.
 */
export function createSecretReader(options: {
  variables?: Readonly<Record<string, string | undefined>>;
  readParameter?: (path: string) => Promise<string | undefined>;
}): SecretReader {
  const { variables, readParameter = readFromSsm } = options;
  const known = new Map<string, Promise<string>>();
  const read = async (reference: string): Promise<string> => {
    const [, source, name = ''] = /^(ssm|env):(.+)$/.exec(reference) ?? [];
    const stored = source === 'ssm' ? await readParameter(name) : variables?.[name];
    // A line's end that came along is no part of it, and no header may hold it.
    const value = stored?.trim();
    if (value) return value;
    throw new SourceError(`the secret ${reference} cannot be found`, { isRetryable: true });
  };
  return (reference) => {
    let secret = known.get(reference);
    if (!secret) {
      secret = read(reference).catch((cause) => {
        known.delete(reference);
        if (cause instanceof SourceError) throw cause;
        const why = (cause as Error).name;
        throw new SourceError(`the secret ${reference} cannot be read (${why})`, {
          isRetryable: true,
          cause,
        });
      });
      known.set(reference, secret);
    }
    return secret;
  };
}

async function readFromSsm(path: string): Promise<string | undefined> {
  const { GetParameterCommand, SSMClient } = await import('@aws-sdk/client-ssm');
  const { Parameter } = await new SSMClient({}).send(
    new GetParameterCommand({ Name: path, WithDecryption: true }),
  );
  return Parameter?.Value;
}
