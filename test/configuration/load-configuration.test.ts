import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { loadConfiguration, parseConfiguration } from '../../analytics/configuration/load-configuration.ts';
import { configurationSchema } from '../../analytics/configuration/schema.ts';
import { CONFIGURATION_TEMPLATE } from '../../analytics/configuration/template.ts';
import { InputError } from '../../analytics/errors.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-configuration-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function load(files: Record<string, string>) {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return loadConfiguration(folder);
}

async function failure(files: Record<string, string>): Promise<InputError> {
  const error = await load(files).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(InputError);
  return error as InputError;
}

const DRIVER = 'version: 1\ndrivers:\n  orders: { unit: order }\n';

describe('headroom.yml', () => {
  it('loads as headroom init writes it', async () => {
    const configuration = await load(CONFIGURATION_TEMPLATE);
    expect(configuration.required_tags).toEqual(['team', 'environment', 'service']);
    expect(configuration.budgets).toEqual([]);
  });

  it('is asked for where it is missing', async () => {
    const error = await failure({});
    expect(error.message).toContain('headroom.yml');
    expect(error.remedy).toContain('headroom init');
  });

  it('names file, line and key of every problem', () => {
    const text = [
      'version: 1',
      'cost_basis: amortized',
      'colour: red',
      'allocation:',
      '  rules:',
      '    - name: a',
      '      match: { account: x }',
      '      set: { team: { tag: nope } }',
    ].join('\n');
    expect(() => parseConfiguration(text, 'x.yml')).toThrow(/x\.yml:2: cost_basis/);
    expect(() => parseConfiguration(text, 'x.yml')).toThrow(/x\.yml:3: colour: unknown key/);
    expect(() => parseConfiguration(text, 'x.yml')).toThrow(/x\.yml:7: .*match.*: unknown field/);
  });

  it('checks that what it refers to is there', () => {
    const text =
      'version: 1\nrequired_tags: [team]\nallocation:\n  rules:\n    - { name: a, set: { team: { tag: nope } } }\n';
    expect(() => parseConfiguration(text)).toThrow(/2: required_tags.0: 'team' is not named under tags/);
    expect(() => parseConfiguration(text)).toThrow(/5: .*tag 'nope' is not named under tags/);
  });

  it('refuses fixed shares that do not add up', () => {
    const text = `version: 1
allocation:
  shared_costs:
    - { name: a, match: { service_name: x }, split: fixed, by: [team], shares: { a: 0.5, b: 0.4 } }
`;
    expect(() => parseConfiguration(text)).toThrow(/shares add up to 0.9/);
  });

  it('tells the line of broken YAML', () => {
    expect(() => parseConfiguration('version: 1\n  tags: [', 'x.yml')).toThrow(InputError);
  });
});

describe('tables', () => {
  it('read with comments, a byte-order mark and CRLF', async () => {
    const { budgets } = await load({
      'headroom.yml': 'version: 1\n',
      'budgets.csv': '\uFEFF# ours\r\nmonth,team,amount\r\n2026-10,pay,10.50\r\n',
    });
    expect(budgets).toMatchObject([
      { month: '2026-10', team: 'pay', amount: '10.50', currency: 'USD', version: 'original' },
    ]);
  });

  const bad: [string, string, string, RegExp][] = [
    [
      'an amount with a separator',
      'budgets.csv',
      'month,amount\n2026-10,"1,000"\n',
      /amount: '1,000' is not a number/,
    ],
    ['a month that is none', 'budgets.csv', 'month,amount\n2026-13,1\n', /month: '2026-13'/],
    ['an unknown column', 'budgets.csv', 'month,amount,squad\n2026-10,1,a\n', /unknown squad/],
    ['a missing column', 'budgets.csv', 'month,team\n2026-10,a\n', /misses amount/],
    ['a scope twice', 'budgets.csv', 'month,amount\n2026-10,1\n2026-10,2\n', /same scope/],
    [
      'a driver without volume',
      'budgets.csv',
      'month,amount,driver\n2026-10,1,orders\n',
      /planned_volume: is empty/,
    ],
    [
      'an unknown driver',
      'drivers.csv',
      'date,driver,volume\n2026-10-01,visits,1\n',
      /'visits' is not named/,
    ],
    [
      'a day that is none',
      'drivers.csv',
      'date,driver,volume\n2026-02-30,orders,1\n',
      /'2026-02-30' is not a date/,
    ],
    ['a volume below 0', 'drivers.csv', 'date,driver,volume\n2026-10-01,orders,-5\n', /volume: is below 0/],
    ['a ragged line', 'drivers.csv', 'date,driver,volume\n2026-02-03,orders\n', /not a valid CSV/],
  ];
  for (const [name, file, text, message] of bad) {
    it(`refuse ${name}, with the line`, async () => {
      const error = await failure({ 'headroom.yml': DRIVER, [file]: text });
      expect(error.message).toMatch(message);
      expect(error.where).toMatch(new RegExp(`${file}:\\d`));
    });
  }
});

describe('docs/configuration.md', () => {
  it('names every key of the first two levels', async () => {
    const text = await readFile(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
    const rows = text.split('\n').filter((line) => line.startsWith('| `'));
    const { properties } = z.toJSONSchema(configurationSchema, { io: 'input', unrepresentable: 'any' }) as {
      properties: Record<string, { properties?: Record<string, unknown> }>;
    };
    const missing = Object.entries(properties).flatMap(([key, { properties: inner = {} }]) => {
      const own = rows.filter((row) => new RegExp(`^\\| .*\`${key}[.\`].* \\| .* \\|`).test(row)).join('\n');
      if (own === '') return [key];
      return Object.keys(inner)
        .filter((name) => !new RegExp(`\\b${name}\\b`).test(own))
        .map((name) => `${key}.${name}`);
    });
    expect(Object.keys(properties)).toContain('alerts');
    expect(missing).toEqual([]);
  });
});
