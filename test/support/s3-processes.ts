import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { TEST_CREDENTIALS, TEST_REGION } from './s3-servers.ts';

const SCRIPT = path.join(import.meta.dirname, 's3-writer.ts');

/**
 * Starts a process for each name that does the job of test/support/s3-writer.ts, lets them begin together, and returns
 * what each achieved. They find the server as a user's command would: in the AWS variables of their environment.
 */
export async function raceProcesses(
  job: 'create' | 'commit',
  given: { location: string; endpoint: string; cacheFolder: string; names: string[]; argument: unknown },
): Promise<string[][]> {
  const env = {
    PATH: process.env.PATH,
    AWS_ENDPOINT_URL: given.endpoint,
    AWS_REGION: TEST_REGION,
    AWS_ACCESS_KEY_ID: TEST_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: TEST_CREDENTIALS.secretAccessKey,
    HEADROOM_CACHE_DIR: given.cacheFolder,
  };
  const children = given.names.map((name) =>
    fork(SCRIPT, [job, given.location, name], { execArgv: ['--import', 'tsx', '--no-warnings'], env }),
  );
  try {
    await Promise.all(children.map(nextMessage));
    const answers = children.map(nextMessage);
    for (const child of children) child.send(given.argument as object);
    return (await Promise.all(answers)) as string[][];
  } finally {
    for (const child of children) child.kill('SIGKILL');
  }
}

async function nextMessage(child: ChildProcess): Promise<unknown> {
  const [message] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`a process ended with ${code}`))),
  ]);
  return message;
}
