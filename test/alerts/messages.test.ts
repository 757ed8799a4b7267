import { inflateSync } from 'node:zlib';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idempotencyKey, type Notification } from '../../analytics/alerts/alert.ts';
import { composeMail, formatHtml } from '../../analytics/alerts/channels/email.ts';
import { renderOpsgenie } from '../../analytics/alerts/channels/opsgenie.ts';
import { renderPagerduty } from '../../analytics/alerts/channels/pagerduty.ts';
import { renderSlack } from '../../analytics/alerts/channels/slack.ts';
import { renderTeams } from '../../analytics/alerts/channels/teams.ts';
import { drawChart, drawSparkline } from '../../analytics/alerts/chart.ts';
import {
  describeForPrograms,
  describeMessage,
  formatText,
  type Message,
} from '../../analytics/alerts/message.ts';
import { alertsSchema } from '../../analytics/configuration/alerts-schema.ts';
import { makeAlert, makeNotification, wildNotifications } from './alert-fixtures.ts';
import { MUTATIONS } from './message-mutations.ts';
import { OPSGENIE, PAGERDUTY, SLACK, TEAMS } from './message-schemas.ts';

const ROUTING_KEY = 'r'.repeat(32);
const settings = alertsSchema.parse({
  page_url: 'https://headroom.example.com/',
  feedback: { url: 'https://api.example.com', secret: 'env:FEEDBACK' },
});

const ajv = new Ajv({ allErrors: true, strict: false });
addFormats.default(ajv);
const checks = {
  slack: ajv.compile(SLACK),
  teams: ajv.compile(TEAMS),
  pagerduty: ajv.compile(PAGERDUTY),
  opsgenie: ajv.compile(OPSGENIE),
};

function describeNotification(notification: Notification): Message {
  const outbox = { id: 'x', key: idempotencyKey(notification, 'hook'), channel: 'hook', notification };
  return describeMessage(outbox, settings, 'secret');
}

function renderAll(message: Message) {
  return {
    slack: renderSlack(message),
    teams: renderTeams(message),
    pagerduty: renderPagerduty(message, ROUTING_KEY),
    opsgenie: renderOpsgenie(message).body,
  };
}

function expectValid(message: Message): void {
  const bodies = renderAll(message);
  for (const [name, body] of Object.entries(bodies)) {
    const check = checks[name as keyof typeof checks];
    check(body);
    expect({ name, errors: check.errors }).toEqual({ name, errors: null });
  }
  expect(Buffer.byteLength(JSON.stringify(bodies.pagerduty))).toBeLessThan(512 * 1024);
}

describe('messages', () => {
  it('are as receivers document them, whatever names and texts hold', () => {
    fc.assert(
      fc.property(wildNotifications, (notification) => expectValid(describeNotification(notification))),
      { numRuns: 150 },
    );
  });

  it.each(MUTATIONS)('to %s, changed to %s, are no messages to it', (receiver, _name, mutate) => {
    const message = describeNotification(makeNotification('a1', ['hook']));
    const body = structuredClone(renderAll(message)[receiver]);
    expect(checks[receiver](body)).toBe(true);
    mutate(body);
    expect(checks[receiver](body)).toBe(false);
  });

  it('have a link where page_url says where it leads, with the path of the alert if it has a place for it', () => {
    const pageOf = (page_url: string | undefined, link: string | undefined) => {
      const { link: _, ...alert } = makeAlert();
      const shown = link === undefined ? alert : { ...alert, link };
      const notification = makeNotification('a1', ['hook'], { alert: shown });
      const outbox = { id: 'x', key: 'k', channel: 'hook', notification };
      return describeMessage(outbox, alertsSchema.parse({ page_url })).page;
    };
    expect(pageOf(undefined, 'anomalies/a')).toBeUndefined();
    expect(pageOf('https://example.com/costs', 'anomalies/a')).toBe('https://example.com/costs');
    expect(pageOf('http://localhost:8787/v1/{path}', 'anomalies/a$&')).toBe(
      'http://localhost:8787/v1/anomalies/a$&',
    );
    expect(pageOf('http://localhost:8787/v1/{path}', undefined)).toBeUndefined();
    for (const wrong of ['http://example.com/', 'javascript:alert(1)', '{path}', 'x'])
      expect(() => alertsSchema.parse({ page_url: wrong })).toThrow('must be an https URL');
  });

  it('have dollars, cause, owner and next step on every channel, and a chart or a link', async () => {
    const message = describeNotification(makeNotification('a1', ['hook']));
    const mail = await composeMail(message, {
      from: 'a@example.com',
      to: ['b@example.com'],
      to_owner: false,
    });
    const texts = [
      JSON.stringify(renderSlack(message)),
      JSON.stringify(renderTeams(message)),
      JSON.stringify(renderPagerduty(message, ROUTING_KEY)),
      JSON.stringify(renderOpsgenie(message).body),
      formatText(message),
      formatHtml(message, true),
      JSON.stringify(describeForPrograms(message)),
    ];
    for (const text of texts) {
      for (const part of [
        '120.5',
        'm7g.4xlarge',
        'ada@example.com',
        'Ask ada',
        'https://headroom.example.com/',
        message.key,
      ]) {
        expect(text).toContain(part);
      }
    }
    expect(mail.raw.toString('latin1')).toContain('Content-Type: image/png');
  });

  it('close the incident that they opened', () => {
    const open = describeNotification(makeNotification('a1', ['hook']));
    const over = describeNotification(makeNotification('a1', ['hook'], { type: 'all_clear', revision: 2 }));
    expect(renderPagerduty(over, ROUTING_KEY)).toMatchObject({
      event_action: 'resolve',
      dedup_key: renderPagerduty(open, ROUTING_KEY).dedup_key,
    });
    const { alias } = renderOpsgenie(open).body;
    expect(renderOpsgenie(over).path).toBe(`/v2/alerts/${alias}/close?identifierType=alias`);
    expect(formatText(over)).toContain('Final cost: 241.00 USD');
  });

  it('say of a budget by how much it is over or under, whatever other months are', () => {
    const tell = (subkind: string, type: 'open' | 'all_clear' = 'open') => {
      const alert = makeAlert({ kind: 'budget', subkind, amountPerDay: '1', amountTotal: '30' });
      const members = [{ ...alert, id: 'other', amountPerDay: '2', amountTotal: '62' }];
      return formatText(describeNotification(makeNotification('b', ['hook'], { type, alert, members })));
    };
    for (const subkind of ['exceeded', 'forecast_exceeds']) {
      expect(tell(subkind)).toContain('A day: 1.00 USD\nOver budget: 30.00 USD');
    }
    expect(tell('underspent')).toContain('Under budget: 30.00 USD');
    expect(tell('exceeded', 'all_clear')).toContain('Final cost: 30.00 USD');
  });

  it('say what to do about a line of a digest', () => {
    const line = {
      kind: 'digest' as const,
      subkind: 'waste',
      nextStep: 'headroom show waste --where team=a',
    };
    const members = [makeAlert({ id: 'd1', title: 'Waste of a', ...line }), makeAlert({ id: 'd2' })];
    const digest = describeNotification(makeNotification('d', ['hook'], { type: 'digest', members }));
    expect(digest.lines).toEqual([
      'Waste of a, 120.50 USD a day: headroom show waste --where team=a',
      'ledger costs 120.50 USD a day more, 120.50 USD a day',
    ]);
  });

  it('say the same in every try', async () => {
    const [first, second] = [1, 2].map(() => describeNotification(makeNotification('a1', ['hook'])));
    expect(second).toEqual(first);
  });

  it('do not let a name in a bill become markup', async () => {
    const title = '<!channel> <script>alert(1)</script> [click](https://evil.example) "&\'';
    const message = describeNotification(makeNotification('a1', ['hook'], { alert: makeAlert({ title }) }));
    expect(renderSlack(message).text).toContain('&lt;!channel&gt;');
    expect(formatHtml(message, false)).not.toContain('<script>');
    expect(formatHtml(message, false)).not.toContain('"&\'');
    const subject = describeNotification(
      makeNotification('a1', ['hook'], { alert: makeAlert({ title: 'x\r\nBcc: all@example.com' }) }),
    );
    const { raw } = await composeMail(subject, {
      from: 'a@example.com',
      to: ['b@example.com'],
      to_owner: false,
    });
    const [headers = ''] = raw.toString('latin1').split('\r\n\r\n');
    expect(headers).not.toMatch(/^Bcc:/m);
  });

  it('do not go to an owner that is no address', async () => {
    const recipients = async (owner: string) =>
      (
        await composeMail(describeNotification(makeNotification('a1', [], { alert: makeAlert({ owner }) })), {
          from: 'a@example.com',
          to: [],
          to_owner: true,
        })
      ).to;
    expect(await recipients('ada@example.com')).toEqual(['ada@example.com']);
    expect(await recipients('team-ada')).toEqual([]);
    expect(await recipients('a@example.com, evil@example.org')).toEqual([]);
  });
});

describe('charts', () => {
  it('are whole PNG files with a row a pixel', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            value: fc.double({ min: -10, max: 1e9, noNaN: true }),
            expected: fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }), { nil: undefined }),
          }),
          { minLength: 1, maxLength: 90 },
        ),
        (points) => {
          const png = drawChart(
            points.map(({ value, expected }) => ({
              date: '2026-11-01',
              value,
              ...(expected === undefined ? {} : { expected }),
            })),
          );
          expect(png?.subarray(1, 4).toString()).toBe('PNG');
          const start = png?.indexOf('IDAT') ?? 0;
          const length = png?.readUInt32BE(start - 4) ?? 0;
          expect(inflateSync(png?.subarray(start + 4, start + 4 + length) as Buffer)).toHaveLength(120 * 481);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('show in one line where the cost is', () => {
    expect(drawSparkline([0, 4, 8].map((value) => ({ date: '', value })))).toBe('▁▅█');
    expect(drawSparkline([])).toBe('');
  });
});

it('a message of many long lines still fits into Teams', () => {
  const title = 'x'.repeat(5000);
  const members = Array.from({ length: 40 }, (_, index) => makeAlert({ id: `m${index}`, title }));
  const alert = makeAlert({ title, summary: title, series: makeNotification('', []).alert.series ?? [] });
  const body = renderTeams(describeNotification(makeNotification('a1', ['hook'], { alert, members })));
  expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThan(28 * 1024);
});
