import unit from './jest.config.js';

/** The system suites, one file each; `e2e/verify.ts` runs them one after the other. */
export default {
  ...unit,
  testTimeout: 300_000,
  maxWorkers: 1,
  testMatch: ['<rootDir>/e2e/**/*.system.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
};
