import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { onTestFinished } from 'vitest';

const SCRIPT = path.join(import.meta.dirname, 'lake-writer.ts');

export type LakeProcess = {
  /** Resolves with the next message of the process; rejects when it ends instead. */
  next(): Promise<unknown>;
  send(message: unknown): void;
  /** Everything it said that was not asked for with `next`. */
  unread: unknown[];
  /** Kills it with SIGKILL and resolves when it is gone. */
  kill(): Promise<void>;
};

/** Starts test/support/lake-writer.ts in a process of its own; it is killed with the test at the latest. */
export function startLakeProcess(job: string, folder: string, name: string): LakeProcess {
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', SCRIPT, job, folder, name], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const unread: unknown[] = [];
  const waiting: { resolve(message: unknown): void; reject(error: Error): void }[] = [];
  const gone = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      for (const { reject } of waiting.splice(0))
        reject(new Error(`process ${name} ended: ${code ?? signal}`));
      resolve();
    });
  });
  child.on('message', (message) => {
    const waiter = waiting.shift();
    if (waiter) waiter.resolve(message);
    else unread.push(message);
  });
  const kill = async () => {
    child.kill('SIGKILL');
    await gone;
  };
  onTestFinished(kill);
  return {
    next: () =>
      unread.length > 0
        ? Promise.resolve(unread.shift())
        : new Promise((resolve, reject) => waiting.push({ resolve, reject })),
    send: (message) => void child.send(message as object),
    unread,
    kill,
  };
}
