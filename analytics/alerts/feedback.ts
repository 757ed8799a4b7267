import * as z from 'zod';
import type { Journal, JournalEntry } from '../lake/journal.ts';

/** What people say an alert was. */
export const FEEDBACKS = ['actionable', 'not_actionable', 'planned'] as const;
export type Feedback = (typeof FEEDBACKS)[number];

/** The journal that feedback is kept in. */
export const FEEDBACK_JOURNAL = 'anomalies';

const REASON_CHARACTERS = 500;

/** What a person states, as the API takes it. */
export const feedbackSchema = z
  .strictObject({
    feedback: z.enum(FEEDBACKS),
    reason: z.string().trim().max(REASON_CHARACTERS).default(''),
    /** Not to be told again before this day. */
    snooze_until: z.iso.date('must be a day such as 2026-11-30').optional(),
  })
  .refine(({ feedback, reason }) => feedback !== 'not_actionable' || reason !== '', {
    path: ['reason'],
    error: 'say why it was not actionable',
  });

export type FeedbackStatement = z.infer<typeof feedbackSchema>;

/** Keeps what somebody said about an alert. What was said before stays in the journal; the newest counts. */
export function stateFeedback(
  journal: Journal,
  alertId: string,
  { feedback, reason, snooze_until }: FeedbackStatement,
  by: string,
  at = new Date(),
): Promise<JournalEntry> {
  return journal.append(alertId, {
    at: at.toISOString(),
    by,
    feedback,
    reason,
    ...(snooze_until === undefined ? {} : { snooze_until }),
  });
}

/** The newest feedback of each alert, by its id. */
export function readFeedback(
  entries: ReadonlyMap<string, readonly JournalEntry[]>,
): Map<string, { feedback: Feedback; reason: string; by: string; at: string; snoozeUntil?: string }> {
  const newest = [...entries].flatMap(([id, list]) => {
    const entry = list.findLast(({ feedback }) => FEEDBACKS.includes(feedback as Feedback));
    if (!entry) return [];
    const { feedback, reason, by, at, snooze_until } = entry;
    const snooze = typeof snooze_until === 'string' ? { snoozeUntil: snooze_until } : {};
    return [
      [id, { feedback: feedback as Feedback, reason: String(reason ?? ''), by, at, ...snooze }] as const,
    ];
  });
  return new Map(newest);
}

/** Alerts that are not to be told again: planned, not actionable, or snoozed. */
export function listMuted(
  entries: ReadonlyMap<string, readonly JournalEntry[]>,
): Record<string, { reason: string; until?: string }> {
  const muted = [...readFeedback(entries)].flatMap(([id, { feedback, reason, by, snoozeUntil }]) => {
    if (feedback === 'actionable' && snoozeUntil === undefined) return [];
    const until = snoozeUntil === undefined ? {} : { until: snoozeUntil };
    return [
      [
        id,
        { reason: `${feedback.replace('_', ' ')} (${by})${reason ? `: ${reason}` : ''}`, ...until },
      ] as const,
    ];
  });
  return Object.fromEntries(muted);
}
