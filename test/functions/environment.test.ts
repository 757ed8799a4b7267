import { expect, test } from 'vitest';
import { readEnvironment } from '../../functions/environment.ts';

test('settings come with defaults', () => {
  expect(readEnvironment({ HEADROOM_LAKE: 'lake' })).toEqual({ lake: 'lake', checkEveryMs: 5000 });
  expect(readEnvironment({ HEADROOM_LAKE: 'lake', HEADROOM_CHECK_SECONDS: '0.5' }).checkEveryMs).toBe(500);
});

test.each([
  ['HEADROOM_LAKE', {}],
  ['HEADROOM_CHECK_SECONDS', { HEADROOM_LAKE: 'lake', HEADROOM_CHECK_SECONDS: 'soon' }],
  ['HEADROOM_CHECK_SECONDS', { HEADROOM_LAKE: 'lake', HEADROOM_CHECK_SECONDS: '-1' }],
])('%s is named when it is wrong', (where, variables) => {
  expect(() => readEnvironment(variables)).toThrow(expect.objectContaining({ name: 'InputError', where }));
});
