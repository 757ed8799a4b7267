import { defineConfig } from 'vitest/config';

// One project a suite. `unit` needs Node alone; the others skip, saying why, where what they need is missing.
export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: ['test/suites/**'] } },
      { extends: true, test: { name: 'data', include: ['test/suites/data/**/*.test.ts'] } },
      { extends: true, test: { name: 'readers', include: ['test/suites/readers/**/*.test.ts'] } },
      {
        extends: true,
        test: { name: 'crash', include: ['test/suites/crash/**/*.test.ts'], testTimeout: 600_000 },
      },
      { extends: true, test: { name: 'aws', include: ['test/suites/aws/**/*.test.ts'] } },
      {
        extends: true,
        test: { name: 'stacks', include: ['test/suites/stacks/**/*.test.ts'], testTimeout: 180_000 },
      },
      {
        extends: true,
        test: { name: 'lambda', include: ['test/suites/lambda/**/*.test.ts'], hookTimeout: 300_000 },
      },
      {
        extends: true,
        test: { name: 'delivery', include: ['test/suites/delivery/**/*.test.ts'], testTimeout: 180_000 },
      },
      {
        extends: true,
        test: { name: 'office', include: ['test/suites/office/**/*.test.ts'], testTimeout: 300_000 },
      },
      { extends: true, test: { name: 's3', include: ['test/suites/s3/**/*.test.ts'] } },
    ],
  },
});
