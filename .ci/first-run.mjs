// What the README promises of `npm start`: it comes up, the API answers, and it stops when it is told to.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const LIMIT_MS = 120_000;
const folder = mkdtempSync(join(tmpdir(), 'headroom-first-run-'));
const started = Date.now();
const child = spawn(process.execPath, [resolve('cli/headroom.mjs'), 'start', '--port', '0'], { cwd: folder });
let output = '';
child.stderr.pipe(process.stderr);
try {
  const url = await new Promise((found, failed) => {
    setTimeout(() => failed(new Error(`no address within ${LIMIT_MS / 1000} s`)), LIMIT_MS).unref();
    child.once('exit', (code) => failed(new Error(`it ended with ${code}`)));
    child.stdout.on('data', (bytes) => {
      output += bytes;
      const match = /http:\/\/127\.0\.0\.1:\d+/.exec(output);
      if (match) found(match[0]);
    });
  });
  const answer = await fetch(`${url}/v1/variance`);
  const { rows, control } = await answer.json();
  if (answer.status !== 200 || rows.length === 0 || control.is_reconciled !== true) {
    throw new Error(`the API answered ${answer.status} with ${rows?.length} rows`);
  }
  console.log(`${output}\nfirst answer after ${((Date.now() - started) / 1000).toFixed(1)} s`);
} finally {
  child.kill('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
}
