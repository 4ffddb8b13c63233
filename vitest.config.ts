import { defineConfig } from 'vitest/config';

/** Test tiers by suffix: unit and service tests stand beside their source, whole-server tests under e2e/. */
const shared = {
  // Two copies of graphql (its CommonJS and its ES build) would otherwise meet in one process.
  alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }],
  conditions: ['agentos-source'],
};

export default defineConfig({
  test: {
    projects: [
      {
        resolve: shared,
        ssr: { resolve: { conditions: ['agentos-source'] } },
        test: {
          name: 'unit',
          include: ['{packages,subgraphs,gateway,sdk,scripts,bench,docs}/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**', '**/*.service.test.ts'],
          testTimeout: 60_000, // a safety net, never an assertion
          hookTimeout: 60_000,
        },
      },
      {
        resolve: shared,
        ssr: { resolve: { conditions: ['agentos-source'] } },
        test: {
          name: 'service',
          include: ['**/*.service.test.ts'],
          exclude: ['**/node_modules/**', '**/dist/**'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        resolve: shared,
        ssr: { resolve: { conditions: ['agentos-source'] } },
        test: {
          name: 'e2e',
          include: ['e2e/**/*.e2e.ts'],
          testTimeout: 1_200_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
