import type { Principal } from '../../workflows/contracts/principal.ts';
import type { Checkpoint, RequestInput } from '../../workflows/contracts/request.ts';
import type { RunInput } from '../../workflows/contracts/run.ts';
import { requestInput as anyRequestInput } from '../../workflows/testing/fixtures.ts';

/** A principal for tests. */
export function principal(over: Partial<Principal> = {}): Principal {
  return { id: 'p-ada', tenantId: 'default', name: 'Ada', email: 'ada@example.org', roles: ['maintainer'], ...over };
}

/** A request's input for tests, with ids as they are in the database. */
export function requestInput(over: Partial<RequestInput> = {}): RequestInput {
  const rule = { required: 1, roles: ['maintainer' as const], requesterMayVote: true };
  return anyRequestInput({
    requestId: '01890000-0000-7000-8000-000000000001',
    projectName: 'shop',
    title: 'Make the failing test pass',
    requester: principal(),
    gates: { plan: rule, patch: rule },
    limits: { wallClockMs: 600_000, inactivityMs: 120_000, gateExpiryMs: null, repairTurns: 1 },
    ...over,
  });
}

/** A run's input for tests. */
export function runInput(over: Partial<RunInput> = {}): RunInput {
  const request = over.request ?? requestInput();
  return {
    runId: `${request.requestId}-1`,
    ordinal: 1,
    purpose: 'implement',
    request,
    messages: [{ messageId: 'm1', kind: 'prompt', author: request.requester }],
    from: null,
    plan: null,
    createdAtMs: 1_700_000_000_000,
    ...over,
  };
}

/** A checkpoint for tests. */
export function checkpoint(over: Partial<Checkpoint> = {}): Checkpoint {
  return {
    checkpointId: 'cp1',
    runId: 'run1',
    baseCommit: 'b'.repeat(40),
    commit: 'c'.repeat(40),
    bundleArtifactId: 'bundle1',
    sessionArtifactId: 'session1',
    threadId: 'thread1',
    stat: { files: 1, insertions: 1, deletions: 0 },
    warnings: [],
    ...over,
  };
}
