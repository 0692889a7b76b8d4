import { describe, expect, it } from '@jest/globals';
import { containerOptions, cpusOf } from './container.ts';
import type { ContainerFiles } from './container.ts';
import { containerName, installationOf } from './names.ts';
import { ownFiles } from './remote/files.ts';
import { sharedFiles } from './shared/files.ts';

const folders = {
  privateDir: '/s/w/private',
  gitDir: '/s/w/git',
  checkoutDir: '/s/w/disk/checkout',
  gatewayDir: '/s/door-1',
  bundlePath: '/s/supervisor.mjs',
};
const limits = { memoryBytes: 4 * 1024 ** 3, diskBytes: 8 * 1024 ** 3, processes: 512, outputBytes: 1024 };

function options(
  change: { withoutAppArmor?: boolean; user?: number } = {},
  cpus: number | null = 1.5,
  files: ContainerFiles = sharedFiles(folders),
) {
  return containerOptions({
    name: 'astraforge-i-w',
    image: 'image:1',
    labels: { a: 'b' },
    kind: { user: 1000, withoutAppArmor: false, ...change },
    files,
    limits,
    cpus,
    args: ['/run/astraforge/place.json'],
  });
}

describe('containerOptions', () => {
  it('leaves a container no network, no capability, no new privilege and a read-only root, as an ordinary user', () => {
    const made = options();

    expect(made).toMatchObject({ User: '1000:1000', NetworkDisabled: true });
    expect(made.HostConfig).toMatchObject({ NetworkMode: 'none', ReadonlyRootfs: true, CapDrop: ['ALL'], IpcMode: 'private' });
    expect(made.HostConfig?.SecurityOpt).toEqual(['no-new-privileges', expect.stringMatching(/^seccomp=\{/)]);
    expect(made.HostConfig?.Privileged ?? false).toBe(false);
    expect(made.HostConfig?.Binds ?? []).toEqual([]);
  });

  it('of a rootless daemon has the one capability that the sandbox inside needs, and no limit that the daemon cannot keep', () => {
    const { HostConfig } = options({ user: 0 }, null);

    expect(HostConfig).toMatchObject({ CapDrop: ['ALL'], CapAdd: ['SETFCAP'] });
    expect(HostConfig).not.toHaveProperty('NanoCpus');
    expect(options().HostConfig).not.toHaveProperty('CapAdd');
  });

  it('limits memory without swap, processes, processors and both scratch folders', () => {
    const { HostConfig } = options();

    expect(HostConfig).toMatchObject({
      Memory: limits.memoryBytes,
      MemorySwap: limits.memoryBytes,
      PidsLimit: 544,
      NanoCpus: 1_500_000_000,
    });
    expect(HostConfig?.Tmpfs?.['/tmp']).toContain('size=2147483648');
    expect(HostConfig?.Tmpfs?.['/home']).toContain('size=2147483648');
  });

  it('shares the five folders of the workspace and nothing else, what belongs to others read-only', () => {
    const mounts = options().HostConfig?.Mounts ?? [];

    expect(mounts.map(({ Source, Target, ReadOnly }) => [Source, Target, ReadOnly])).toEqual([
      [folders.privateDir, '/run/astraforge', false],
      [folders.gitDir, '/var/lib/astraforge/git', false],
      [folders.checkoutDir, '/workspace', false],
      [folders.gatewayDir, '/run/gw', true],
      [folders.bundlePath, '/opt/astraforge/supervisor.mjs', true],
    ]);
  });

  it('of a daemon without our files has volumes without a name, and nothing else; all the rest is the same', () => {
    const { HostConfig, ...remote } = options({}, 1.5, ownFiles([], { c: 'd' }));
    const { HostConfig: here, ...shared } = options();
    const { Mounts, PidsLimit, ExtraHosts, ...rest } = HostConfig ?? {};

    expect(Mounts?.map(({ Type, Source, Target }) => [Type, Source, Target])).toEqual([
      ['volume', '', '/run/astraforge'],
      ['volume', '', '/var/lib/astraforge/git'],
      ['volume', '', '/workspace'],
    ]);
    expect(Mounts?.map(({ VolumeOptions }) => VolumeOptions?.Labels)).toEqual([{ c: 'd' }, { c: 'd' }, { c: 'd' }]);
    expect(ExtraHosts).toEqual(['workspace:127.0.0.1']);
    expect({ ...here, ...rest }).toEqual(here);
    expect(PidsLimit).toBeGreaterThan(here?.PidsLimit ?? 0);
    expect(remote).toEqual({
      ...shared,
      NetworkDisabled: false,
      Entrypoint: ['/opt/astraforge/bin/node', '/run/astraforge/supervisor.mjs'],
    });
  });

  it('with services of such a daemon differs by their names alone, so that it is what was tried', () => {
    const { HostConfig, ...made } = options({}, 1.5, ownFiles(['db', 'cache'], { c: 'd' }));
    const { HostConfig: tried, ...rest } = options({}, 1.5, ownFiles([], { c: 'd' }));

    expect(HostConfig).toEqual({ ...tried, ExtraHosts: ['workspace:127.0.0.1', 'db:127.0.0.1', 'cache:127.0.0.1'] });
    expect(HostConfig).toMatchObject({ NetworkMode: 'none' });
    expect(made).toEqual(rest);
  });

  it('puts no value into the environment that this machine has', () => {
    expect(options().Env?.map((entry) => entry.split('=')[0])).toEqual(['PATH', 'HOME', 'LANG']);
  });

  it('goes without AppArmor only where that was found to be needed', () => {
    expect(options({ withoutAppArmor: true }).HostConfig?.SecurityOpt).toContain('apparmor=unconfined');
  });
});

describe('cpusOf', () => {
  it('asks for no more than there are, and for none where they are not limited', () => {
    expect(cpusOf(4, { limitsCpu: true, cpus: 2 })).toBe(2);
    expect(cpusOf(1.5, { limitsCpu: true, cpus: 2 })).toBe(1.5);
    expect(cpusOf(1.5, { limitsCpu: false, cpus: 2 })).toBeNull();
  });
});

describe('containerName', () => {
  it('is the same for a workspace each time, and another one for another installation', () => {
    const name = containerName(installationOf('/srv/a/containers'), 'run-1-a1');

    expect(containerName(installationOf('/srv/a/containers'), 'run-1-a1')).toBe(name);
    expect(containerName(installationOf('/srv/b/containers'), 'run-1-a1')).not.toBe(name);
    expect(name).toMatch(/^astraforge-[0-9a-f]{12}-run-1-a1$/);
  });
});
