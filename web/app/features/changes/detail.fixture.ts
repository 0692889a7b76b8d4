import type { Gate, Message, RequestDetail, Run } from './types.ts';

/** A gate on a commit for tests: one approval by a reviewer or maintainer, the requester may vote. */
export function gateOf(fields: Partial<Gate> = {}): Gate {
  return {
    gateId: 'g1',
    subject: { kind: 'commit', id: 'c0ffee01' },
    rule: { required: 1, roles: ['reviewer', 'maintainer'], requesterMayVote: true },
    status: 'open',
    openedAtMs: 1,
    expiresAtMs: null,
    closedAtMs: null,
    decisions: [],
    checks: [],
    ...fields,
  };
}

/** What the decision depends on, of a request whose gate is open. */
export function detailOf(
  fields: Partial<RequestDetail> = {},
): Pick<RequestDetail, 'stage' | 'gate' | 'gates' | 'awaiting' | 'mergeRequest' | 'requester' | 'outcome'> {
  const gate = gateOf();
  return {
    stage: 'PATCH_READY',
    gate,
    gates: [gate],
    awaiting: null,
    mergeRequest: null,
    requester: { id: 'ada', name: 'Ada' },
    outcome: null,
    ...fields,
  };
}

/** A run with a checkpoint `commit`, ended at `endedAtMs`. */
export function runOf(fields: { ordinal: number; commit: string | null; endedAtMs: number | null }): Run {
  const runId = `run-${fields.ordinal}`;
  return {
    runId,
    requestId: 'r1',
    ordinal: fields.ordinal,
    purpose: 'implement',
    status: fields.endedAtMs === null ? 'working' : 'succeeded',
    reason: null,
    message: '',
    attempts: 1,
    checkpoint: fields.commit === null ? null : checkpointOf(runId, fields.commit),
    checks: [],
    inputTokens: 0,
    outputTokens: 0,
    createdAtMs: fields.ordinal * 100,
    endedAtMs: fields.endedAtMs,
  };
}

function checkpointOf(runId: string, commit: string): NonNullable<Run['checkpoint']> {
  return {
    checkpointId: `k-${runId}`,
    runId,
    baseCommit: 'base',
    commit,
    bundleArtifactId: 'b',
    sessionArtifactId: null,
    threadId: null,
    stat: { files: 1, insertions: 1, deletions: 0 },
    warnings: [],
  };
}

/** A message with one remark on line 2 of `a.ts`. */
export function messageWithRemark(fields: Partial<Message> = {}): Message {
  return {
    messageId: 'm1',
    kind: 'amend',
    author: { id: 'bob', name: 'Bob' },
    body: '',
    attachments: [],
    disposition: 'accepted',
    runId: null,
    createdAtMs: 250,
    subjectId: null,
    answeredBy: null,
    remarks: [{ path: 'a.ts', side: 'new', startLine: 2, endLine: 2, body: 'why?' }],
    ...fields,
  };
}
