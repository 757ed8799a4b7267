import { InputError } from '../../errors.ts';
import { COMMITMENT_USE, COST_EXPLORER_COSTS } from '../../lake/collected-tables.ts';
import { type HeldWindow, readHeldWindows, writeWindow } from '../aws-window.ts';
import type { CollectContext, Collector, CollectUnit } from '../collector.ts';
import {
  addDays,
  earlierOf,
  groupDays,
  HOUR_MS,
  listDays,
  startOfDay,
  startOfMonth,
  toDay,
} from '../days.ts';
import { openCostExplorerLedger } from './client.ts';
import { COMMITMENT_KINDS, type CommitmentKind, fetchCommitments } from './commitments.ts';
import { fetchCosts } from './costs.ts';
import { listViews } from './views.ts';

/** How far back Cost Explorer goes unless a company asks AWS for more. */
const HISTORY_MONTHS = 13;
const BEFORE_ACCOUNT_DAYS = 35;

/** Cost Explorer of the payer: one request at a time, each a period of at most a month of one view. */
export const costExplorerCollector: Collector = {
  isSerial: true,

  async plan(context) {
    const { settings, clock, payerAccountId } = context;
    const now = clock();
    const period = choosePeriod(context, toDay(now));
    const costs = await readHeldWindows(context.store, COST_EXPLORER_COSTS);
    const commitments = await readHeldWindows(context.store, COMMITMENT_USE);
    const parts = [
      ...listViews(settings.cost_explorer).map(({ name }) => ({ part: name, held: costs })),
      ...(settings.cost_explorer.commitments ? COMMITMENT_KINDS : []).map((kind) => ({
        part: kind as string,
        held: commitments,
      })),
    ];
    const units = parts.flatMap(({ part, held }) => {
      const windows = held(scopeOf(payerAccountId, part));
      const days = listDays(period.from, period.to).filter((day) =>
        isDue(context, now, day, windows.get(day)),
      );
      return groupDays(days, true).map(
        (days): CollectUnit => ({
          source: 'cost-explorer',
          accountId: payerAccountId,
          part,
          ...days,
        }),
      );
    });
    // The newest first: where the allowance ends, what matters most is there.
    return units.sort((a, b) => (a.from === b.from ? 0 : a.from > b.from ? -1 : 1));
  },

  async collect(context, unit) {
    const { part = '', from, to } = unit;
    const ledger = openCostExplorerLedger(context);
    const pulledAt = context.clock();
    const scope = scopeOf(context.payerAccountId, part);
    const view = listViews(context.settings.cost_explorer).find(({ name }) => name === part);
    if (view) {
      const days = await fetchCosts(context, ledger, view, { from, to });
      // A whole period of long ago without an answer lies before the account; any other day is asked again.
      const isBefore = days.size === 0 && addDays(to, BEFORE_ACCOUNT_DAYS) <= toDay(pulledAt);
      const answered = isBefore ? listDays(from, to) : [...days.keys()];
      if (answered.length === 0) return { rowCount: 0, warnings: [`no data from ${from} to ${to}`] };
      const missing = listDays(from, to).filter((day) => !answered.includes(day));
      const rowCount = await writeWindow(context, {
        schema: COST_EXPLORER_COSTS,
        scope,
        pulledAt,
        partitions: new Map(answered.map((day) => [day, days.get(day)?.rows ?? []])),
        tags: (day) => ({ is_estimated: String(days.get(day)?.isEstimated ?? false) }),
      });
      return { rowCount, warnings: missing.length > 0 ? [`no data for ${missing.join(', ')}`] : [] };
    }
    if (!(COMMITMENT_KINDS as readonly string[]).includes(part)) {
      throw new InputError(`Cost Explorer has no view ${part} in this configuration`, {
        where: 'collect.cost_explorer',
      });
    }
    const days = await fetchCommitments(context, ledger, part as CommitmentKind, { from, to });
    const partitions = new Map(listDays(from, to).map((day) => [day, days.get(day) ?? []]));
    const rowCount = await writeWindow(context, { schema: COMMITMENT_USE, scope, pulledAt, partitions });
    return { rowCount, warnings: [] };
  },
};

function scopeOf(payerAccountId: string, part: string): string {
  return `cost-explorer/${payerAccountId}/${part}`;
}

function choosePeriod({ settings, range }: CollectContext, today: string): { from: string; to: string } {
  const earliest = startOfMonth(today, -HISTORY_MONTHS);
  const from = range.from ?? startOfMonth(today, -settings.cost_explorer.history_months);
  if (from < earliest) {
    throw new InputError(`Cost Explorer has no days before ${earliest}`, {
      where: '--from',
      remedy: `Begin on ${earliest} or later; earlier months come from a data export.`,
    });
  }
  const tomorrow = addDays(today, 1);
  return { from, to: earlierOf(range.to ?? tomorrow, tomorrow) };
}

/**
 * A day is asked again while it is young, and, once its month is over, until AWS no longer calls it estimated; never
 * more often than `refresh_hours`.
 */
function isDue(
  { settings, isAgain }: CollectContext,
  now: Date,
  day: string,
  held: HeldWindow | undefined,
): boolean {
  if (!held || isAgain) return true;
  const { refresh_days, refresh_hours } = settings.cost_explorer;
  if (now.getTime() - held.pulledAt.getTime() < refresh_hours * HOUR_MS) return false;
  const youngUntil = startOfDay(addDays(day, refresh_days + 1));
  if (now < youngUntil || held.pulledAt < youngUntil) return true;
  const isMonthOver = toDay(now) >= startOfMonth(day, 1);
  return isMonthOver && held.tags.is_estimated === 'true';
}
