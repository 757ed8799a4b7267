import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { checkConfiguration } from '../../cli/check-configuration.ts';

async function check(yaml: string, files: Record<string, string> = {}): Promise<string[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'headroom-check-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries({ 'headroom.yml': `version: 1\n${yaml}`, ...files }))
    await writeFile(path.join(folder, name), text);
  const findings = await checkConfiguration(folder);
  return findings
    .filter(({ text }) => /drivers?\b.*unit cost/.test(text))
    .map(({ state, text }) => `${state}: ${text}`);
}

it('warns of drivers that have no volume in drivers.csv and are not collected', async () => {
  const yaml = `drivers:
  orders: { unit: order, cost: {} }
  visits: { unit: visit, cost: {} }
  users: { unit: user, cost: {} }
collect:
  cloudwatch:
    drivers:
      - { driver: orders, unit: order, account_id: "000000000021", region: eu-west-1, namespace: Shop, metric: Orders }
`;
  const volumes = { 'drivers.csv': 'date,driver,volume\n2026-10-04,visits,4\n' };
  expect(await check(yaml, volumes)).toEqual([
    'warning: driver users has no volume in drivers.csv, and is not collected: it has no unit cost',
  ]);
});

it('notes that there are no drivers, and both ways to give their volumes', async () => {
  expect(await check('')).toEqual([
    'note: no drivers: there are no unit costs. Name them under drivers, and fill drivers.csv or collect their volumes',
  ]);
});
