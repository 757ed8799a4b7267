import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { readSettings } from '../../../stacks/settings.ts';

const DOCUMENT = fileURLToPath(new URL('../../../docs/deploy.md', import.meta.url));

function readText(text: string) {
  const folder = mkdtempSync(path.join(tmpdir(), 'headroom-settings-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'headroom.deploy.yml');
  writeFileSync(file, text);
  return readSettings(file);
}

test('every setting has a default', () => {
  const defaults = readSettings(path.join(tmpdir(), 'no such file'));
  expect(defaults).toMatchObject({
    region: 'us-east-1',
    time_zone: 'Etc/UTC',
    encryption: 'kms',
    accounts: [],
  });
  expect(readText('')).toEqual(defaults);
});

test('the example in the documentation is what is read', () => {
  const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(readFileSync(DOCUMENT, 'utf8')) ?? [];
  expect(readText(example)).toMatchObject({
    organization_id: 'o-abcdefghij',
    analytics: { memory_mb: 4096 },
    api: { jwt: { audiences: ['headroom'] } },
  });
});

test.each([
  'accounts: [1234]',
  'analytics: { memory_mb: 64 }',
  'log_retention_days: 91',
  'api: { jwt: { issuer: "http://insecure.example", audiences: [a] } }',
  'regoin: eu-west-1',
])('%s is refused by name', (text) => {
  const [key = ''] = text.split(':');
  expect(() => readText(text)).toThrow(key);
});
