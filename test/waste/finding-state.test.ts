import { describe, expect, it } from 'vitest';
import { makeFindingId } from '../../analytics/waste/finding-id.ts';
import { foldState, type StatementEntry, statementSchema } from '../../analytics/waste/finding-state.ts';

const entry = (sequence: number, more: Record<string, unknown>): StatementEntry => ({
  sequence,
  at: `2026-10-0${sequence}T08:00:00.000Z`,
  by: 'ada',
  ...more,
});

describe('foldState', () => {
  it('is open while nobody has said anything', () => {
    expect(foldState([], '2026-10-10')).toMatchObject({ status: 'open', state_by: null, state_sequence: 0 });
  });

  it('lets the last statement count', () => {
    const entries = [
      entry(1, { status: 'dismissed', reason: 'no' }),
      entry(2, { status: 'planned', planned_date: '2026-11-01', note: 'with the upgrade' }),
    ];
    expect(foldState(entries, '2026-10-10')).toEqual({
      status: 'planned',
      state_by: 'ada',
      state_at: '2026-10-02T08:00:00.000Z',
      state_reason: 'with the upgrade',
      until: null,
      planned_date: '2026-11-01',
      state_sequence: 2,
    });
  });

  it('ends a dismissal on its day', () => {
    const entries = [entry(1, { status: 'dismissed', reason: 'migration', until: '2026-10-10' })];
    expect(foldState(entries, '2026-10-09').status).toBe('dismissed');
    expect(foldState(entries, '2026-10-10')).toMatchObject({
      status: 'open',
      state_reason: 'dismissed until 2026-10-10',
    });
  });

  it('forgets what was acknowledged before a finding came back, but not what was said since', () => {
    const entries = [entry(3, { status: 'acknowledged' })];
    expect(foldState(entries, '2026-10-10', '2026-10-05').status).toBe('open');
    expect(foldState(entries, '2026-10-10', '2026-10-03').status).toBe('acknowledged');
    expect(
      foldState([entry(3, { status: 'dismissed', reason: 'x' })], '2026-10-10', '2026-10-05').status,
    ).toBe('dismissed');
  });
});

it.each([
  [{ status: 'dismissed' }, 'reason'],
  [{ status: 'dismissed', reason: ' ' }, 'reason'],
  [{ status: 'planned' }, 'planned_date'],
  [{ status: 'open', until: '2026-10-10' }, 'until'],
  [{ status: 'acknowledged', planned_date: '2026-10-10' }, 'planned_date'],
  [{ status: 'resolved' }, 'status'],
  [{ status: 'planned', planned_date: '2026-02-30' }, 'planned_date'],
])('%j is refused for its %s', (statement, field) => {
  expect(statementSchema.safeParse(statement).error?.issues[0]?.path).toEqual([field]);
});

it('an id depends on what a finding is about, not on what it says', () => {
  const about = {
    detector: 'd',
    sub_account_id: '1',
    resource_id: 'i',
    cost_part: 'whole',
    billing_currency: 'USD',
  };
  const id = makeFindingId({ ...about, ...{ reason: 'other', saving_cost: '2' } });
  expect(id).toBe(makeFindingId(about));
  for (const field of Object.keys(about)) expect(makeFindingId({ ...about, [field]: 'x' })).not.toBe(id);
});
