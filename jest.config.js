// Whatever Docker daemon runs on this machine is none of the tests' business; those about Docker say so (e2e/docker*.system.test.ts).
process.env.PROVISIONER ??= 'local';

function compile(tsx) {
  const jsc = { target: 'es2023', parser: { syntax: 'typescript', tsx }, transform: { react: { runtime: 'automatic' } } };
  return ['@swc/jest', { jsc, module: { type: 'es6' } }];
}

/** What `npm test` runs: unit and contract tests beside the code, and one embedded end-to-end. */
export default {
  transform: { '^.+\\.ts$': compile(false), '^.+\\.tsx$': compile(true) },
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  moduleNameMapper: { '^~/(.*)$': '<rootDir>/web/app/$1' },
  testEnvironment: 'node',
  testTimeout: 60_000,
  maxWorkers: 2,
  // Starts nothing by itself: the first test that calls openTestDatabase() starts the Postgres that all share.
  globalSetup: '<rootDir>/db/testing-setup.ts',
  globalTeardown: '<rootDir>/db/testing-teardown.ts',
  modulePathIgnorePatterns: ['<rootDir>/.astraforge', '<rootDir>/node_modules'],
  testMatch: ['<rootDir>/**/*.test.{ts,tsx}'],
  testPathIgnorePatterns: ['/node_modules/', '\\.system\\.test\\.ts$'],
};
