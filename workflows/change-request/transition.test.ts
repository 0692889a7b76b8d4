import { describe, expect, it } from '@jest/globals';
import type { Decision } from '../contracts/request.ts';
import { checkpoint, mergeRequest, requestInput, reviewer, runResult } from '../testing/fixtures.ts';
import { changesBetween } from './log.ts';
import { nextStep } from './next-step.ts';
import { initialState, mayFollow, type RequestState } from './state.ts';
import { transition, type RequestEvent } from './transition.ts';

const started: RequestEvent = {
  type: 'run-started',
  runId: 'r1-1',
  purpose: 'implement',
  messages: [{ messageId: 'm1', kind: 'prompt', author: null }],
};
const ended: RequestEvent = { type: 'run-ended', result: runResult() };
const chat = (messageId = 'm2'): RequestEvent => ({ type: 'chat', message: { messageId, kind: 'chat', author: reviewer } });
const decision = (vote: Decision['vote'] = 'approve', by = reviewer): Decision => ({
  decisionId: `d-${by.id}-${vote}`,
  vote,
  by,
  rule: null,
  comment: '',
  atMs: 5,
  superseded: false,
});
const approve: RequestEvent = { type: 'vote', decision: decision() };
const confirmed: RequestEvent = { type: 'quorum-confirmed', gateId: 'r1-g1' };
const published: RequestEvent = { type: 'published', mergeRequest: mergeRequest() };
const reviewed: RequestEvent[] = [
  { type: 'review-started', reviewId: 'r1-review-1' },
  { type: 'review-ended', reviewId: 'r1-review-1', completed: true },
];

function after(events: RequestEvent[], from = initialState(requestInput())): RequestState {
  return events.reduce((state, event, index) => transition(state, event, 2_000 + index), from);
}

describe('the life of a request', () => {
  it('goes from the prompt to the merge through every stage', () => {
    const state = after([
      started,
      ended,
      ...reviewed,
      approve,
      confirmed,
      published,
      { type: 'review-posted', reviewId: 'r1-review-1' },
      { type: 'merge-requested' },
      { type: 'merged', mergeRequest: { ...mergeRequest(), state: 'merged' } },
    ]);

    expect(state.status.stages.map((interval) => interval.stage)).toEqual([
      'RECEIVED',
      'EXECUTING',
      'PATCH_READY',
      'MR_OPENED',
      'REVIEWED',
      'DONE',
    ]);
    expect(state.status.outcome).toBe('merged');
    expect(nextStep(state)).toEqual({ kind: 'finish' });
  });

  it('moves along allowed edges only, whatever happens in whatever order', () => {
    const events: RequestEvent[] = [
      started,
      ended,
      ...reviewed,
      approve,
      confirmed,
      published,
      chat('m9'),
      { type: 'retry' },
      { type: 'cancel', reason: '' },
      { type: 'cancelled' },
      { type: 'merge-requested' },
    ];
    for (const first of events) {
      for (const second of events) {
        for (const third of events) {
          const { stages } = after([started, first, second, third]).status;
          for (const [index, interval] of stages.slice(1).entries()) {
            expect(mayFollow(stages[index]?.stage ?? 'RECEIVED', interval.stage)).toBe(true);
          }
        }
      }
    }
  });

  it('ends without a merge request when the agent changed nothing', () => {
    const state = after([started, { type: 'run-ended', result: runResult({ unchanged: true }) }]);

    expect(state.status).toMatchObject({ stage: 'DONE', outcome: 'no-changes' });
  });

  it('ends with a patch for a folder without git', () => {
    const state = after([started, ended, approve, confirmed], initialState(requestInput({ repositoryKind: 'folder', review: false })));

    expect(state.status).toMatchObject({ stage: 'DONE', outcome: 'patch' });
  });
});

describe('the plan', () => {
  const planning = initialState(requestInput({ planFirst: true, review: false }));
  const planStarted: RequestEvent = { ...started, purpose: 'plan' };
  const planEnded: RequestEvent = { type: 'run-ended', result: runResult({ checkpoint: null, unchanged: true, plan: '{"steps":[]}' }) };

  it('waits at a gate of its own, then the prompt is carried again', () => {
    const ready = after([planStarted, planEnded], planning);
    const approved = after([approve, confirmed], ready);

    expect(nextStep(planning)).toEqual({ kind: 'run', purpose: 'plan' });
    expect(ready.status).toMatchObject({ stage: 'PLAN_READY', awaiting: { kind: 'plan-approval' } });
    expect(approved.status.stage).toBe('EXECUTING');
    expect(approved.pending.map((message) => message.messageId)).toEqual(['m1']);
    expect(nextStep(approved)).toEqual({ kind: 'run', purpose: 'implement' });
  });

  it('is amended by chat: its gate closes and a new plan is made from all words', () => {
    const amended = after([planStarted, planEnded, chat()], planning);

    expect(amended.status).toMatchObject({ stage: 'PLANNING', gate: { status: 'superseded' } });
    expect(nextStep(amended)).toEqual({ kind: 'run', purpose: 'plan' });
    expect(amended.pending.map((message) => message.messageId)).toEqual(['m1', 'm2']);
  });
});

describe('chat', () => {
  it('closes an open gate at once and supersedes its votes', () => {
    const twoNeeded = initialState(
      requestInput({ gates: { plan: requestInput().gates.plan, patch: { ...requestInput().gates.patch, required: 2 } } }),
    );
    const state = after([started, ended, approve, chat()], twoNeeded);

    expect(state.status.stage).toBe('EXECUTING');
    expect(state.status.gate).toMatchObject({ status: 'superseded', decisions: [{ superseded: true }] });
  });

  it('that came during the run and was not steered starts a follow-up before any gate', () => {
    const state = after([started, chat(), ended]);

    expect(state.status).toMatchObject({ stage: 'EXECUTING', gate: null, pendingMessageIds: ['m2'] });
    expect(nextStep(state)).toEqual({ kind: 'run', purpose: 'follow-up' });
  });

  it('that was steered is not carried again', () => {
    const state = after([started, chat(), { type: 'run-ended', result: runResult({ handledMessageIds: ['m1', 'm2'] }) }]);

    expect(state.status).toMatchObject({ stage: 'PATCH_READY', pendingMessageIds: [] });
  });

  it('while the approved commit is being published waits for the merge request, then runs', () => {
    const publishing = after([started, ended, approve, confirmed, chat()]);
    const opened = transition(publishing, published, 9_000);

    expect(nextStep(publishing)).toEqual({ kind: 'review' });
    expect(publishing.status.stage).toBe('PATCH_READY');
    expect(opened.status).toMatchObject({ stage: 'EXECUTING', mergeRequest: { commit: 'c1' } });
  });

  it('after the merge request makes a new checkpoint that needs its own decision', () => {
    const followUp: RequestEvent = {
      ...started,
      runId: 'r1-2',
      purpose: 'follow-up',
      messages: [{ messageId: 'm2', kind: 'chat', author: null }],
    };
    const result = runResult({ runId: 'r1-2', checkpoint: checkpoint('c2', 'r1-2'), handledMessageIds: ['m2'] });
    const state = after([started, ended, ...reviewed, approve, confirmed, published, chat(), followUp, { type: 'run-ended', result }]);

    expect(state.status).toMatchObject({ stage: 'PATCH_READY', gate: { status: 'open', subject: { id: 'c2' } } });
    expect(state.review).toMatchObject({ status: 'due', commit: 'c2' });
  });
});

describe('a withdrawn message', () => {
  const withdraw: RequestEvent = { type: 'withdraw', messageId: 'm2' };
  const refused = (disposition: string, position = 0): RequestEvent => ({
    type: 'withdraw-refused',
    withdrawn: { message: { messageId: 'm2', kind: 'chat', author: reviewer }, position, runId: 'r1-1' },
    disposition,
  });
  const pendingOf = (state: RequestState) => state.pending.map(({ messageId }) => messageId);

  it('is carried by no run: the gate opens as if it had never come', () => {
    const state = after([started, chat(), chat('m3'), withdraw, ended]);
    const alone = after([started, chat(), withdraw, ended]);

    expect(pendingOf(state)).toEqual(['m3']);
    expect(alone.status).toMatchObject({ stage: 'PATCH_READY', gate: { status: 'open' }, pendingMessageIds: [] });
  });

  it('leaves the approved commit to be published', () => {
    const publishing = after([{ ...started }, ended, ...reviewed, approve, confirmed, chat(), withdraw, published]);

    expect(publishing.status).toMatchObject({ stage: 'MR_OPENED', awaiting: { kind: 'merge' } });
  });

  it('stands where it stood when the agent had it already, and the end of that run settles it', () => {
    const before = after([started, chat(), chat('m3')]);
    const back = after([withdraw, refused('steered')], before);
    const settled = after([{ type: 'run-ended', result: runResult({ handledMessageIds: ['m1', 'm2', 'm3'] }) }], back);

    expect(pendingOf(back)).toEqual(['m2', 'm3']);
    expect(settled.status.stage).toBe('PATCH_READY');
  });

  it.each([
    ['read by the agent of a run that ended meanwhile is done', 'steered', 'PATCH_READY', []],
    ['that may not have been read gets a run of its own', 'accepted', 'EXECUTING', ['m2']],
  ])('%s', (_name, disposition, stage, pending) => {
    const state = after([started, chat(), withdraw, ended, refused(disposition)]);

    expect([state.status.stage, pendingOf(state)]).toEqual([stage, pending]);
  });

  it('read in a run that failed meanwhile is carried again with the rest', () => {
    const failure: RequestEvent = {
      type: 'run-ended',
      result: runResult({ status: 'failed', reason: 'agent-exit', handledMessageIds: [] }),
    };

    const state = after([started, chat(), withdraw, failure, refused('steered')]);

    expect(pendingOf(state)).toEqual(['m1', 'm2']);
  });
});

describe('the gate', () => {
  it('opens decided by a recorded rule when the project requires nobody', () => {
    const rule = { ...requestInput().gates.patch, required: 0 };
    const state = after([started, ended], initialState(requestInput({ review: false, gates: { plan: rule, patch: rule } })));

    expect(nextStep(state)).toEqual({ kind: 'confirm-quorum' });
    expect(state.status.gate?.decisions).toMatchObject([{ by: null, vote: 'approve' }]);
  });

  it('needs as many distinct voters as its rule says', () => {
    const rule = { ...requestInput().gates.patch, required: 2 };
    const from = initialState(requestInput({ review: false, gates: { plan: rule, patch: rule } }));
    const once = after([started, ended, approve], from);
    const twice = after([started, ended, approve, approve], from);
    const both = after([started, ended, approve, { type: 'vote', decision: decision('approve', { ...reviewer, id: 'second' }) }], from);

    expect(nextStep(once)).toEqual({ kind: 'wait', untilMs: null });
    expect(nextStep(twice)).toEqual({ kind: 'wait', untilMs: null });
    expect(nextStep(both)).toEqual({ kind: 'confirm-quorum' });
  });

  it('that is rejected blocks until somebody asks for changes or cancels', () => {
    const state = after([started, ended, { type: 'vote', decision: decision('reject') }]);

    expect(state.status).toMatchObject({
      stage: 'BLOCKED',
      awaiting: { kind: 'retry', reason: 'rejected', actions: ['amend', 'chat', 'cancel'] },
      gate: { status: 'rejected' },
    });
  });

  it('falls back to open when a voter lost their role', () => {
    const state = after([started, ended, ...reviewed, approve, { type: 'quorum-lost', gateId: 'r1-g1', lost: [reviewer.id] }]);

    expect(nextStep(state)).toEqual({ kind: 'wait', untilMs: null });
    expect(state.status.gate).toMatchObject({ status: 'open', decisions: [{ superseded: true }] });
  });

  it.each<[string, string[] | null, boolean[]]>([
    ['only the votes of those who lost their role', ['second'], [false, true]],
    ['all votes where nobody says whose', null, [true, true]],
    ['all votes rather than letting a lost quorum stand', [], [true, true]],
  ])('drops %s', (_name, lost, superseded) => {
    const rule = { ...requestInput().gates.patch, required: 2 };
    const from = initialState(requestInput({ review: false, gates: { plan: rule, patch: rule } }));
    const second: RequestEvent = { type: 'vote', decision: decision('approve', { ...reviewer, id: 'second' }) };

    const state = after([started, ended, approve, second, { type: 'quorum-lost', gateId: 'r1-g1', lost }], from);

    expect(state.status.gate?.decisions.map((vote) => vote.superseded)).toEqual(superseded);
    expect(nextStep(state)).toEqual({ kind: 'wait', untilMs: null });
  });

  it('whose quorum could not be confirmed asks a person, and a retry confirms it again', () => {
    const failed: RequestEvent = { type: 'step-failed', step: 'confirm-quorum', code: 'database-role', message: 'no' };
    const blocked = after([started, ended, ...reviewed, approve, failed]);
    const overtaken = after([started, ended, ...reviewed, approve, chat(), failed]);
    const lost = after([{ type: 'retry' }, { type: 'quorum-lost', gateId: 'r1-g1', lost: [reviewer.id] }], blocked);

    expect(blocked.status).toMatchObject({ stage: 'BLOCKED', resumeStage: 'PATCH_READY', awaiting: { reason: 'database-role' } });
    expect(nextStep(transition(blocked, { type: 'retry' }, 9_000))).toEqual({ kind: 'confirm-quorum' });
    expect(overtaken.status).toMatchObject({ stage: 'EXECUTING', awaiting: null });
    expect(lost.status).toMatchObject({ stage: 'PATCH_READY', awaiting: { kind: 'patch-approval' } });
  });

  it('that expires ends the request as failed', () => {
    const state = after([started, ended, { type: 'gate-expired', gateId: 'r1-g1' }]);

    expect(state.status).toMatchObject({ stage: 'FAILED', outcome: 'failed', reason: 'gate-expired' });
  });

  it('ignores a confirmation that chat overtook', () => {
    const state = after([started, ended, approve, chat(), confirmed]);

    expect(state.status).toMatchObject({ stage: 'EXECUTING', gate: { status: 'superseded' } });
  });
});

describe('trouble', () => {
  it('of a run blocks with the reason; retry carries the same words again', () => {
    const failedRun: RequestEvent = {
      type: 'run-ended',
      result: runResult({ status: 'failed', reason: 'agent-memory', message: 'out of memory at 4 GiB', checkpoint: null }),
    };
    const blocked = after([started, failedRun]);
    const retried = transition(blocked, { type: 'retry' }, 9_000);

    expect(blocked.status).toMatchObject({
      stage: 'BLOCKED',
      awaiting: { kind: 'retry', reason: 'agent-memory', message: 'out of memory at 4 GiB' },
    });
    expect(nextStep(blocked)).toEqual({ kind: 'wait', untilMs: null });
    expect(retried.pending.map((message) => message.messageId)).toEqual(['m1']);
    expect(nextStep(retried)).toEqual({ kind: 'run', purpose: 'implement' });
  });

  it('of a run after its work was stored leaves that to the next one', () => {
    const result = runResult({ status: 'failed', reason: 'internal', message: 'no checks', handledMessageIds: [] });
    const retried = after([started, { type: 'run-ended', result }, { type: 'retry' }]);

    expect(retried.status.checkpoint?.commit).toBe('c1');
    expect(retried.pending.map((message) => message.messageId)).toEqual(['m1']);
    expect(nextStep(retried)).toEqual({ kind: 'run', purpose: 'follow-up' });
  });

  it('of a run whose number one of before a reset had gives its words to the next number', () => {
    const state = after([started, chat(), { type: 'run-id-used', runId: 'r1-1' }]);
    const other = after([started, { type: 'run-id-used', runId: 'r1-9' }]);

    expect(state.status).toMatchObject({ stage: 'EXECUTING', activeRunId: null, runCount: 1, pendingMessageIds: ['m1', 'm2'] });
    expect(state).toMatchObject({ carried: [], gateCount: 1, reviewCount: 1 });
    expect(nextStep(state)).toEqual({ kind: 'run', purpose: 'implement' });
    expect(other.status.activeRunId).toBe('r1-1');
  });

  it('of publishing blocks and a retry publishes the same commit again', () => {
    const blocked = after([
      started,
      ended,
      ...reviewed,
      approve,
      confirmed,
      { type: 'step-failed', step: 'publish', code: 'remote-moved', message: 'moved' },
    ]);
    const retried = transition(blocked, { type: 'retry' }, 9_000);

    expect(blocked.status).toMatchObject({ stage: 'BLOCKED', awaiting: { reason: 'remote-moved' } });
    expect(nextStep(retried)).toEqual({ kind: 'publish' });
  });

  it('a question blocks, its answer goes on with the same run', () => {
    const asked = after([started, { type: 'question-asked', runId: 'r1-1', questionId: 'q', questions: [] }]);
    const answered = transition(asked, { type: 'question-answered' }, 9_000);

    expect(asked.status).toMatchObject({ stage: 'BLOCKED', resumeStage: 'EXECUTING', awaiting: { kind: 'answer', questionId: 'q' } });
    expect(answered.status).toMatchObject({ stage: 'EXECUTING', activeRunId: 'r1-1', awaiting: null });
  });

  it('a cancel during a run ends the request when the run has ended', () => {
    const cancelling = after([started, { type: 'cancel', reason: 'changed my mind' }]);
    const stopped = transition(
      cancelling,
      { type: 'run-ended', result: runResult({ status: 'cancelled', reason: 'cancelled', checkpoint: null }) },
      9_000,
    );

    expect(nextStep(stopped)).toEqual({ kind: 'cancel' });
    expect(transition(stopped, { type: 'cancelled' }, 9_001).status).toMatchObject({ stage: 'CANCELLED', outcome: 'cancelled' });
  });

  it('a closed request takes no event', () => {
    const closed = after([started, { type: 'run-ended', result: runResult({ unchanged: true }) }]);

    expect(transition(closed, chat(), 9_000)).toBe(closed);
  });
});

describe('changesBetween', () => {
  it('tells stage, gate and decision, each once', () => {
    const executing = after([started]);
    const ready = transition(executing, ended, 3_000);
    const voted = transition(ready, approve, 3_001);

    expect(changesBetween(executing, ready, 3_000).map((line) => line.type)).toEqual(['gate.opened', 'request.stage']);
    expect(changesBetween(ready, voted, 3_001).map((line) => line.type)).toEqual(['gate.decision']);
    expect(changesBetween(voted, voted, 3_002)).toEqual([]);
  });
});
