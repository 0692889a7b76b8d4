import { describe, expect, it } from '@jest/globals';
import { ServiceError, WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { failureOfUpdate } from './update-failure.ts';

/** As the SDK throws what the server answers. */
function answered(code: number, details: string): ServiceError {
  return new ServiceError('Workflow Update failed', { cause: Object.assign(new Error(details), { code, details, metadata: {} }) });
}

function refused(type: string, ...details: unknown[]): WorkflowUpdateFailedError {
  return new WorkflowUpdateFailedError('update failed', ApplicationFailure.nonRetryable('because', type, ...details));
}

describe('failureOfUpdate', () => {
  it.each<[string, unknown, object]>([
    [
      'what is too large for the server is refused for good',
      answered(3, 'Blob data size exceeds limit.'),
      { name: 'WorkflowRefusal', code: 'undeliverable', message: expect.stringContaining('Blob data size exceeds limit.') },
    ],
    [
      "a validator's word is its code",
      refused('gate-closed', { gateId: 'g' }),
      { code: 'gate-closed', message: 'because', details: { gateId: 'g' } },
    ],
    ["the SDK's own failure means that it closed", refused('AcceptedUpdateCompletedWorkflow'), { code: 'request-closed' }],
    ['no workflow', new WorkflowNotFoundError('gone', 'request/r', undefined), { name: 'WorkflowMissing' }],
  ])('%s', (_name, error, expected) => {
    expect(failureOfUpdate(error, 'r')).toMatchObject(expected);
  });

  it.each([answered(14, 'unavailable'), answered(8, 'rate limited'), new Error('odd'), 'odd'])('leaves %p to be tried again', (error) => {
    expect(failureOfUpdate(error, 'r')).toBe(error);
  });
});
