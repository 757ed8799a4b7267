import { expect, it } from 'vitest';
import { detectSeries } from '../../analytics/anomaly/detect-series.ts';
import { createRandom } from '../../analytics/forecast/random.ts';

const FIRST_DAY = Date.parse('2025-01-06');
const FREE_DAYS = 8;

it('units that are free again with the month, and cost nothing both times, are tiers that begin anew', () => {
  const random = createRandom(5);
  const dayOfMonth = (t: number) => new Date(FIRST_DAY + t * 86_400_000).getUTCDate();
  const quantity = Array.from({ length: 160 }, () => 5000 * (1 + 0.02 * random.normal()));
  const values = quantity.map((units, t) => (t > 50 && dayOfMonth(t) <= FREE_DAYS ? 0 : 0.02 * units));
  const series = { id: 'one', firstDate: '2025-01-06', unit: 'USD', values, quantity, listUnitPrice: 0.02 };
  const found = detectSeries(series).filter(({ direction }) => direction === 'down');
  expect(found.length).toBeGreaterThan(1);
  expect(found.slice(1).map(({ recognizedAs, isAlert }) => [recognizedAs, isAlert])).toEqual(
    found.slice(1).map(() => ['tier_reset', false]),
  );
});
