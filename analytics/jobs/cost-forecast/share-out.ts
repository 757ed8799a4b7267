import type { Engine } from '../../engine/duckdb.ts';
import { groupBy } from '../../group-by.ts';
import { type Cell, toCell } from './scopes.ts';

export type Part = { cell: Cell; share: number; before: bigint; after: bigint };

/** Where an allocation's cost of a month ends after shared costs are split. */
export type ShareOut = (period: string, leaf: Cell & { shared_no: number | null }) => readonly Part[];

/** Shares are cumulative, in units of 10^-13. */
const SHARE_SCALE = 10n ** 13n;

/** Reads how shared costs were split, month by month; a month without a split has that of the last one. */
export async function readShareOut(engine: Engine): Promise<ShareOut> {
  const rows = await engine.query(
    `select *, is_last, cast(share_before as varchar) as before_text, cast(share_after as varchar) as after_text
     from shared_cost_targets order by billing_period, billing_currency, shared_no, share_after, share_before`,
  );
  const parts = new Map<string, Part[]>();
  const groups = groupBy(rows, (row) =>
    keyOf(String(row.billing_period), String(row.billing_currency), Number(row.shared_no)),
  );
  for (const [key, members] of groups) {
    parts.set(
      key,
      members.map((row) => {
        const before = toShare(row.before_text);
        const after = row.is_last === true ? SHARE_SCALE : toShare(row.after_text);
        return { cell: toCell(row), before, after, share: Number(after - before) / Number(SHARE_SCALE) };
      }),
    );
  }
  const periods = [...new Set(rows.map((row) => String(row.billing_period)))].sort();
  return (period, leaf) => {
    const whole = [{ cell: leaf, share: 1, before: 0n, after: SHARE_SCALE }];
    if (leaf.shared_no === null) return whole;
    const find = (month: string) => parts.get(keyOf(month, leaf.billing_currency, leaf.shared_no as number));
    const latest = periods.filter((month) => month <= period).at(-1) ?? period;
    return find(period) ?? (period > (periods.at(-1) ?? '') ? find(latest) : undefined) ?? whole;
  };
}

/** A part of a scaled amount; the parts add up to it exactly. */
export function takePart(amount: bigint, { before, after }: Part): bigint {
  return (amount * after) / SHARE_SCALE - (amount * before) / SHARE_SCALE;
}

function keyOf(period: string, currency: string, sharedNo: number): string {
  return `${period} ${currency} ${sharedNo}`;
}

function toShare(text: unknown): bigint {
  const [whole = '0', fraction = ''] = String(text).split('.');
  return BigInt(whole) * SHARE_SCALE + BigInt(fraction.padEnd(13, '0').slice(0, 13));
}
