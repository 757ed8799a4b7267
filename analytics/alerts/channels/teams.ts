import { drawChart } from '../chart.ts';
import { cut, type Message } from '../message.ts';

/** What Teams takes in one message, in bytes. */
const MESSAGE_BYTES = 28 * 1024;
const RUN_CHARACTERS = 500;
const SHORT_LINES = 3;

const COLORS = { critical: 'Attention', high: 'Warning', medium: 'Warning', low: 'Accent' } as const;

/**
 * The body for a workflow's webhook: a message with an Adaptive Card 1.5. Texts are runs, which Teams does not read as
 * markdown. The chart, and then lists, are cut where the message would be too large.
 */
export function renderTeams(message: Message): Record<string, unknown> {
  const short = {
    ...message,
    causes: message.causes.slice(0, SHORT_LINES),
    lines: message.lines.slice(0, SHORT_LINES),
  };
  const withChart = renderCard(message, drawChart(message.series));
  return fits(withChart)
    ? withChart
    : firstThatFits(renderCard(message, undefined), renderCard(short, undefined));
}

function firstThatFits(long: Record<string, unknown>, short: Record<string, unknown>) {
  return fits(long) ? long : short;
}

function fits(body: Record<string, unknown>): boolean {
  return Buffer.byteLength(JSON.stringify(body)) <= MESSAGE_BYTES;
}

function renderCard(message: Message, chart: Buffer | undefined): Record<string, unknown> {
  const { type, severity } = message.outbox.notification;
  const run = (text: string, more: object = {}) => ({
    type: 'TextRun',
    text: cut(text, RUN_CHARACTERS),
    ...more,
  });
  const block = (...inlines: object[]) => ({ type: 'RichTextBlock', inlines });
  const list = (heading: string, items: readonly string[]) =>
    items.length === 0
      ? []
      : [block(run(heading, { weight: 'Bolder' })), ...items.map((item) => block(run(`• ${item}`)))];
  const image = chart && {
    type: 'Image',
    url: `data:image/png;base64,${chart.toString('base64')}`,
    altText: `Cost of the last ${message.series.length} days: ${message.sparkline}`,
  };
  const open = (title: string, url: string) => ({ type: 'Action.OpenUrl', title, url });
  const actions = [
    ...(message.page ? [open('Open', message.page)] : []),
    ...message.feedback.map(({ label, url }) => open(label, url)),
  ];
  const card = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.5',
    fallbackText: message.title,
    body: [
      block(
        run(message.title, {
          size: 'Large',
          weight: 'Bolder',
          color: type === 'all_clear' ? 'Good' : COLORS[severity],
        }),
      ),
      ...(message.summary ? [block(run(message.summary))] : []),
      ...message.facts.map(({ label, value }) => block(run(`${label}: `, { weight: 'Bolder' }), run(value))),
      ...(image ? [image] : message.sparkline ? [block(run(`Last days ${message.sparkline}`))] : []),
      ...list('Causes', message.causes),
      ...list('Also', message.lines),
      ...(message.nextStep ? [block(run('Next step: ', { weight: 'Bolder' }), run(message.nextStep))] : []),
      block(run(message.key, { size: 'Small', isSubtle: true })),
    ],
    ...(actions.length > 0 ? { actions } : {}),
    msteams: { width: 'Full' },
  };
  return {
    type: 'message',
    attachments: [
      { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content: card },
    ],
  };
}
