import { expect, test } from 'vitest';
import { readEnvironment, readWorkerEnvironment, requireVariables } from '../../functions/environment.ts';

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

test('a worker knows its lake, configuration, memory and models', () => {
  const variables = {
    HEADROOM_LAKE: 's3://lake',
    HEADROOM_CONFIG: 's3://lake/config',
    HEADROOM_MEMORY_GIB: '2.8',
    HEADROOM_CACHE_DIR: 'cache',
    LAMBDA_TASK_ROOT: '/var/task',
  };
  expect(readWorkerEnvironment(variables)).toEqual({
    lake: 's3://lake',
    s3: { cacheFolder: 'cache' },
    configuration: 's3://lake/config',
    memoryLimitGib: 2.8,
    modelsFolder: '/var/task/analytics/models',
  });
  const { HEADROOM_LAKE, HEADROOM_CACHE_DIR } = variables;
  expect(readWorkerEnvironment({ HEADROOM_LAKE, HEADROOM_CACHE_DIR })).toEqual({
    lake: 's3://lake',
    s3: { cacheFolder: 'cache' },
  });
});

test('what a worker lacks is named', () => {
  const faults = [
    ['HEADROOM_LAKE', () => readWorkerEnvironment({})],
    [
      'HEADROOM_MEMORY_GIB',
      () => readWorkerEnvironment({ HEADROOM_LAKE: 'lake', HEADROOM_MEMORY_GIB: 'much' }),
    ],
    ['B', () => requireVariables(['A', 'B'], { A: 'a' })],
  ] as const;
  for (const [where, read] of faults) {
    expect(read).toThrow(expect.objectContaining({ name: 'InputError', where }));
  }
  expect(requireVariables(['A'], { A: 'a', B: 'b' })).toEqual({ A: 'a' });
});
