import { expect, it } from 'vitest';
import { localLine } from '../../analytics/forecast/local-line.ts';

it('a local line carries growth on undamped, and a spike does not move it', () => {
  const values = Float64Array.from({ length: 120 }, (_, day) => 100 + 2 * day);
  const plain = localLine(84).fit(values).forecast(values, 30);
  plain.forEach((value, k) => {
    expect(value).toBeCloseTo(100 + 2 * (120 + k), 6);
  });
  const spiked = values.slice();
  spiked[60] = 5000;
  expect(localLine(84).fit(spiked).forecast(spiked, 30)[29]).toBeCloseTo(plain[29] ?? 0, -1);
});
