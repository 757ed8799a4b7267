import { expect, it } from 'vitest';
import { readHeader } from '../../../analytics/sources/data-export/read-header.ts';

it.each([
  ['a,b,c', ',', ['a', 'b', 'c']],
  ['\uFEFFa;b, c;d\r', ';', ['a', 'b, c', 'd']],
  ['a\tb', '\t', ['a', 'b']],
  ['"a,1","b ""x"""', ',', ['a,1', 'b "x"']],
  ['BilledCost, ProviderName,', ',', ['BilledCost', 'ProviderName', 'column 3']],
  ['Tags,tags,Tags', ',', ['Tags', 'tags (2)', 'Tags (3)']],
  ['just words', ',', ['just words']],
])('reads %j', (line, delimiter, names) => {
  expect(readHeader(line)).toEqual({ delimiter, names });
});
