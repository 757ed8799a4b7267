import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { feedbackSchema, listMuted, readFeedback, stateFeedback } from '../../analytics/alerts/feedback.ts';
import { signFeedback, verifyFeedback } from '../../analytics/alerts/feedback-token.ts';
import { type JudgedAlert, measurePrecision } from '../../analytics/alerts/precision.ts';
import { createSecretReader } from '../../analytics/alerts/secrets.ts';
import { alertsSchema } from '../../analytics/configuration/alerts-schema.ts';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import { openJournal } from '../../analytics/lake/journal.ts';

function judge(count: number, feedback: JudgedAlert['feedback'], team = 'payments'): JudgedAlert[] {
  return Array.from({ length: count }, () => ({ team, detector: 'spike', feedback, at: '2026-11-01' }));
}

async function openStore() {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'feedback-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return openFolderStore(folder);
}

describe('links', () => {
  const claim = { alertId: 'a1', feedback: 'planned' as const, channel: 'slack', expiresAt: 2_000_000_000 };
  const before = claim.expiresAt * 1000 - 1;

  it('say what was signed, until they expire', () => {
    const token = signFeedback(claim, 'secret');
    expect(verifyFeedback(token, 'secret', before)).toEqual(claim);
    expect(verifyFeedback(token, 'secret', before + 1)).toBeUndefined();
    expect(verifyFeedback(token, 'other', before)).toBeUndefined();
  });

  it('are worth nothing with any character changed, and no text breaks the check', () => {
    const token = signFeedback(claim, 'secret');
    fc.assert(
      fc.property(fc.nat({ max: token.length - 2 }), fc.constantFrom('A', 'b', '_', '.'), (index, letter) => {
        const changed = token.slice(0, index) + letter + token.slice(index + 1);
        if (changed !== token) expect(verifyFeedback(changed, 'secret', before)).toBeUndefined();
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(verifyFeedback(text, 'secret', before)).toBeUndefined();
      }),
    );
  });
});

describe('statements', () => {
  it.each(['2026-02-30', '2026-13-01', '2026-1-1', 'tomorrow'])(
    'snooze until a day that is one, not %s',
    (day) => {
      const parse = (snooze_until: string) =>
        feedbackSchema.safeParse({ feedback: 'planned', snooze_until }).success;
      expect([parse(day), parse('2026-02-28')]).toEqual([false, true]);
    },
  );

  it('are kept, the newest counts, and they decide what is silenced', async () => {
    const journal = openJournal(await openStore(), 'anomalies');
    await stateFeedback(journal, 'a1', { feedback: 'actionable', reason: '' }, 'ada');
    await stateFeedback(journal, 'a1', { feedback: 'not_actionable', reason: 'known' }, 'bob');
    await stateFeedback(journal, 'a2', { feedback: 'actionable', reason: '' }, 'ada');
    await stateFeedback(
      journal,
      'a3',
      { feedback: 'actionable', reason: '', snooze_until: '2026-12-01' },
      'ada',
    );
    const entries = await journal.readAll();
    expect(entries.get('a1')).toHaveLength(2);
    expect(readFeedback(entries).get('a1')).toMatchObject({ feedback: 'not_actionable', by: 'bob' });
    expect(listMuted(entries)).toEqual({
      a1: { reason: 'not actionable (bob): known' },
      a3: { reason: 'actionable (ada)', until: '2026-12-01' },
    });
  });
});

describe('measurePrecision', () => {
  it('counts by team and detector; what was planned speaks neither way', () => {
    const judged = [
      ...judge(6, 'actionable'),
      ...judge(2, 'not_actionable'),
      ...judge(9, 'planned'),
      ...judge(1, 'planned', 'data'),
    ];
    const [data, payments] = measurePrecision(judged);
    expect(data).toMatchObject({ team: 'data', precision: undefined, low: 0, high: 1 });
    expect(payments).toMatchObject({ actionable: 6, notActionable: 2, planned: 9, precision: 0.75 });
    // Wilson's interval of 6 in 8, as in Brown, Cai and DasGupta (2001).
    expect(payments?.low).toBeCloseTo(0.4093, 3);
    expect(payments?.high).toBeCloseTo(0.9285, 3);
  });
});

describe('secrets', () => {
  it('come from where the reference says, once; errors name the reference alone', async () => {
    const asked: string[] = [];
    const read = createSecretReader({
      variables: { HOOK: 'from-env\n', EMPTY: ' \n' },
      readParameter: async (name) => {
        asked.push(name);
        if (name === '/fails') throw new Error('value from-ssm was refused');
        return name === '/there' ? 'from-ssm' : undefined;
      },
    });
    expect([await read('env:HOOK'), await read('ssm:/there'), await read('ssm:/there')]).toEqual([
      'from-env',
      'from-ssm',
      'from-ssm',
    ]);
    expect(asked).toEqual(['/there']);
    await expect(read('env:NONE')).rejects.toThrow('the secret env:NONE cannot be found');
    await expect(read('env:EMPTY')).rejects.toThrow('the secret env:EMPTY cannot be found');
    await expect(read('ssm:/fails')).rejects.toThrow('the secret ssm:/fails cannot be read (Error)');
  });

  it('themselves are refused in the configuration', () => {
    const channels = { chat: { type: 'slack', secret: 'https://hooks.slack.com/services/T/B/x' } };
    expect(() => alertsSchema.parse({ channels })).toThrow(/where the secret is/);
    expect(() => alertsSchema.parse({ routes: [{ channels: ['gone'] }] })).toThrow(/'gone' is not named/);
  });
});
