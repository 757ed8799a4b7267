import { type Engine, quoteText } from '../../engine/duckdb.ts';
import { toDate, toDayNumber } from '../../forecast/calendar.ts';
import {
  ALLOCATION_DIMENSIONS,
  type AllocationDimension,
  COST_BASES,
  type CostBasis,
} from '../../vocabulary.ts';

export type ForecastKind = 'usage' | 'committed' | 'fee' | 'proportional' | 'once';

/** What a charge is allocated to before shared costs are split, in one currency. */
export type Leaf = {
  billing_currency: string;
  shared_no: number | null;
} & Record<AllocationDimension, string>;

/** Cost by day of what goes on in one way, on each basis. `days[basis][0]` is the day numbered `CostHistory.firstDay`. */
export type CostSeries = {
  id: string;
  leafId: string;
  leaf: Leaf;
  kind: ForecastKind;
  chargeKey: string;
  isSpread: boolean;
  days: Record<CostBasis, Float64Array>;
};

export type CostHistory = {
  firstDay: number;
  series: CostSeries[];
  /** False where the bill has nothing at all for a day: it is missing, not free. */
  hasData(day: number): boolean;
};

/** A yearly pattern is not learnt from days, and methods look at half a year. */
const HISTORY_DAYS = 420;

/** The series of cost_series up to the last month's end. */
export async function readCostSeries(engine: Engine, asOf: string, lastDay: number): Promise<CostHistory> {
  const firstDay = toDayNumber(asOf) - HISTORY_DAYS;
  const keys = [
    'forecast_kind',
    'charge_key',
    'is_spread',
    'billing_currency',
    'shared_no',
    ...ALLOCATION_DIMENSIONS,
  ];
  const first = quoteText(toDate(firstDay));
  const rows = await engine.query(
    `select ${keys.join(', ')}, list(day order by day) as days,
       ${COST_BASES.map((basis) => `list(${basis}_cost order by day) as ${basis}_costs`).join(', ')}
     from (
       select ${keys.join(', ').replace('is_spread', "forecast_kind = 'fee' and is_spread as is_spread")}, cast(date_diff('day', date ${first}, charge_date) as integer) as day,
         ${COST_BASES.map((basis) => `cast(sum(${basis}_cost) as double) as ${basis}_cost`).join(', ')}
       from cost_series where charge_date >= date ${first} group by all
     ) as daily
     group by ${keys.join(', ')} order by ${keys.map((key) => `${key} nulls first`).join(', ')}`,
  );
  const length = lastDay + 1 - firstDay;
  const used = new Uint8Array(length);
  const series = rows.map((row): CostSeries => {
    const days = row.days as number[];
    const leaf = toLeaf(row);
    const kind = row.forecast_kind as ForecastKind;
    if (kind === 'usage' || kind === 'committed') for (const day of days) if (day < length) used[day] = 1;
    const leafId = JSON.stringify(Object.values(leaf));
    return {
      id: `${kind} ${row.charge_key} ${row.is_spread} ${leafId}`,
      leafId,
      leaf,
      kind,
      chargeKey: String(row.charge_key),
      isSpread: row.is_spread === true,
      days: mapBases((basis) => spreadDays(days, row[`${basis}_costs`] as number[], length)),
    };
  });
  return { firstDay, series, hasData: (day) => used[day - firstDay] === 1 };
}

export function toLeaf(row: Record<string, unknown>): Leaf {
  const dimensions = ALLOCATION_DIMENSIONS.map((name) => [name, String(row[name])]);
  return {
    billing_currency: String(row.billing_currency),
    shared_no: typeof row.shared_no === 'number' ? row.shared_no : null,
    ...(Object.fromEntries(dimensions) as Record<AllocationDimension, string>),
  };
}

/** One value a cost basis; written out, as it is called for every day of every series. */
export function mapBases<T>(of: (basis: CostBasis) => T): Record<CostBasis, T> {
  return { billed: of('billed'), effective: of('effective'), list: of('list'), contracted: of('contracted') };
}

function spreadDays(days: readonly number[], costs: readonly number[], length: number): Float64Array {
  const out = new Float64Array(length);
  days.forEach((day, i) => {
    if (day < length) out[day] = costs[i] ?? 0;
  });
  return out;
}
