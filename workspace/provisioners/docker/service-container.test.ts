import { describe, expect, it } from '@jest/globals';
import { serviceOptions, serviceProblem } from './service-container.ts';
import type { ServiceImage } from './service-container.ts';

const service = { name: 'db', image: 'postgres:16', port: 5432, env: { POSTGRES_PASSWORD: 'a b=c' } };

describe('a daemon that limits', () => {
  it.each([
    ['everything', { limitsMemory: true, limitsProcesses: true }, null],
    ['no memory', { limitsMemory: false, limitsProcesses: true }, 'does not limit memory, and'],
    ['nothing', { limitsMemory: false, limitsProcesses: false }, 'does not limit memory and processes'],
  ])('%s is a place for services: %j, or not: %s', (_name, facts, problem) => {
    if (problem === null) expect(serviceProblem(facts)).toBeNull();
    else expect(serviceProblem(facts)).toContain(problem);
  });
});

function options(image: Partial<ServiceImage> = {}) {
  return serviceOptions({
    ...{ name: 'w.service.db', workspace: 'w', labels: { a: 'b' }, service, cpus: 1.5, hostsFile: '/s/w/service-hosts' },
    image: { id: 'sha256:1', volumes: ['/var/lib/postgresql/data'], user: '', ...image },
  });
}

describe('the container of a service', () => {
  it('has the loopback of its workspace, no other network and nothing of this machine', () => {
    const { HostConfig, Env, Image } = options();

    expect(HostConfig).toMatchObject({ NetworkMode: 'container:w', ReadonlyRootfs: true, IpcMode: 'private' });
    expect(HostConfig?.Mounts).toMatchObject([{ Source: '/s/w/service-hosts', Target: '/etc/hosts', ReadOnly: true }]);
    expect(HostConfig).not.toHaveProperty('Binds');
    expect(HostConfig).not.toHaveProperty('PortBindings');
    expect(HostConfig?.Privileged ?? false).toBe(false);
    expect([Env, Image]).toEqual([['POSTGRES_PASSWORD=a b=c'], 'sha256:1']);
  });

  it('can give root up and gain nothing', () => {
    expect(options().HostConfig).toMatchObject({
      CapDrop: ['ALL'],
      CapAdd: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETGID', 'SETUID'],
      SecurityOpt: ['no-new-privileges'],
    });
  });

  it('has limits on memory without swap, processes and processors', () => {
    const { HostConfig } = options();

    expect(HostConfig).toMatchObject({ Memory: 1024 ** 3, MemorySwap: 1024 ** 3, PidsLimit: 512, NanoCpus: 1.5e9 });
  });

  it.each([
    ['', 'mode=1777'],
    ['redis', 'mode=1777'],
    ['999', 'mode=0755,uid=999,gid=999'],
    ['1001:0', 'mode=0755,uid=1001,gid=0'],
    ['1001:staff', 'mode=0755,uid=1001,gid=1001'],
  ])('writes only in sized folders, as %j: %s', (user, owner) => {
    const scratch = `rw,nosuid,nodev,size=${512 * 1024 ** 2},${owner}`;

    expect(options({ user }).HostConfig?.Tmpfs).toEqual({ '/tmp': scratch, '/run': scratch, '/var/lib/postgresql/data': scratch });
  });
});
