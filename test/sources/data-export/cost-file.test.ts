import { describe, expect, it } from 'vitest';
import { readParquet } from '../../../analytics/engine/duckdb.ts';
import {
  openCostFile,
  prepareRejectedLines,
  REJECTED_LINES,
} from '../../../analytics/sources/data-export/cost-file.ts';
import { openTestEngine, putFile } from '../../support/cost-files.ts';
import { makeTestFolder } from '../../support/lake-folder.ts';

/** More than DuckDB's CSV reader takes at a time, so that several threads read it. */
const MANY_ROWS = 600_000;

describe('a text file larger than one reader takes at a time', () => {
  it.each(['none', 'gzip'])(
    'keeps its header and the order of its rows, packed by %s',
    async (compression) => {
      const engine = await openTestEngine();
      const folder = await makeTestFolder();
      const file = `${folder}/large.csv`;
      await engine.run(`copy (select i as n, repeat('x', 80) || (i % 7) as filler from range(${MANY_ROWS}) t(i) order by i)
      to '${file}' (format csv, header, compression ${compression})`);
      await prepareRejectedLines(engine);
      const opened = await openCostFile(engine, file, `${folder}/staged.parquet`);
      expect(opened.columns).toEqual([
        { name: 'n', type: 'VARCHAR' },
        { name: 'filler', type: 'VARCHAR' },
      ]);
      const staged = readParquet([opened.parquetPath], ', file_row_number = true');
      expect(
        await engine.query(
          `select count(*) as rows, count(*) filter (where n::bigint <> file_row_number) as displaced from ${staged}`,
        ),
      ).toEqual([{ rows: MANY_ROWS, displaced: 0 }]);
    },
  );
});

it('tells the lines that are no rows, with what they say', async () => {
  const engine = await openTestEngine();
  const folder = await makeTestFolder();
  const file = await putFile(
    folder,
    'a.csv',
    'a,b,c\r\n1,2,3\r\n4,5\r\n6,7,8,9\r\n"10\r\n11",12,13\r\n14,"15',
  );
  await prepareRejectedLines(engine);
  const opened = await openCostFile(engine, file, `${folder}/staged.parquet`);
  expect(await engine.query(`select a, b, c from ${readParquet([opened.parquetPath])}`)).toEqual([
    { a: '1', b: '2', c: '3' },
    { a: '10\r\n11', b: '12', c: '13' },
  ]);
  expect(
    await engine.query(`select row_number, reason, raw from ${REJECTED_LINES} order by row_number`),
  ).toEqual([
    { row_number: 2, reason: expect.stringContaining('missing columns'), raw: '"4,5"' },
    { row_number: 3, reason: expect.stringContaining('too many columns'), raw: '"6,7,8,9"' },
    { row_number: 5, reason: expect.stringContaining('quote'), raw: expect.stringContaining('14') },
  ]);
});
