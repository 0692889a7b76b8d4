const base = {
  transform: { '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }] },
  extensionsToTreatAsEsm: ['.ts'],
  testEnvironment: 'node',
  modulePathIgnorePatterns: ['<rootDir>/.astraforge', '<rootDir>/node_modules'],
};

/** `unit` is what `npm test` runs: unit and contract tests and one embedded end-to-end. `system` is one suite a file, run by e2e/verify.ts. */
export default {
  testTimeout: 60_000,
  maxWorkers: 2,
  projects: [
    { ...base, displayName: 'unit', testMatch: ['<rootDir>/**/*.test.ts'], testPathIgnorePatterns: ['\\.system\\.test\\.ts$'] },
    { ...base, displayName: 'system', testMatch: ['<rootDir>/e2e/**/*.system.test.ts'] },
  ],
};
