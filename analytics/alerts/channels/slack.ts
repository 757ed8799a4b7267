import { cut, type Message } from '../message.ts';

/** Slack's limits: characters of a header, a section's text, a field, a button, a URL, and fields of a section. */
const HEADER = 150;
const SECTION = 3000;
const FIELD = 2000;
const BUTTON = 75;
const URL_LIMIT = 3000;
const FIELDS = 10;

const MARKS = { critical: '🔴', high: '🟠', medium: '🟡', low: '🔵' } as const;

/** The body for an incoming webhook, in Block Kit. Texts are plain, so that no name in a bill is read as markup. */
export function renderSlack(message: Message): Record<string, unknown> {
  const { type, severity } = message.outbox.notification;
  const title = `${type === 'all_clear' ? '🟢' : MARKS[severity]} ${message.title}`;
  const plain = (text: string, limit: number) => ({
    type: 'plain_text',
    text: cut(text, limit),
    emoji: true,
  });
  const section = (text: string) => ({ type: 'section', text: plain(text, SECTION) });
  const list = (heading: string, items: readonly string[]) =>
    items.length === 0 ? [] : [section([heading, ...items.map((item) => `• ${item}`)].join('\n'))];
  const link = (text: string, url: string, action: string) =>
    url.length > URL_LIMIT ? [] : [{ type: 'button', action_id: action, text: plain(text, BUTTON), url }];
  const buttons = [
    ...(message.page ? link('Open', message.page, 'open') : []),
    ...message.feedback.flatMap(({ label, url, feedback }) => link(label, url, feedback)),
  ];
  const fields = message.facts.slice(0, FIELDS).map(({ label, value }) => plain(`${label}: ${value}`, FIELD));
  return {
    text: escapeMarkup(cut(title, SECTION)),
    blocks: [
      { type: 'header', text: plain(title, HEADER) },
      ...(message.summary ? [section(message.summary)] : []),
      ...(fields.length > 0 ? [{ type: 'section', fields }] : []),
      ...(message.sparkline ? [section(`Last days ${message.sparkline}`)] : []),
      ...list('Causes', message.causes),
      ...list('Also', message.lines),
      ...(message.nextStep ? [section(`Next step: ${message.nextStep}`)] : []),
      ...(buttons.length > 0 ? [{ type: 'actions', elements: buttons }] : []),
      { type: 'context', elements: [plain(message.key, FIELD)] },
    ],
  };
}

function escapeMarkup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
