/** One commitment that could be bought, and what it would do to the demand it was computed from. Costs are estimates. */
export type PurchaseOption = {
  /** Of the hourly demand: in so many percent of the hours demand is at most what is committed to. */
  percentile: number;
  /** To pay for each hour, at the discounted price. */
  hourlyCommitment: number;
  utilisationRatio: number;
  /** Share of the demand that it would cover. */
  coverageRatio: number;
  /** Of 30 days, if demand stays, and if it falls by each of FALLS; negative: it costs more than it saves. */
  savings: number[];
  /** By how much the best choice in hindsight beats it, in the same order. */
  regrets: number[];
  isRecommended: boolean;
};

/** Demand as it is, and falling by a fifth and by two fifths. */
export const FALLS = [0, 0.2, 0.4] as const;
const PERCENTILES = Array.from({ length: 19 }, (_, index) => 5 * (index + 1));
const MONTH_HOURS = 720;

/**
 * Options for a Savings Plan on an hourly demand at on-demand prices. A commitment of c an hour covers c / (1 - discount)
 * of demand and is paid whether used or not, so it saves while its utilisation is above 1 - discount. Recommended is the
 * option whose largest regret over FALLS is the smallest; none where every option loses as demand is.
 *
 * @param demand cost of each hour at on-demand prices, 0 for hours without.
 * @param discount off the on-demand price, above 0 and below 1.
 */
export function analysePurchase(demand: readonly number[], discount: number): PurchaseOption[] {
  const sorted = [...demand].sort((a, b) => a - b);
  const total = sorted.reduce((sum, cost) => sum + cost, 0);
  if (total <= 0) return [];
  const price = 1 - discount;
  const saving = (level: number, remaining: number) =>
    ((sumCovered(sorted, level, remaining) - level * price * sorted.length) * MONTH_HOURS) / sorted.length;
  const best = FALLS.map((fall) => {
    const remaining = 1 - fall;
    return Math.max(0, saving(findQuantile(sorted, discount) * remaining, remaining));
  });
  const options = PERCENTILES.map((percentile): PurchaseOption => {
    const level = findQuantile(sorted, percentile / 100);
    const covered = sumCovered(sorted, level, 1);
    const savings = FALLS.map((fall) => saving(level, 1 - fall));
    return {
      percentile,
      hourlyCommitment: level * price,
      utilisationRatio: level > 0 ? covered / (level * sorted.length) : 0,
      coverageRatio: covered / total,
      savings,
      regrets: savings.map((each, index) => Math.max(0, (best[index] as number) - each)),
      isRecommended: false,
    };
  });
  const worthwhile = options.filter(({ savings }) => (savings[0] as number) > 0);
  const [first, ...others] = worthwhile;
  if (!first) return options;
  const chosen = others.reduce(
    (least, each) => (largestRegret(each) < largestRegret(least) ? each : least),
    first,
  );
  chosen.isRecommended = true;
  return options;
}

/** The largest of an option's regrets. */
export function largestRegret({ regrets }: PurchaseOption): number {
  return Math.max(...regrets);
}

function sumCovered(sorted: readonly number[], level: number, remaining: number): number {
  return sorted.reduce((sum, cost) => sum + Math.min(cost * remaining, level), 0);
}

/** The smallest value that at least this share of the values does not exceed. */
function findQuantile(sorted: readonly number[], share: number): number {
  const index = Math.max(0, Math.ceil(share * sorted.length - 1e-9) - 1);
  return sorted[index] ?? 0;
}
