import { describe, expect, it } from '@jest/globals';
import { podLabels } from './names.ts';
import { workspacePod } from './pod.ts';
import type { ReadyService, ServiceImage } from './service-parts.ts';
import { printFile, trialPod } from './trial-pod.ts';

const mebibyte = 1024 ** 2;
const server = 'https://10.0.0.1:6443';

function service(name: string, image: Partial<ServiceImage> = {}, env: Record<string, string> = {}): ReadyService {
  return {
    spec: { name, image: 'postgres:16', port: 5432, env },
    image: { id: 'sha256:1', uid: 999, gid: 998, volumes: ['/var/lib/postgresql/data'], passwd: null, ...image },
  };
}

function spec(...services: ReadyService[]) {
  return workspacePod({
    ...{ name: 'w', image: 'example.test/workspace:1', labels: podLabels('i1', 'workspace'), annotations: {}, cpus: 1.5, server, services },
    ...{ runtimeClass: undefined, deadlineSeconds: 60, supervisorBytes: 1 },
    limits: { memoryBytes: 512 * mebibyte, diskBytes: 100 * mebibyte, processes: 64, outputBytes: 0 },
  }).spec;
}

function containerOf(name: string, ...services: ReadyService[]) {
  return spec(...services)?.containers.find((container) => container.name === name);
}

const unprivileged = {
  ...{ allowPrivilegeEscalation: false, privileged: false, readOnlyRootFilesystem: true },
  capabilities: { drop: ['ALL'] },
};

describe('the Pod of a workspace with services', () => {
  it('has a container for each, as the user of its image, with no privilege, account or process of the others', () => {
    const found = spec(service('db'), service('cache'));

    expect(found?.containers.map(({ name }) => name)).toEqual(['supervisor', 'agent', 'reader', 'db-service', 'cache-service']);
    expect(found).toMatchObject({ automountServiceAccountToken: false, securityContext: { runAsNonRoot: true } });
    expect(found).not.toHaveProperty('shareProcessNamespace');
    expect(found?.containers[3]?.securityContext).toEqual({ ...unprivileged, runAsUser: 999, runAsGroup: 998 });
    for (const container of found?.initContainers ?? []) expect(container.securityContext).toMatchObject(unprivileged);
  });

  it('shows a service no folder of the workspace, and the workspace none of a service', () => {
    const found = spec(service('db'));
    const mounted = (name: string) => found?.containers.find((one) => one.name === name)?.volumeMounts?.map((mount) => mount.name) ?? [];

    expect(mounted('db-service')).toHaveLength(4);
    for (const own of ['supervisor', 'agent', 'reader'])
      expect(mounted(own).filter((volume) => mounted('db-service').includes(volume))).toEqual([]);
  });

  it('lets it write in folders of memory with a size alone, which are its user’s', () => {
    const found = spec(service('db'));
    const maker = found?.initContainers?.find(({ name }) => name === 'db-service-folders');
    const sizes = new Map(found?.volumes?.map(({ name, emptyDir }) => [name, [emptyDir?.medium, Number(emptyDir?.sizeLimit) / mebibyte]]));
    const mounts = found?.containers[3]?.volumeMounts ?? [];

    expect(mounts.map(({ name, mountPath, subPath }) => [mountPath, subPath, ...(sizes.get(name) ?? [])])).toEqual([
      ['/tmp', 'own', 'Memory', 512],
      ['/run', 'own', 'Memory', 512],
      ['/var/lib/postgresql/data', 'own', 'Memory', 512],
      ['/dev/shm', 'own', 'Memory', 128],
    ]);
    expect(maker?.securityContext).toMatchObject({ runAsUser: 999, runAsGroup: 998 });
    expect(maker?.args).toEqual(['sh', ...mounts.map(({ name }) => name)]);
  });

  it('limits its memory, processors and disk', () => {
    expect(containerOf('db-service', service('db'))?.resources?.limits).toEqual({
      ...{ cpu: '1500m', memory: String(1024 * mebibyte) },
      'ephemeral-storage': String(128 * mebibyte),
    });
  });

  it('promises it a share of that on its node', () => {
    expect(containerOf('db-service', service('db'))?.resources?.requests).toMatchObject({ cpu: '38m', memory: String(256 * mebibyte) });
  });

  it('gives it a name for its user where its image has none', () => {
    const named = service('db', { passwd: 'root:x:0:0::/:/bin/sh\nservice:x:999:998:service:/tmp:/bin/sh\n' });
    const maker = spec(named)?.initContainers?.find(({ name }) => name === 'db-service-folders');

    expect(containerOf('db-service', named)?.volumeMounts?.at(-1)).toMatchObject({ mountPath: '/etc/passwd', readOnly: true });
    expect(maker?.env?.find(({ name }) => name === 'USERS')?.value).toBe(named.image.passwd);
  });

  it.each([
    ['plain', 'plain'],
    ['$(PATH)', '$$(PATH)'],
    ['$$', '$$$$'],
  ])('hands %j over as it is: a cluster would replace what looks like a variable', (value, written) => {
    expect(containerOf('db-service', service('db', {}, { A: value }))?.env).toEqual([{ name: 'A', value: written }]);
  });

  it('starts nothing of a service before it was tried that nothing is reached', () => {
    const [first, ...others] = spec(service('db'))?.initContainers ?? [];

    expect(first).toMatchObject({ name: 'network', image: 'example.test/workspace:1' });
    expect(first?.command).toEqual(expect.arrayContaining(['10.0.0.1:6443', '169.254.169.254:80', '1.1.1.1:443']));
    expect(first?.env?.at(-1)?.valueFrom?.fieldRef?.fieldPath).toBe('status.hostIP');
    expect(others.map(({ image }) => image)).toEqual(['example.test/workspace:1']);
  });

  it('knows services by their names, but for those that no hosts file may have', () => {
    expect(spec(service('db'), service('odd-'))?.hostAliases).toEqual([{ ip: '127.0.0.1', hostnames: ['db'] }]);
    expect(containerOf('odd--service', service('odd-'))).toBeDefined();
  });

  it('has nothing of all that without services', () => {
    expect(spec()).toMatchObject({ initContainers: [], hostAliases: [] });
    expect(spec()?.containers).toHaveLength(3);
  });
});

describe('the Pod of a trial', () => {
  const trial = trialPod({
    ...{ name: 't', labels: podLabels('i1', 'probe'), image: 'postgres:16', ownImage: 'example.test/workspace:1', server },
    ...{ runtimeClass: 'gvisor', deadlineSeconds: 600 },
  });

  it('runs a program of ours alone, as whom it names and as ours, without privilege, account or a folder to write in', () => {
    expect(trial.spec).toMatchObject({ runtimeClassName: 'gvisor', automountServiceAccountToken: false, restartPolicy: 'Never' });
    expect(trial.spec?.securityContext).toEqual({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(trial.spec?.containers.map(({ securityContext }) => securityContext)).toEqual([
      unprivileged,
      { ...unprivileged, runAsUser: 1000, runAsGroup: 1000 },
    ]);
    for (const { command, volumeMounts } of trial.spec?.containers ?? []) {
      expect(command?.[0]).toBe('/.t/rg');
      expect(volumeMounts).toEqual([{ name: 'reader', mountPath: '/.t', readOnly: true }]);
    }
    expect(printFile('t', '/etc/passwd').at(0)).toBe('/.t/rg');
  });

  it('has that program where no image can have put a link', () => {
    const other = trialPod({
      ...{ name: 'u', labels: {}, image: 'postgres:16', ownImage: 'example.test/workspace:1', server },
      ...{ runtimeClass: undefined, deadlineSeconds: 600 },
    });

    expect(other.spec?.containers.map(({ command }) => command?.[0])).toEqual(['/.u/rg', '/.u/rg']);
  });

  it('begins with the proof that nothing is reached', () => {
    expect(trial.spec?.initContainers?.map(({ name, image }) => [name, image])).toEqual([
      ['network', 'example.test/workspace:1'],
      ['reader', 'example.test/workspace:1'],
    ]);
  });
});
