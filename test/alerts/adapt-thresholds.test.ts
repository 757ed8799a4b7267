import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  adaptThresholds,
  applyChanges,
  findMinimums,
  listJudged,
  readThresholds,
  recordThresholds,
  THRESHOLD_JOURNAL,
  type ThresholdChange,
  type Thresholds,
} from '../../analytics/alerts/adapt-thresholds.ts';
import type { Alert } from '../../analytics/alerts/alert.ts';
import { EMPTY_STATE } from '../../analytics/alerts/alert-state.ts';
import { FEEDBACKS, type readFeedback } from '../../analytics/alerts/feedback.ts';
import { decideAlerts } from '../../analytics/alerts/policy.ts';
import type { JudgedAlert } from '../../analytics/alerts/precision.ts';
import { alertsSchema } from '../../analytics/configuration/alerts-schema.ts';
import { openFolderStore } from '../../analytics/lake/folder-store.ts';
import { openJournal } from '../../analytics/lake/journal.ts';
import { makeAlert, makePolicy, NOW } from './alert-fixtures.ts';

const { policy } = alertsSchema.parse({});
const bounds = policy.adaptation;
const KEY = 'payments|spike';

function judge(count: number, feedback: JudgedAlert['feedback'], at = '2026-11-01'): JudgedAlert[] {
  return Array.from({ length: count }, () => ({ team: 'payments', detector: 'spike', feedback, at }));
}

/** What people said of alerts that were told: each alert by one team and detector, and one statement. */
const statements = fc.array(
  fc.record({
    team: fc.constantFrom('a', 'b'),
    subkind: fc.constantFrom('spike', 'leak'),
    feedback: fc.constantFrom(...FEEDBACKS),
    minute: fc.nat({ max: 50_000 }),
  }),
  { maxLength: 120 },
);
type Statements = typeof statements extends fc.Arbitrary<infer T> ? T : never;

function tell(said: Statements): { told: Alert[]; feedback: ReturnType<typeof readFeedback> } {
  const told = said.map(({ team, subkind }, index) => makeAlert({ id: `a${index}`, team, subkind }));
  const feedback = new Map(
    said.map(({ feedback, minute }, index) => {
      const at = new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
      return [`a${index}`, { feedback, reason: '', by: 'ada', at }] as const;
    }),
  );
  return { told, feedback };
}

describe('adaptThresholds', () => {
  it('raises what is surely too low, lowers what is surely good, and leaves the rest', () => {
    const change = (judged: JudgedAlert[], thresholds: Thresholds = {}) =>
      adaptThresholds(judged, thresholds, bounds);
    expect(change(judge(10, 'not_actionable'))).toEqual([
      {
        key: KEY,
        from: 1,
        to: 1.25,
        from_confidence_shift: 0,
        to_confidence_shift: 0.05,
        through: '2026-11-01',
        reason: expect.stringContaining('0 of 10'),
      },
    ]);
    const raised = { [KEY]: { factor: 2, confidenceShift: 0.2, through: '' } };
    expect(change(judge(40, 'actionable'), raised)).toMatchObject([
      { from: 2, to: 1.6, from_confidence_shift: 0.2, to_confidence_shift: 0.15 },
    ]);
    expect(change([...judge(6, 'actionable'), ...judge(4, 'not_actionable')])).toEqual([]);
    expect(change(judge(bounds.least_judged - 1, 'not_actionable'))).toEqual([]);
  });

  it('never leaves its bounds, however much people say', () => {
    fc.assert(
      fc.property(fc.array(statements, { maxLength: 25 }), (rounds) => {
        let thresholds: Thresholds = {};
        for (const said of rounds) {
          const { told, feedback } = tell(said);
          thresholds = applyChanges(
            thresholds,
            adaptThresholds(listJudged(told, feedback, {}), thresholds, bounds),
          );
        }
        for (const { factor, confidenceShift } of Object.values(thresholds)) {
          expect(factor).toBeGreaterThanOrEqual(bounds.lowest_factor);
          expect(factor).toBeLessThanOrEqual(bounds.highest_factor);
          expect(confidenceShift).toBeGreaterThanOrEqual(bounds.lowest_confidence_shift);
          expect(confidenceShift).toBeLessThanOrEqual(bounds.highest_confidence_shift);
        }
      }),
    );
  });

  it('comes to rest at its bounds', () => {
    for (const feedback of ['actionable', 'not_actionable'] as const) {
      let thresholds: Thresholds = {};
      let changes = adaptThresholds(judge(40, feedback), thresholds, bounds);
      for (let round = 0; round < 30 && changes.length > 0; round += 1) {
        thresholds = applyChanges(thresholds, changes);
        changes = adaptThresholds(judge(40, feedback), thresholds, bounds);
      }
      expect(changes).toEqual([]);
      expect(thresholds[KEY]).toMatchObject(
        feedback === 'actionable'
          ? { factor: bounds.lowest_factor, confidenceShift: bounds.lowest_confidence_shift }
          : { factor: bounds.highest_factor, confidenceShift: bounds.highest_confidence_shift },
      );
    }
  });

  it('decides the same in whatever order people spoke', () => {
    fc.assert(
      fc.property(
        statements.chain((said) =>
          fc.tuple(fc.constant(said), fc.shuffledSubarray(said, { minLength: said.length })),
        ),
        ([said, shuffled]) => {
          const changesOf = (order: Statements) => {
            const { told, feedback } = tell(order);
            return adaptThresholds(listJudged(told, feedback, {}), {}, bounds);
          };
          expect(changesOf(shuffled)).toEqual(changesOf(said));
        },
      ),
    );
  });

  it('counts no statement twice, whenever it is repeated, and none that another did', () => {
    fc.assert(
      fc.property(statements, (said) => {
        const { told, feedback } = tell(said);
        const changes = adaptThresholds(listJudged(told, feedback, {}), {}, bounds);
        const after = applyChanges({}, changes);
        expect(adaptThresholds(listJudged(told, feedback, after), after, bounds)).toEqual([]);
      }),
    );
  });
});

describe('the journal of thresholds', () => {
  const change = (to: number, through: string): ThresholdChange => ({
    key: KEY,
    from: 1,
    to,
    from_confidence_shift: 0,
    to_confidence_shift: (to - 1) / 5,
    through,
    reason: `to ${to}`,
  });

  it('has every change with its reason, each once', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'thresholds-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const journal = openJournal(await openFolderStore(folder), THRESHOLD_JOURNAL);
    const first = [change(1.25, '2026-10-31T00:00:00Z')];
    await recordThresholds(journal, first, '2026-11-01T00:00:00Z');
    await recordThresholds(journal, first, '2026-11-02T00:00:00Z');
    await recordThresholds(journal, [change(1.5, '2026-11-07T00:00:00Z')], '2026-11-08T00:00:00Z');
    const entries = await journal.readAll();
    expect(entries.get(KEY)?.map(({ at, reason }) => `${at} ${reason}`)).toEqual([
      '2026-11-01T00:00:00Z to 1.25',
      '2026-11-08T00:00:00Z to 1.5',
    ]);
    expect(readThresholds(entries)).toEqual({
      [KEY]: { factor: 1.5, confidenceShift: 0.1, through: '2026-11-07T00:00:00Z' },
    });
  });
});

describe('minimums', () => {
  const thresholds = { [KEY]: { factor: 2, confidenceShift: 0.3, through: '' } };

  it('are those of the configuration, moved for the team and the detector alone', () => {
    const of = (changes: Partial<Alert>) => findMinimums(makeAlert(changes), policy, thresholds);
    expect(of({})).toEqual({ amountPerDay: 20, confidence: 0.8 });
    expect(of({ team: 'search' })).toEqual({ amountPerDay: 10, confidence: 0.5 });
    expect(of({ subkind: 'leak' })).toEqual({ amountPerDay: 10, confidence: 0.5 });
    expect(of({ kind: 'budget' })).toEqual({ amountPerDay: 10, confidence: 0 });
  });

  it('keep back what is too little or too unsure, and say so', () => {
    const decide = (changes: Partial<Alert>) =>
      decideAlerts([makeAlert(changes)], EMPTY_STATE, makePolicy({}, { thresholds }), NOW);
    expect(decide({ confidence: 0.8, amountPerDay: '20' }).send).toHaveLength(1);
    expect(decide({ confidence: 0.79 }).suppressed).toMatchObject([
      { reason: 'below_minimum', detail: 'less than 80 % sure (79 %)' },
    ]);
    expect(decide({ amountPerDay: '19.99' }).suppressed).toMatchObject([
      { reason: 'below_minimum', detail: 'less than 20 a day' },
    ]);
    expect(decide({ confidence: 0.1, kind: 'capacity' }).send).toHaveLength(1);
  });
});
