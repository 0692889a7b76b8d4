import { describe, expect, it } from '@jest/globals';
import type { Surroundings } from '../../supervisor/look-around.ts';
import { holdsOf, isolationProblems, withOwnCounters } from './judge.ts';

const good: Surroundings = {
  uid: 1000,
  effectiveCapabilities: '0000000000000000',
  boundingCapabilities: '0000000000000000',
  noNewPrivileges: true,
  seccomp: 2,
  interfaces: [],
  reached: [],
  writable: [],
  present: [],
  doorAnswers: true,
  programs: { git: 'git version 2.39.5', codex: 'codex-cli 0.169.0' },
  nestedProblem: null,
  memoryEventsFile: '/sys/fs/cgroup/memory.events',
  pidsEventsFile: '/sys/fs/cgroup/pids.events',
};

describe('isolationProblems', () => {
  it('has nothing against a container that isolates', () => {
    expect(isolationProblems(good, 'image:1')).toEqual([]);
  });

  it.each<[Partial<Surroundings>, string]>([
    [{ uid: 0 }, 'as root'],
    [{ effectiveCapabilities: '00000000a80425fb' }, 'capabilities'],
    [{ boundingCapabilities: '00000000a80425fb' }, 'capabilities'],
    [{ noNewPrivileges: false }, 'gain privileges'],
    [{ seccomp: 0 }, 'seccomp'],
    [{ interfaces: ['eth0'] }, 'a network (eth0)'],
    [{ reached: ['169.254.169.254:80'] }, 'reaches 169.254.169.254:80'],
    [{ writable: ['/usr'] }, 'write in /usr'],
    [{ present: ['/run/docker.sock'] }, 'sees /run/docker.sock'],
    [{ doorAnswers: false }, 'socket of the gateway'],
    [{ programs: { git: null, codex: 'codex-cli 0.169.0' } }, 'image:1 has no git'],
    [{ programs: { git: 'git version 2.39.5', codex: null } }, 'image:1 has no Codex CLI'],
    [{ nestedProblem: 'no permissions' }, 'allow unprivileged user namespaces'],
  ])('refuses %j', (change, words) => {
    expect(isolationProblems({ ...good, ...change }, 'image:1')).toEqual([expect.stringContaining(words)]);
  });

  it('takes root of a rootless daemon for the ordinary user that it is', () => {
    const capabilities = { effectiveCapabilities: '0000000080000000', boundingCapabilities: '0000000080000000' };
    const found = { ...good, ...capabilities, uid: 0 };

    expect(isolationProblems(found, 'image:1', { rootless: true })).toEqual([]);
    expect(isolationProblems(found, 'image:1')).toHaveLength(2);
    expect(isolationProblems({ ...found, effectiveCapabilities: '00000000a80425fb' }, 'image:1', { rootless: true })).toHaveLength(1);
  });
});

describe('withOwnCounters', () => {
  it('counts no refusals of a group that a daemon without limits did not make', () => {
    const facts = { version: '20.10', rootless: true, limitsMemory: false, limitsProcesses: true, limitsCpu: false, cpus: 2 };

    expect(withOwnCounters(good, facts)).toEqual({ ...good, memoryEventsFile: null });
    expect(withOwnCounters(good, { ...facts, limitsMemory: true, limitsProcesses: false })).toEqual({ ...good, pidsEventsFile: null });
  });
});

describe('holdsOf', () => {
  it('says who programs are in containers of a rootless daemon', () => {
    const facts = { version: '20.10', rootless: true, limitsMemory: false, limitsProcesses: false, limitsCpu: false, cpus: 2 };

    expect(holdsOf({ ...good, uid: 0 }, facts, 'watch', 'image:1')).toMatchObject({
      isolation: expect.stringContaining('rootless Docker 20.10'),
      user: expect.stringContaining('the one who runs AstraForge'),
    });
  });

  it('calls what the daemon does not limit watched or unlimited', () => {
    const facts = { version: '20.10', rootless: false, limitsMemory: false, limitsProcesses: false, limitsCpu: false, cpus: 2 };

    expect(holdsOf(good, facts, 'watch', 'image:1')).toMatchObject({
      memory: 'watchdog',
      processes: 'watchdog',
      cpu: 'not limited',
      disk: 'watchdog',
      image: 'image:1',
    });
  });
});
