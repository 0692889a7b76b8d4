import { describe, expect, it } from '@jest/globals';
import type { V1ContainerState, V1Pod } from '@kubernetes/client-node';
import { imageOf, otherImage, shownBy, trialProblem } from './service-judge.ts';
import { trialPod } from './trial-pod.ts';

const mountinfo = String.raw`174 89 0:58 / / ro,relatime - overlay overlay rw
190 174 254:0 /containers/8/volumes/9a /var/lib/postgresql/data rw,relatime - ext4 /dev/vda rw
191 174 254:0 /containers/8/volumes/9b /my\040data rw,relatime - ext4 /dev/vda rw
194 174 254:0 /pods/3/etc-hosts /etc/hosts rw,relatime - ext4 /dev/vda rw
`;
const status = 'Name:\tsh\nUid:\t999\t999\t999\t999\nGid:\t998\t998\t998\t998\n';
const root = 'root:x:0:0:root:/root:/bin/sh\n';

const trial = trialPod({
  ...{ name: 't', labels: {}, image: 'postgres:16', ownImage: 'example.test/workspace:1', server: 'https://10.0.0.1:6443' },
  ...{ runtimeClass: undefined, deadlineSeconds: 600 },
});

/** A trial whose containers are so; the guard before them is over. */
function seen(own: V1ContainerState, given: V1ContainerState, guard: V1ContainerState = { terminated: { exitCode: 0 } }): V1Pod {
  const container = (name: string, state: V1ContainerState) => ({
    name,
    state,
    image: 'postgres:16',
    imageID: '',
    ready: false,
    restartCount: 0,
  });
  return {
    ...trial,
    status: {
      phase: 'Pending',
      initContainerStatuses: [container('network', guard)],
      containerStatuses: [container('own', own), container('given', given)],
    },
  };
}

const runs: V1ContainerState = { running: {} };
const comes: V1ContainerState = { waiting: { reason: 'ContainerCreating' } };
const rootOnly: V1ContainerState = {
  waiting: { reason: 'CreateContainerConfigError', message: 'container has runAsNonRoot and image will run as root (pod: "t")' },
};
const nameOnly: V1ContainerState = {
  waiting: {
    reason: 'CreateContainerConfigError',
    message: 'container has runAsNonRoot and image has non-numeric user (redis), cannot verify user is non-root',
  },
};

describe('what is told in a trial', () => {
  it('says whom the image runs as, and which volumes it declares', () => {
    const passwd = `${root}postgres:x:999:998::/:/bin/sh\n`;

    expect(imageOf({ mountinfo, status, passwd }, trial, 'own')).toEqual({
      ...{ id: '', uid: 999, gid: 998, passwd: null },
      volumes: ['/var/lib/postgresql/data', '/my data'],
    });
  });

  it.each([
    ['lists others', root],
    ['is missing', ''],
    ['lists one whose group is that number', `${root}postgres:x:70:999::/:/bin/sh\n`],
  ])('has the user added to a list of users that %s', (_what, passwd) => {
    expect(imageOf({ mountinfo, status, passwd }, trial, 'own')?.passwd).toBe(`${passwd}service:x:999:998:service:/tmp:/bin/sh\n`);
  });

  it.each([{ mountinfo: '' }, { status: '' }, { status: 'Name:\tsh\n' }])('is no answer when parts of it are missing: %j', (missing) => {
    expect(imageOf({ mountinfo, status, passwd: root, ...missing }, trial, 'own')).toBeNull();
  });
});

describe('volumes that an image declares', () => {
  const told = (...paths: string[]) =>
    imageOf(
      { mountinfo: paths.map((path) => `190 174 254:0 /volumes/9a ${path} rw - ext4 /dev/vda rw\n`).join(''), status, passwd: root },
      ...([trial, 'own'] as const),
    );
  const many = (count: number) => Array.from({ length: count }, (_, at) => `/v${at}`);

  it('are taken up to sixteen', () => {
    expect(told(...many(16))?.volumes).toHaveLength(16);
    expect(() => told(...many(1500))).toThrow(
      expect.objectContaining({
        ...{ kind: 'permanent', code: 'setup-failed' },
        message: expect.stringMatching(/the image postgres:16 of a service declares 1500 volumes, .* may have 16; name another one/),
      }),
    );
  });

  it.each(['/da:ta', '/data/../x', '/..', 'data', '/data/', '//data', '/dev/more', '/sys', '/proc', '/etc/passwd', '/da\\072ta'])(
    'are not taken at %s',
    (path) => {
      expect(() => told('/data', path)).toThrow(
        expect.objectContaining({ code: 'setup-failed', message: expect.stringContaining('where on Kubernetes no service may have one') }),
      );
    },
  );

  it.each(['/data', '/devices', '/etc/postgres', '/a/..b'])('are taken at %s', (path) => {
    expect(told(path)?.volumes).toEqual([path]);
  });
});

describe('a trial', () => {
  it.each<[string, V1ContainerState, V1ContainerState, string | undefined]>([
    ['as the user of the image', runs, comes, 'own'],
    ['as ours where that is root', rootOnly, runs, 'given'],
    ['as ours where that is a name alone', nameOnly, runs, 'given'],
    ['not yet while the one is made', comes, runs, undefined],
    ['not yet while the other is made', rootOnly, comes, undefined],
  ])('shows its image %s', (_what, own, given, name) => {
    expect(shownBy(seen(own, given))).toBe(name);
    expect(trialProblem(seen(own, given), 'the service db', 'postgres:16')).toBeNull();
  });

  it('whose workspace’s image lacks our program says so', () => {
    const pod = seen(comes, comes);
    const ended = { name: 'reader', image: 'example.test/workspace:1', imageID: '', ready: false, restartCount: 0 };
    pod.status?.initContainerStatuses?.push({ ...ended, state: { terminated: { exitCode: 1 } } });

    expect(trialProblem(pod, 'the service db', 'postgres:16')).toMatchObject({
      ...{ kind: 'permanent', code: 'kubernetes-container', final: true },
      text: expect.stringMatching(/workspace:1 of workspaces has no \/opt\/astraforge\/codex\/codex-path\/rg/),
    });
  });

  it.each<[string, V1Pod, object]>([
    [
      'whose image is nowhere',
      seen({ waiting: { reason: 'ImagePullBackOff', message: 'Back-off: secret words: manifest unknown' } }, comes),
      {
        kind: 'permanent',
        code: 'setup-failed',
        final: true,
        text: expect.stringMatching(
          /postgres:16 of the service db cannot be had by the node \(ImagePullBackOff: manifest unknown\)\. Push/,
        ),
      },
    ],
    [
      'whose registry may answer later',
      seen({ waiting: { reason: 'ErrImagePull', message: 'connection refused' } }, comes),
      { kind: 'transient', code: 'setup-failed', final: false },
    ],
    [
      'whose image is for other machines',
      seen({ terminated: { exitCode: 128, reason: 'StartError', message: 'exec format error' } }, runs),
      { kind: 'permanent', code: 'setup-failed', text: expect.stringMatching(/no program starts in it \(exec format error\)/) },
    ],
    [
      'whose image has none for us',
      seen(rootOnly, { terminated: { exitCode: 128, reason: 'StartError' } }),
      { kind: 'permanent', text: expect.stringContaining('(StartError)') },
    ],
    [
      'in a cluster that enforces no policy',
      seen(comes, comes, { terminated: { exitCode: 1, message: '10.0.0.1:6443' } }),
      { kind: 'permanent', code: 'isolation', text: expect.stringMatching(/it reaches 10\.0\.0\.1:6443, which its NetworkPolicy forbids/) },
    ],
  ])('%s is told so', (_what, pod, expected) => {
    expect(trialProblem(pod, 'the service db', 'postgres:16')).toMatchObject(expected);
  });
});

describe('what runs as a service', () => {
  const service = {
    spec: { name: 'db', image: 'postgres:16', port: 5432, env: {} },
    image: { id: 'sha256:1', uid: 999, gid: 998, volumes: [], passwd: null },
  };
  const running = (imageID: string): V1Pod => ({
    status: { containerStatuses: [{ name: 'db-service', image: 'postgres:16', imageID, ready: true, restartCount: 0, state: runs }] },
  });

  it('is the image that was tried', () => {
    expect(otherImage(running('sha256:1'), service)).toBeNull();
  });

  it.each([
    [running('sha256:2'), 'runs sha256:2, and sha256:1 was tried'],
    [running(''), 'runs an unknown image'],
    [{}, 'runs an unknown image'],
  ])('is refused when it is another one', (pod, words) => {
    expect(otherImage(pod, service)).toMatchObject({ kind: 'transient', code: 'setup-failed', message: expect.stringContaining(words) });
  });

  it('is refused when nobody knows what was tried', () => {
    expect(otherImage(running(''), { ...service, image: { ...service.image, id: '' } })).not.toBeNull();
  });
});
