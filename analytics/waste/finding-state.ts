import * as z from 'zod';

/** The journal that keeps what people state about findings, by finding id. */
export const WASTE_JOURNAL = 'waste';

/** What people may state; that a finding is resolved only its absence says, verified against the bill. */
export const STATED_STATUSES = ['open', 'acknowledged', 'planned', 'dismissed'] as const;
/** Who dismisses what `waste.ignore` names; no person overrules it but by changing the configuration. */
export const STATED_BY_CONFIGURATION = 'configuration';
export type StatedStatus = (typeof STATED_STATUSES)[number];

const DATE = z.iso.date({ error: 'must be a date such as 2026-10-31' });
const TEXT = z.string().trim().min(1).max(2000);

/** What a person states about a finding; the body of `PATCH /v1/waste/{id}`. */
export const statementSchema = z
  .strictObject({
    status: z.enum(STATED_STATUSES),
    reason: TEXT.optional(),
    until: DATE.optional(),
    planned_date: DATE.optional(),
    note: TEXT.optional(),
    by: TEXT.optional(),
  })
  .superRefine(({ status, reason, until, planned_date }, context) => {
    const problem = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (status === 'dismissed' && reason === undefined) problem('reason', 'needed to dismiss a finding');
    if (status === 'planned' && planned_date === undefined)
      problem('planned_date', 'needed to plan a finding');
    if (status !== 'dismissed' && until !== undefined) problem('until', 'only a dismissal ends by itself');
    if (status !== 'planned' && planned_date !== undefined)
      problem('planned_date', 'only a planned finding has a date');
  });
export type Statement = z.infer<typeof statementSchema>;

/** An entry of the journal as far as states need it. */
export type StatementEntry = { at: string; by: string; sequence: number; [field: string]: unknown };

/** How a finding that is still found stands. Instants and dates are ISO text. */
export type FindingState = {
  status: StatedStatus;
  state_by: string | null;
  state_at: string | null;
  state_reason: string | null;
  until: string | null;
  planned_date: string | null;
  state_sequence: number;
};

/**
 * What the last statement says on a day. A dismissal ends on its `until`; what was acknowledged or planned before the
 * finding was resolved and came back (`reopenedDate`) no longer holds.
 *
 * @param asOf `YYYY-MM-DD`.
 */
export function foldState(
  entries: readonly StatementEntry[],
  asOf: string,
  reopenedDate: string | null = null,
): FindingState {
  const last = entries.at(-1);
  const open: FindingState = {
    status: 'open',
    state_by: null,
    state_at: null,
    state_reason: null,
    until: null,
    planned_date: null,
    state_sequence: entries.length,
  };
  if (!last) return open;
  const status = STATED_STATUSES.find((each) => each === last.status) ?? 'open';
  const until = toText(last.until);
  if (status === 'dismissed' && until !== null && until <= asOf) {
    return { ...open, state_at: last.at, state_by: last.by, state_reason: `dismissed until ${until}` };
  }
  if (status !== 'dismissed' && reopenedDate !== null && last.at.slice(0, 10) < reopenedDate) {
    return { ...open, state_reason: `found again on ${reopenedDate}` };
  }
  return {
    ...open,
    status,
    state_by: last.by,
    state_at: last.at,
    state_reason: toText(last.reason) ?? toText(last.note),
    until,
    planned_date: toText(last.planned_date),
  };
}

function toText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
