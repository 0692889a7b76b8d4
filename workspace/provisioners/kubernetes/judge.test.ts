import { describe, expect, it } from '@jest/globals';
import type { V1ContainerState, V1Pod, V1PodStatus } from '@kubernetes/client-node';
import type { Surroundings } from '../../supervisor/look-around.ts';
import { allRun, podProblems, removalPatienceMs, startProblem, stateOf } from './judge.ts';

function pod(status: V1PodStatus, metadata: V1Pod['metadata'] = {}): V1Pod {
  return { metadata, status };
}

function container(name: string, state: V1ContainerState) {
  return { name, state, image: 'example.test/workspace:1', imageID: '', ready: false, restartCount: 0 };
}

const runs: V1ContainerState = { running: {} };
const spec = { nodeName: 'n1', containers: [] };
const now = new Date();

/** A Pod that the cluster says it disrupts. */
function disrupted(reason: string, message: string, status: V1PodStatus, metadata: V1Pod['metadata'] = {}): V1Pod {
  const conditions = [{ type: 'DisruptionTarget', status: 'True', reason, message }];
  return { ...pod({ ...status, conditions }, metadata), spec };
}

describe('the state of a workspace', () => {
  it.each<[string, V1Pod | null, object]>([
    ['no Pod', null, { status: 'gone', reason: null }],
    ['a Pod that runs', pod({ phase: 'Running', containerStatuses: [container('supervisor', runs)] }), { status: 'running' }],
    ['a Pod that is being removed', pod({ phase: 'Running' }, { deletionTimestamp: new Date() }), { status: 'exited' }],
    [
      'a supervisor that ended, whatever runs beside it',
      pod({ phase: 'Running', containerStatuses: [container('supervisor', { terminated: { exitCode: 137 } }), container('agent', runs)] }),
      { status: 'exited', exitCode: 137, reason: null },
    ],
    [
      'a container that took all memory',
      pod({ phase: 'Failed', containerStatuses: [container('supervisor', { terminated: { exitCode: 137, reason: 'OOMKilled' } })] }),
      { status: 'exited', reason: 'agent-memory' },
    ],
    [
      'a service that took all of its memory',
      pod({ phase: 'Failed', containerStatuses: [container('db-service', { terminated: { exitCode: 137, reason: 'OOMKilled' } })] }),
      { status: 'exited', reason: null },
    ],
    [
      'a Pod that was evicted for its disk',
      pod({ phase: 'Failed', reason: 'Evicted', message: 'Usage of EmptyDir volume "work" exceeds the limit "200Mi".' }),
      { status: 'exited', reason: 'agent-disk' },
    ],
    [
      'a Pod whose node is short of disk itself',
      disrupted('TerminationByKubelet', 'The node was low on resource: ephemeral-storage.', { phase: 'Failed', reason: 'Evicted' }),
      {
        status: 'exited',
        reason: null,
        lost: expect.stringMatching(/took its Pod from the node n1 \(TerminationByKubelet: The node was low/),
      },
    ],
    ['a Pod whose node is lost', pod({ phase: 'Unknown', reason: 'NodeLost' }), { status: 'exited', reason: null }],
    [
      'a Pod that was given up with its node',
      disrupted(
        'DeletionByTaintManager',
        'Taint manager: deleting due to NoExecute taint',
        { phase: 'Running' },
        { deletionTimestamp: now },
      ),
      { status: 'exited', reason: null, lost: expect.stringMatching(/^the node n1 was lost, .* \(Taint manager: deleting/) },
    ],
    [
      'a Pod that somebody deleted',
      { ...pod({ phase: 'Running' }, { deletionTimestamp: now }), spec },
      { status: 'exited', lost: 'its Pod on the node n1 was deleted' },
    ],
  ])('of %s', (_, found, expected) => {
    expect(stateOf(found)).toMatchObject(expected);
  });

  it('names no loss of a Pod that ended by itself', () => {
    expect(stateOf({ ...pod({ phase: 'Failed', reason: 'DeadlineExceeded' }), spec })).not.toHaveProperty('lost');
  });
});

describe('the removal of a Pod', () => {
  it.each<[string, V1Pod, number]>([
    ['is waited for while its node answers', pod({ phase: 'Running' }, { deletionTimestamp: now }), 30_000],
    [
      'is hardly waited for where the cluster gave its node up',
      disrupted('DeletionByTaintManager', '', {}, { deletionTimestamp: now }),
      3_000,
    ],
    ['is hardly waited for once it was asked for long ago', pod({}, { deletionTimestamp: new Date(now.getTime() - 60_000) }), 3_000],
    ['is waited for no longer where clocks differ', pod({}, { deletionTimestamp: new Date(now.getTime() + 300_000) }), 30_000],
  ])('%s', (_, found, expected) => {
    expect(removalPatienceMs(found, now.getTime())).toBe(expected);
  });
});

describe('why a Pod does not begin', () => {
  it('is told in the words of the scheduler', () => {
    const message = '0/1 nodes are available: 1 Insufficient memory.';
    const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }];

    const problem = startProblem(pod({ phase: 'Pending', conditions }));

    expect(problem).toMatchObject({ code: 'kubernetes-unschedulable', kind: 'transient', final: false });
    expect(problem?.text).toContain(message);
    expect(problem?.text).toContain('WORKSPACE_MEMORY_BYTES');
  });

  it.each([
    ['ImagePullBackOff', 'kubernetes-image', true],
    ['ErrImagePull', 'kubernetes-image', false],
    ['InvalidImageName', 'kubernetes-image', true],
    ['CreateContainerConfigError', 'kubernetes-container', true],
    ['RunContainerError', 'kubernetes-container', true],
  ])('is told of a container that waits for %s', (reason, code, final) => {
    const waiting = { reason, message: 'what the\nnode said' };

    const problem = startProblem(pod({ phase: 'Pending', containerStatuses: [container('agent', { waiting })] }));

    expect(problem).toMatchObject({ code, final });
    expect(problem?.text).toContain(`${reason}: what the node said`);
  });

  it('is nothing while images are looked at and containers are made', () => {
    const containerStatuses = [container('agent', { waiting: { reason: 'ContainerCreating' } })];

    expect(startProblem(pod({ phase: 'Pending', containerStatuses }))).toBeNull();
  });

  it('is told of a service by its name, and of its image in words that are known', () => {
    const waiting = { reason: 'ImagePullBackOff', message: 'Back-off: "words of a server": not found' };

    expect(startProblem(pod({ phase: 'Pending', containerStatuses: [container('db-service', { waiting })] }))).toEqual({
      ...{ kind: 'permanent', code: 'setup-failed', final: true },
      text: expect.stringMatching(
        /^the image example\.test\/workspace:1 of the service db cannot be had by the node \(ImagePullBackOff: not found\)\. /,
      ),
    });
  });

  it('is told of what it begins with', () => {
    const initContainerStatuses = [container('network', { waiting: { reason: 'ErrImageNeverPull' } })];

    expect(startProblem(pod({ phase: 'Pending', initContainerStatuses }))).toMatchObject({ code: 'kubernetes-image', final: true });
  });

  it('is told of a node that is lost meanwhile', () => {
    const lost = disrupted('DeletionByTaintManager', 'deleting', { phase: 'Pending' }, { deletionTimestamp: now });

    expect(startProblem(lost)).toMatchObject({ code: 'place-lost', kind: 'transient', final: true });
    expect(startProblem(lost)?.text).toContain('the node n1 was lost');
  });

  it('names what ended at once', () => {
    const containerStatuses = [container('supervisor', { terminated: { exitCode: 127, reason: 'Error' } })];

    expect(startProblem(pod({ phase: 'Failed', containerStatuses }))?.text).toContain('supervisor: Error, exit code 127');
  });
});

describe('a Pod that has begun', () => {
  it('runs all of its containers', () => {
    const all = ['supervisor', 'agent', 'reader'].map((name) => container(name, runs));

    expect(allRun(pod({ containerStatuses: all }))).toBe(true);
    expect(allRun(pod({ containerStatuses: all.slice(1) }))).toBe(false);
    expect(allRun(pod({ containerStatuses: [...all.slice(1), container('supervisor', { waiting: {} })] }))).toBe(false);
  });

  it('has started its services, whatever became of them since', () => {
    const all = ['supervisor', 'agent', 'reader'].map((name) => container(name, runs));
    const withService = (state: V1ContainerState) => pod({ containerStatuses: [...all, container('db-service', state)] });

    expect(allRun(withService(runs))).toBe(true);
    expect(allRun(withService({ terminated: { exitCode: 1 } }))).toBe(true);
    expect(allRun(withService({ waiting: {} }))).toBe(false);
  });
});

describe('the judgement of a cluster', () => {
  const good: Surroundings = {
    uid: 1000,
    effectiveCapabilities: '0000000000000000',
    boundingCapabilities: '0000000000000000',
    noNewPrivileges: true,
    seccomp: 2,
    interfaces: ['eth0'],
    reached: [],
    writable: [],
    present: [],
    doorAnswers: false,
    programs: { git: 'git version 2', codex: 'codex 1' },
    nestedProblem: null,
    memoryEventsFile: null,
    pidsEventsFile: null,
  };

  it('takes one that refuses everything', () => {
    expect(podProblems(good, 'image')).toEqual([]);
  });

  it.each<[Partial<Surroundings>, string]>([
    [{ reached: ['10.0.0.1:6443'] }, 'it reaches 10.0.0.1:6443, which its NetworkPolicy forbids'],
    [{ uid: 0 }, 'programs run as root'],
    [{ seccomp: 0 }, 'no seccomp filter'],
    [{ writable: ['/etc'] }, 'it can write in /etc'],
    [{ present: ['/var/run/secrets/kubernetes.io'] }, 'it sees /var/run/secrets/kubernetes.io'],
    [{ programs: { git: null, codex: 'codex 1' } }, 'has no git'],
  ])('refuses %j', (change, reason) => {
    expect(podProblems({ ...good, ...change }, 'image')).toEqual([expect.stringContaining(reason)]);
  });
});
