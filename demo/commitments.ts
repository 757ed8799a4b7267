import { dayAt, toDate, type Window } from './calendar.ts';
import { METERS, type MeterName } from './meters.ts';
import { createRandom } from './random.ts';
import type { Stream } from './resources.ts';
import { toE10 } from './skus.ts';
import { ACCOUNTS, PAYER } from './world.ts';

/** A one-year Savings Plan without upfront payment. Its hourly commitment follows from the usage when it starts. */
export type SavingsPlan = {
  commitmentNo: number;
  id: string;
  name: string;
  type: 'Compute Savings Plan' | 'EC2 Instance Savings Plan';
  accountId: string;
  start: number;
  end: number;
  /** Meters that it covers, as an SQL pattern over usage types. */
  pattern: string;
  /** Share of the eligible usage of its first four weeks that it commits to. */
  coverage: number;
  /** What it takes off the list price, in millionths. */
  discountPpm: number;
};

/** A one-year database reservation, paid upfront, for one instance. */
export type Reservation = {
  commitmentNo: number;
  id: string;
  name: string;
  accountId: string;
  region: string;
  streamNo: number;
  start: number;
  end: number;
  upfrontE10: number;
};

const TERM_MONTHS = 12;
const RESERVED_PRICE_RATIO_PERCENT = 65n;
/** When the database of a service was reserved: months ago. */
const RESERVED: Record<string, number> = {
  ledger: 11,
  orders: 11,
  inventory: 10,
  monolith: 10,
  reporting: 2,
};

/** When the first Savings Plan ended and the next one began, nine days late. */
export function lapseOf(window: Window): { start: number; end: number } {
  return { start: dayAt(window, 9, 10), end: dayAt(window, 9, 19) };
}

export function listSavingsPlans(seed: number, window: Window): SavingsPlan[] {
  const lapse = lapseOf(window);
  const later = dayAt(window, 5, 1);
  const plan = (
    commitmentNo: number,
    type: SavingsPlan['type'],
    start: number,
    end: number,
    rest: Pick<SavingsPlan, 'pattern' | 'coverage' | 'discountPpm'>,
  ) => {
    const random = createRandom(seed, 'savings-plan', commitmentNo);
    const id = `${random.hex(8)}-${random.hex(4)}-4${random.hex(3)}-a${random.hex(3)}-${random.hex(12)}`;
    return {
      commitmentNo,
      id: `arn:aws:savingsplans::${PAYER.id}:savingsplan/${id}`,
      name: `${type} from ${toDate(start)}`,
      type,
      accountId: PAYER.id,
      start,
      end,
      ...rest,
    };
  };
  return [
    plan(0, 'EC2 Instance Savings Plan', later, later + 365, {
      pattern: '%BoxUsage:g5.xlarge',
      coverage: 0.72,
      discountPpm: 340_000,
    }),
    plan(1, 'Compute Savings Plan', lapse.start - 365, lapse.start, {
      pattern: '%BoxUsage:%',
      coverage: 0.74,
      discountPpm: 270_000,
    }),
    plan(2, 'Compute Savings Plan', lapse.end, lapse.end + 365, {
      pattern: '%BoxUsage:%',
      coverage: 0.95,
      discountPpm: 280_000,
    }),
  ].filter(({ start, end }) => start < window.end && end > window.start);
}

/** One a database, so that every amount stays below what a double holds to twelve decimals. */
export function listReservations(window: Window, streams: readonly Stream[]): Reservation[] {
  return streams.flatMap((stream, streamNo) => {
    const monthsAgo = RESERVED[stream.service.name];
    const isReserved =
      monthsAgo !== undefined && stream.meter === RESERVED_METER && stream.environment === 'prod';
    if (!isReserved) return [];
    const start = dayAt(window, monthsAgo, 4);
    const year = toE10(METERS[RESERVED_METER].price) * BigInt(24 * 365);
    const cents = (year * RESERVED_PRICE_RATIO_PERCENT) / 100n / 100_000_000n;
    const name = `${stream.resourceName}-reserved`;
    return [
      {
        commitmentNo: 10 + streamNo,
        id: `arn:aws:rds:${stream.region}:${stream.accountId}:ri:${name}`,
        name,
        accountId: stream.accountId,
        region: stream.region,
        streamNo,
        start,
        end: dayAt(window, monthsAgo - TERM_MONTHS, 4),
        upfrontE10: Number(cents * 100_000_000n),
      },
    ];
  });
}

const RESERVED_METER: MeterName = 'db.r6g.xlarge';

/** Accounts that pay for what is not metered. */
export const FEE_ACCOUNTS = {
  marketplace: ACCOUNTS.data.id,
  migrationCredit: ACCOUNTS.commerce.id,
  sharedCredit: ACCOUNTS.web.id,
};
