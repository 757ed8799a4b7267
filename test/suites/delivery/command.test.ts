import { execFile } from 'node:child_process';
import { access, cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startReceiver } from './https-receiver.ts';
import { makeIdentity } from './self-signed.ts';

const CLI = fileURLToPath(new URL('../../../cli/headroom.mjs', import.meta.url));
const BILL = fileURLToPath(new URL('../../golden/worked-month/charges.csv', import.meta.url));
const CONFIG = fileURLToPath(new URL('../../golden/worked-month/config', import.meta.url));
const SECRET = 'hook-secret-not-to-be-seen';

type Outcome = { code: number; stdout: string; stderr: string };

let folder: string;
let receiver: Awaited<ReturnType<typeof startReceiver>>;
const at = (name: string) => path.join(folder, name);

function headroom(...args: string[]): Promise<Outcome> {
  const env = { ...process.env, ALERT_HOOK: SECRET, NODE_EXTRA_CA_CERTS: at('ca.pem') };
  return new Promise((resolve) => {
    execFile(process.execPath, [CLI, ...args], { env, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr });
    });
  });
}

/** The configuration of the worked month with one channel, which may or may not be on a private address. */
async function configure(isPrivateAllowed: boolean): Promise<void> {
  const port = new URL(receiver.url).port;
  await rm(at('config'), { recursive: true, force: true });
  await cp(CONFIG, at('config'), { recursive: true });
  const file = path.join(at('config'), 'headroom.yml');
  const alerts = `
alerts:
  policy: { minimum_amount_per_day: 0, budgets: { underspent_ratio: 0 } }
  channels:
    hook: { type: webhook, url: 'https://127.0.0.1:${port}/in', secret: 'env:ALERT_HOOK', allow_private: ${isPrivateAllowed} }
  routes: [{ channels: [hook] }]
`;
  await writeFile(file, (await readFile(file, 'utf8')) + alerts);
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'headroom-alert-'));
  const identity = makeIdentity(['localhost']);
  await writeFile(at('ca.pem'), identity.cert);
  receiver = await startReceiver(identity, () => ['ok']);
  await configure(false);
  await headroom('import', BILL, '--lake', at('lake'), '--source', 'worked');
  await headroom('run', '--lake', at('lake'), '--config', at('config'), '--as-of', '2026-11-10');
});
afterAll(async () => {
  await receiver.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('headroom alert', () => {
  const alert = (...args: string[]) =>
    headroom('alert', '--lake', at('lake'), '--config', at('config'), ...args);
  let keys: string[];

  it('shows what it would tell, and does nothing', async () => {
    const { code, stdout, stderr } = await alert('--dry-run', '--json');
    expect(code, stderr).toBe(0);
    const { send, dead } = JSON.parse(stdout);
    expect(send.length).toBeGreaterThan(0);
    expect(dead).toEqual([]);
    keys = send.map(({ id }: { id: string }) => `${id}#1@hook`).sort();
    const text = await alert('--dry-run');
    expect(text.stdout).toContain(send[0].alert.title.slice(0, 60));
    await expect(access(path.join(at('lake'), 'alerts'))).rejects.toThrow();
    expect(receiver.requests).toEqual([]);
  });

  it('says what it could not deliver for good, with exit code 1, and goes on to say so', async () => {
    const { code, stdout } = await alert();
    expect(code).toBe(1);
    for (const key of keys)
      expect(stdout).toContain(`dead: ${key}: the host has an address that is not public`);
    const again = await alert();
    expect([again.code, again.stdout.split('\n')[0]]).toEqual([0, 'nothing told']);
    const { dead } = JSON.parse((await alert('--dry-run', '--json')).stdout);
    expect(dead.map(({ key }: { key: string }) => key).sort()).toEqual(keys);
    expect(receiver.requests).toEqual([]);
  });

  it('tries that again when it is asked to, and then has nothing more to tell', async () => {
    await configure(true);
    const { code, stdout } = await alert('--retry-dead', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout).delivery).toMatchObject({ pending: [], dead: [] });
    expect(receiver.accepted.map(({ key }) => key).sort()).toEqual(keys);
    expect((await alert('--retry-dead')).stdout).toContain('delivered 0, pending 0, dead 0');
    expect(receiver.accepted).toHaveLength(keys.length);
  });

  it('never shows or keeps a secret', async () => {
    const entries = await readdir(at('lake/alerts'), { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      expect(await readFile(path.join(file.parentPath, file.name), 'utf8')).not.toContain(SECRET);
    }
    const { stdout, stderr } = await alert('--json');
    expect(stdout + stderr).not.toContain(SECRET);
  });
});

describe('an id that nothing has', () => {
  it.each([
    ['feedback', 'nothing', 'planned'],
    ['explain', 'nothing'],
  ])('is refused by %s, which says where ids are', async (...args) => {
    const { code, stderr } = await headroom(...args, '--lake', at('lake'));
    expect(code).toBe(2);
    const [, ...command] = /headroom (show anomalies --where status=all)/.exec(stderr) ?? [];
    const listed = await headroom(...(command[0] ?? '').split(' '), '--lake', at('lake'));
    expect(listed.code, listed.stderr).toBe(0);
    expect(stderr).toContain('headroom alert --dry-run --json');
  });
});
