import { createHash } from 'node:crypto';
import MailComposer from 'nodemailer/lib/mail-composer/index.js';
import { drawChart } from '../chart.ts';
import { cut, formatText, type Message } from '../message.ts';

const SUBJECT_CHARACTERS = 200;
const CHART_ID = 'chart@headroom';
const ADDRESS = /^[^\s@<>,;"]+@[^\s@<>,;"]+\.[^\s@<>,;"]+$/;

export type MailSettings = { from: string; to: readonly string[]; to_owner: boolean };
export type Mail = { from: string; to: string[]; raw: Buffer };

/** Who gets a message: the addresses of the settings, and the owner where that is one. */
export function listRecipients(message: Message, { to, to_owner }: MailSettings): string[] {
  const { owner } = message.outbox.notification.alert;
  return [...new Set([...to, ...(to_owner && ADDRESS.test(owner) ? [owner] : [])])];
}

/** The whole mail: HTML with the chart inside, the same as text, and a Message-ID that every try has. */
export async function composeMail(message: Message, settings: MailSettings): Promise<Mail> {
  const to = listRecipients(message, settings);
  const chart = drawChart(message.series);
  const id = createHash('sha256').update(message.key).digest('hex').slice(0, 32);
  const { alert } = message.outbox.notification;
  const thread = createHash('sha256').update(alert.id).digest('hex').slice(0, 32);
  const composer = new MailComposer({
    from: settings.from,
    to,
    subject: cut(message.title, SUBJECT_CHARACTERS).replace(/[\r\n]+/g, ' '),
    messageId: `<${id}@headroom>`,
    references: `<${thread}@thread.headroom>`,
    date: new Date(message.outbox.notification.decidedAt),
    headers: { 'X-Headroom-Idempotency-Key': message.key, 'Auto-Submitted': 'auto-generated' },
    text: formatText(message),
    html: formatHtml(message, chart !== undefined),
    ...(chart
      ? { attachments: [{ filename: 'chart.png', content: chart, contentType: 'image/png', cid: CHART_ID }] }
      : {}),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return { from: settings.from, to, raw: await composer.compile().build() };
}

/** Styles are in the elements: many mail readers know no others. */
export function formatHtml(message: Message, hasChart: boolean): string {
  const { title, summary, facts, causes, lines, nextStep, page, feedback, key } = message;
  const list = (heading: string, items: readonly string[]) =>
    items.length === 0
      ? ''
      : `<h3 style="margin:16px 0 4px">${heading}</h3><ul>${items.map((item) => `<li>${escapeHtml(item)}</li>`).join('')}</ul>`;
  const link = (text: string, url: string) => `<a href="${escapeHtml(url)}">${escapeHtml(text)}</a>`;
  const row = ({ label, value }: { label: string; value: string }) =>
    `<tr><td style="padding:2px 12px 2px 0;color:#607d8b">${escapeHtml(label)}</td><td>${escapeHtml(value)}</td></tr>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title></head>
<body style="font-family:Arial,Helvetica,sans-serif;font-size:14px;color:#212121">
<h2 style="margin:0 0 8px">${escapeHtml(title)}</h2>
<p>${escapeHtml(summary)}</p>
<table role="presentation" style="border-collapse:collapse">${facts.map(row).join('')}</table>
${hasChart ? `<p><img src="cid:${CHART_ID}" width="480" height="120" alt="${escapeHtml(`Last days: ${message.sparkline}`)}"></p>` : ''}
${list('Causes', causes)}${list('Also', lines)}
${nextStep ? `<p><b>Next step:</b> ${escapeHtml(nextStep)}</p>` : ''}
${page ? `<p>${link('Open in Headroom', page)}</p>` : ''}
${feedback.length > 0 ? `<p>Was this worth it? ${feedback.map(({ label, url }) => link(label, url)).join(' · ')}</p>` : ''}
<p style="color:#90a4ae;font-size:11px">${escapeHtml(key)}</p>
</body></html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
