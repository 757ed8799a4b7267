import { type AlertSettings, PAGE_PATH } from '../configuration/alerts-schema.ts';
import { formatMoney } from '../money-text.ts';
import type { Alert, Notification, SeriesPoint } from './alert.ts';
import { drawSparkline } from './chart.ts';
import { FEEDBACKS, type Feedback } from './feedback.ts';
import { signFeedback } from './feedback-token.ts';
import type { OutboxMessage } from './outbox.ts';
import { sumAmounts } from './rank.ts';

/** A message in words, before a channel gives it its form. Texts are plain: channels escape what they must. */
export type Message = {
  /** Idempotency key. */
  key: string;
  outbox: OutboxMessage;
  title: string;
  summary: string;
  facts: { label: string; value: string }[];
  causes: string[];
  /** Others of the group, or the lines of a digest. */
  lines: string[];
  nextStep: string;
  /** The last days, oldest first; empty where there is nothing to draw. */
  series: readonly SeriesPoint[];
  sparkline: string;
  page?: string;
  feedback: { feedback: Feedback; label: string; url: string }[];
};

/** Whoever reads a longer list has the page. */
const SHOWN_LINES = 20;
const SHOWN_CAUSES = 5;
const SHOWN_DAYS = 60;
const DAY_SECONDS = 86_400;

const FEEDBACK_LABELS: Readonly<Record<Feedback, string>> = {
  actionable: 'Worth it',
  not_actionable: 'Not worth it',
  planned: 'Planned',
};
const PREFIXES = { open: '', grown: 'Growing: ', all_clear: 'All clear: ', digest: '' } as const;

/**
 * Puts a message into words. Links expire a fixed time after the decision, so that every try says the same.
 *
 * @param feedbackSecret signs the links that say whether it was worth it; without it there are none.
 */
export function describeMessage(
  outbox: OutboxMessage,
  settings: Pick<AlertSettings, 'page_url' | 'feedback'>,
  feedbackSecret?: string,
): Message {
  const { notification } = outbox;
  const { alert, members, type } = notification;
  const series = (alert.series ?? []).slice(-SHOWN_DAYS);
  const page = findPage(alert, settings.page_url);
  const isList = type === 'digest' || members.length > 0;
  return {
    key: outbox.key,
    outbox,
    title: `${PREFIXES[type]}${alert.title}`,
    summary: alert.summary,
    facts: listFacts(outbox),
    causes: alert.causes
      .slice(0, SHOWN_CAUSES)
      .map(({ text, amount }) => `${text}: ${formatMoney(amount, alert.currency)}`),
    lines: isList ? listLines(members) : [],
    nextStep: type === 'all_clear' ? '' : alert.nextStep,
    series,
    sparkline: drawSparkline(series),
    ...(page === undefined ? {} : { page }),
    feedback: feedbackSecret === undefined ? [] : listFeedback(outbox, settings, feedbackSecret),
  };
}

function listFacts({ notification }: OutboxMessage): Message['facts'] {
  const { alert, members, severity, type } = notification;
  // What months are over and under their budgets adds up to nothing.
  const all = alert.kind === 'budget' ? [alert] : [alert, ...members];
  const fact = (label: string, value: string) => (value === '' ? [] : [{ label, value }]);
  if (type === 'digest') return [...fact('Team', alert.team), ...fact('Lines', String(members.length))];
  const hasMoney = alert.kind !== 'capacity' && alert.stakePerDay === undefined;
  const sum = sumAmounts(all.map(({ amountTotal }) => amountTotal));
  const hasTotal = Number(sum) !== 0;
  const total = formatMoney(sum, alert.currency);
  const perDay = formatMoney(sumAmounts(all.map(({ amountPerDay }) => amountPerDay)), alert.currency);
  return [
    ...fact('Severity', severity),
    ...(hasMoney && type !== 'all_clear' ? fact('A day', perDay) : []),
    ...(alert.stakePerDay ? fact('At stake a day', formatMoney(alert.stakePerDay, alert.currency)) : []),
    ...(hasMoney && hasTotal ? fact(nameTotal(notification), total) : []),
    ...fact('Team', alert.team),
    ...fact('Owner', alert.owner),
    ...fact('Service', alert.service),
    ...fact('Environment', alert.environment),
    ...fact('Since', alert.occurredOn),
    ...(type === 'all_clear' ? [] : fact('Confidence', `${Math.round(alert.confidence * 100)} %`)),
  ];
}

/** What the amount in all is called. */
function nameTotal({ type, alert }: Notification): string {
  if (type === 'all_clear') return 'Final cost';
  if (alert.kind !== 'budget') return 'So far';
  return alert.subkind === 'underspent' ? 'Under budget' : 'Over budget';
}

function listLines(members: readonly Alert[]): string[] {
  const lines = members.slice(0, SHOWN_LINES).map((member) => {
    const perDay = member.stakePerDay ?? member.amountPerDay;
    const amount = Number(perDay) === 0 ? '' : `, ${formatMoney(perDay, member.currency)} a day`;
    const over = member.status === 'cleared' ? ' (over)' : '';
    const next = member.kind === 'digest' ? `: ${member.nextStep}` : '';
    return `${member.title}${amount}${over}${next}`;
  });
  const more = members.length - lines.length;
  return more > 0 ? [...lines, `and ${more} more`] : lines;
}

/** The address of `page_url`, of the alert where that has a place for it. Without one there is no link. */
function findPage({ link }: Alert, address: string | undefined): string | undefined {
  if (!address?.includes(PAGE_PATH)) return address;
  return link === undefined ? undefined : address.replace(PAGE_PATH, () => link);
}

function listFeedback(
  { notification, channel }: OutboxMessage,
  { feedback: settings }: Pick<AlertSettings, 'feedback'>,
  secret: string,
): Message['feedback'] {
  const { type, id, decidedAt } = notification;
  if (!settings || type === 'digest' || type === 'all_clear') return [];
  const expiresAt = Math.floor(Date.parse(decidedAt) / 1000) + settings.valid_days * DAY_SECONDS;
  return FEEDBACKS.map((feedback) => ({
    feedback,
    label: FEEDBACK_LABELS[feedback],
    url: `${settings.url.replace(/\/$/, '')}/v1/feedback/${signFeedback({ alertId: id, feedback, channel, expiresAt }, secret)}`,
  }));
}

/** The message as plain text, for channels that show nothing else. */
export function formatText(message: Message): string {
  const { title, summary, facts, causes, lines, nextStep, sparkline, page, feedback } = message;
  const list = (heading: string, items: readonly string[]) =>
    items.length === 0 ? [] : ['', heading, ...items.map((item) => `- ${item}`)];
  return [
    title,
    '',
    summary,
    '',
    ...facts.map(({ label, value }) => `${label}: ${value}`),
    ...(sparkline ? ['', `Last days: ${sparkline}`] : []),
    ...list('Causes', causes),
    ...list('Also', lines),
    ...(nextStep ? ['', `Next step: ${nextStep}`] : []),
    ...(page ? ['', page] : []),
    ...(feedback.length === 0
      ? []
      : ['', 'Was this worth it?', ...feedback.map(({ label, url }) => `${label}: ${url}`)]),
    '',
    `Reference: ${message.key}`,
  ].join('\n');
}

/** The message for programs: what EventBridge and webhooks get. */
export function describeForPrograms(message: Message): Record<string, unknown> {
  const { notification } = message.outbox;
  return {
    version: 1,
    idempotency_key: message.key,
    type: notification.type,
    severity: notification.severity,
    decided_at: notification.decidedAt,
    ...describeAlert(notification.alert),
    members: notification.members.map(describeAlert),
    links: {
      ...(message.page ? { page: message.page } : {}),
      ...Object.fromEntries(message.feedback.map(({ feedback, url }) => [feedback, url])),
    },
  };
}

function describeAlert({
  costCenter,
  occurredOn,
  detectedOn,
  amountPerDay,
  amountTotal,
  stakePerDay,
  nextStep,
  link: _,
  isFading: __,
  ...alert
}: Alert) {
  return {
    ...alert,
    cost_center: costCenter,
    occurred_on: occurredOn,
    detected_on: detectedOn,
    amount_per_day: amountPerDay,
    amount_total: amountTotal,
    ...(stakePerDay === undefined ? {} : { stake_per_day: stakePerDay }),
    next_step: nextStep,
  };
}

/** Cuts text to what a receiver takes, in characters as JavaScript and the receivers count them. */
export function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
