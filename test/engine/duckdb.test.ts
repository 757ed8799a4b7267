import { readdir } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openDuckdb, quoteName, quotePath, quoteText, readParquet } from '../../analytics/engine/duckdb.ts';
import { QueryError } from '../../analytics/errors.ts';
import { openTestEngine } from '../support/cost-files.ts';
import { makeTestFolder } from '../support/lake-folder.ts';

describe('values of a query', () => {
  it('keep every digit, and are plain', async () => {
    const engine = await openTestEngine();
    const [row] =
      await engine.query(`select 1::bigint as small, 9007199254740993::bigint as large, 1.5::decimal(38, 12) as money,
      date '2024-01-02' as day, timestamptz '2024-01-02 03:04:05.123+01' as instant, timestamp '1969-12-31 23:59:59.5' as early,
      map {'a': 'b', 'c': null} as tags, [1, 2] as list, {'x': 1.5} as struct, null as nothing, 0.5::double as ratio,
      true as flag, count(*) as rows from range(3)`);
    expect(row).toEqual({
      small: 1,
      large: 9007199254740993n,
      money: '1.500000000000',
      day: '2024-01-02',
      instant: '2024-01-02T02:04:05.123Z',
      early: '1969-12-31T23:59:59.5Z',
      tags: { a: 'b', c: null },
      list: [1, 2],
      struct: { x: '1.5' },
      nothing: null,
      ratio: 0.5,
      flag: true,
      rows: 3,
    });
  });

  it('are in UTC on every connection', async () => {
    const engine = await openTestEngine();
    const other = await engine.connect();
    const sql = `select timestamptz '2024-01-01'::varchar as text`;
    expect(await engine.query(sql)).toEqual([{ text: '2024-01-01 00:00:00+00' }]);
    expect((await other.runAndReadAll(sql)).getRowsJson()).toEqual([['2024-01-01 00:00:00+00']]);
  });
});

it('a query that is refused says its SQL', async () => {
  const engine = await openTestEngine();
  const failure = await engine.query('select * from nowhere').catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(QueryError);
  expect((failure as QueryError).sql).toBe('select * from nowhere');
});

it('copies rows into a Parquet file, whatever its name', async () => {
  const engine = await openTestEngine();
  const file = `${await makeTestFolder()}/it's [a] file*?.parquet`;
  const written = await engine.copy('select i from range(1000) t(i)', file);
  expect(written).toEqual({ rowCount: 1000, sizeBytes: expect.any(Number) });
  expect(await engine.query(`select sum(i) as total from ${readParquet([file])}`)).toEqual([
    { total: 499500 },
  ]);
});

it('has json, parquet and icu built in, and loads nothing else', async () => {
  const engine = await openTestEngine();
  const loaded = await engine.query('select extension_name as name from duckdb_extensions() where loaded');
  expect(loaded.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['core_functions', 'icu', 'json', 'parquet']),
  );
  await expect(engine.query(`select * from read_csv('https://example.invalid/x.csv')`)).rejects.toThrow(
    /httpfs/,
  );
});

it('leaves nothing behind', async () => {
  const tempFolder = await makeTestFolder();
  const engine = await openDuckdb({ tempFolder, memoryLimitGib: 0.25, threads: 1 });
  expect(await readdir(tempFolder)).toHaveLength(1);
  engine.close();
  await setTimeout(200);
  expect(await readdir(tempFolder)).toEqual([]);
});

it('quotes names, texts and paths', () => {
  expect([quoteName('a"b'), quoteText("it's"), quotePath('a[1]*.csv')]).toEqual([
    '"a""b"',
    "'it''s'",
    "'a[[]1][*].csv'",
  ]);
});
