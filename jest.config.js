/** What `npm test` runs: unit and contract tests beside the code, and one embedded end-to-end. */
export default {
  transform: { '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }] },
  extensionsToTreatAsEsm: ['.ts'],
  testEnvironment: 'node',
  testTimeout: 60_000,
  maxWorkers: 2,
  // Starts nothing by itself: the first test that calls openTestDatabase() starts the Postgres that all share.
  globalSetup: '<rootDir>/db/testing-setup.ts',
  globalTeardown: '<rootDir>/db/testing-teardown.ts',
  modulePathIgnorePatterns: ['<rootDir>/.astraforge', '<rootDir>/node_modules'],
  testMatch: ['<rootDir>/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '\\.system\\.test\\.ts$'],
};
