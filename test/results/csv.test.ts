import { expect, test } from 'vitest';
import type { OutputColumn } from '../../analytics/results/catalog.ts';
import { formatCsv } from '../../analytics/results/csv.ts';

const column = (name: string, type: OutputColumn['type']): OutputColumn => ({
  name,
  type,
  isNullable: true,
  adds: 'never',
  description: '',
});
const COLUMNS = [column('team', 'text'), column('cost', 'decimal'), column('ratio', 'ratio')];

test('cells are quoted where they must be, null is empty', () => {
  const rows = [
    { team: 'a, "b"', cost: '1.5', ratio: null },
    { team: 'two\nlines', cost: '0', ratio: 0.25 },
  ];
  expect(formatCsv(COLUMNS, rows)).toBe('team,cost,ratio\r\n"a, ""b""",1.5,\r\n"two\nlines",0,0.25\r\n');
});

const FULL_WIDTH = ['\uff1d1+1', '\uff0b1', '\uff0d1', '\uff20SUM(A1)'];
test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', '\n=1+1', ...FULL_WIDTH])(
  'text %j is not run as a formula',
  (team) => {
    const [, line = ''] = formatCsv([column('team', 'text')], [{ team }]).split('\r\n', 2);
    expect(line.replace(/^"/, '')).toMatch(/^'/);
  },
);

test('negative amounts stay numbers', () => {
  expect(formatCsv(COLUMNS, [{ team: 'a', cost: '-3.5', ratio: -0.1 }])).toContain('a,-3.5,-0.1');
});

test('no rows leave the header', () => {
  expect(formatCsv(COLUMNS, [])).toBe('team,cost,ratio\r\n');
});
