import { randomUUID } from 'node:crypto';
import type { RunLogScope } from '../../db/run-log/port.ts';
import { messageOf } from '../../workflows/contracts/errors.ts';
import type { StepListener } from '../../workspace/port.ts';
import type { HostDependencies } from './dependencies.ts';

/** Writes the steps of making a place into its request's log, in order. */
export interface StepWriter {
  listen: StepListener;
  /** Settles once everything that was told is written; never fails. */
  written(): Promise<void>;
}

/**
 * A writer into `scope` that begins once `after` has settled. Each try of an activity tells its own steps, so nothing here is written only once. What
 * cannot be written is logged: a place does not fail for it.
 */
export function createStepWriter(
  { runLog, logger }: Pick<HostDependencies, 'runLog' | 'logger'>,
  scope: RunLogScope,
  after: Promise<unknown> = Promise.resolve(),
): StepWriter {
  let last: Promise<void> = after.then(
    () => undefined,
    () => undefined,
  );
  return {
    listen(event) {
      last = last
        .then(() => runLog.append(scope, [event], `preparation.${randomUUID()}`))
        .catch((error: unknown) =>
          logger.warn('a step of making a workspace was not written', { requestId: scope.requestId, reason: messageOf(error) }),
        );
    },
    written: () => last,
  };
}
