import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkpointKey,
  commitKey,
  dataKey,
  isDataKey,
  lastCheckpointKey,
  newDataPath,
  parseLogKey,
  versionKey,
} from '../../analytics/lake/keys.ts';
import { checkKey } from '../../analytics/lake/object-store.ts';

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}';

describe('log keys', () => {
  test('order by version, as the protocol names them', () => {
    expect(commitKey('charges', 7)).toBe('tables/charges/_delta_log/00000000000000000007.json');
    expect(checkpointKey('charges', 50)).toBe(
      'tables/charges/_delta_log/00000000000000000050.checkpoint.parquet',
    );
    expect(lastCheckpointKey('charges')).toBe('tables/charges/_delta_log/_last_checkpoint');
    const inOrder = [commitKey('t', 9), versionKey('t', 10), checkpointKey('t', 10), commitKey('t', 10)];
    expect(inOrder.toSorted()).toEqual(inOrder);
  });

  test('are told from other files of the log', () => {
    expect(parseLogKey(commitKey('t', 12))).toEqual({ version: 12, kind: 'commit' });
    expect(parseLogKey(checkpointKey('t', 12))).toEqual({ version: 12, kind: 'checkpoint' });
    const others = [
      '_last_checkpoint',
      '00000000000000000001.crc',
      '00000000000000000001.00000000000000000009.compacted.json',
    ];
    for (const other of others) expect(parseLogKey(`tables/t/_delta_log/${other}`)).toBeUndefined();
  });
});

describe('data paths', () => {
  test('name the partition, escaped as Hive does and encoded as Delta does', () => {
    const path = (partition: Record<string, string | null>) => newDataPath(Object.keys(partition), partition);
    expect(path({})).toMatch(new RegExp(`^part-${UUID}\\.parquet$`));
    expect(path({ source: 'x', billing_period: '2026-10' })).toMatch(
      /^source=x\/billing_period=2026-10\/part-/,
    );
    expect(path({ source: 'a/b c%é*' })).toMatch(/^source=a%252Fb%2520c%2525%25C3%25A9%252A\/part-/);
    expect(path({ source: null })).toMatch(/^source=__HIVE_DEFAULT_PARTITION__\/part-/);
    expect(dataKey('t', 'source=a%252Fb/part-1.parquet')).toBe('tables/t/source=a%2Fb/part-1.parquet');
    expect(() => dataKey('t', '100%.parquet')).toThrow(/not URL-encoded/);
  });

  test('make valid keys that say the value again, for any value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (value) => {
        const key = dataKey('t', newDataPath(['p'], { p: value }));
        checkKey(key);
        expect(isDataKey('t', key)).toBe(true);
        const [, , folder = ''] = key.split('/');
        expect(key.split('/')).toHaveLength(4);
        expect(decodeURIComponent(folder)).toBe(`p=${value}`);
      }),
    );
  });

  test('are told from hidden files', () => {
    expect(isDataKey('t', 'tables/t/_delta_log/00000000000000000001.json')).toBe(false);
    expect(isDataKey('t', 'tables/t/.part-1.crc')).toBe(false);
    expect(isDataKey('t', 'tables/t/_odd=1/part-1.parquet')).toBe(true);
  });
});
