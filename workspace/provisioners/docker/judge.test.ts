import { describe, expect, it } from '@jest/globals';
import type { Surroundings } from '../../supervisor/look-around.ts';
import { holdsOf, isolationProblems } from './judge.ts';

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
});

describe('holdsOf', () => {
  it('calls what the daemon does not limit watched or unlimited', () => {
    const facts = { version: '20.10', limitsMemory: false, limitsProcesses: false, limitsCpu: false, cpus: 2 };

    expect(holdsOf(good, facts, 'watch', 'image:1')).toMatchObject({
      memory: 'watchdog',
      processes: 'watchdog',
      cpu: 'not limited',
      disk: 'watchdog',
      image: 'image:1',
    });
  });
});
