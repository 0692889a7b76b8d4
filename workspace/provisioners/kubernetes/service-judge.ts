import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import { normalize } from 'node:path/posix';
import { DomainError } from '../../../workflows/contracts/errors.ts';
import { repository } from '../../image/recipe.ts';
import { printable } from '../printable.ts';
import { beginProblem, serviceImageProblem, statusOf } from './judge.ts';
import type { StartProblem } from './judge.ts';
import { mountPoint, uncountedMounts } from './mounts.ts';
import { subjectOf } from '../service-rules.ts';
import { serviceContainer } from './layout.ts';
import type { ReadyService, ServiceImage } from './service-parts.ts';
import { readerName, readerSource, trialContainers } from './trial-pod.ts';

const passwdChars = 16 * 1024;
const maxVolumes = 16;
/** Of the kernel, or of the node; no volume of a service is in one of them. */
const notForVolumes = ['/proc', '/sys', '/dev', '/etc/passwd', '/etc/hosts', '/etc/hostname', '/etc/resolv.conf'];

/**
 * What our program printed of these files in the container of a trial: /proc/self/mountinfo, /proc/self/status, /etc/passwd. Empty:
 * nothing.
 */
export interface Told {
  mountinfo: string;
  status: string;
  passwd: string;
}

/**
 * What an image is like, of what was told in the container `name` of its trial. Null when that says nothing. DomainError `setup-failed`
 * names volumes that nobody mounts. Pure.
 */
export function imageOf({ mountinfo, status, passwd }: Told, pod: V1Pod, name: string): ServiceImage | null {
  const id = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? Number.NaN);
  const [uid, gid] = [id('Uid'), id('Gid')];
  if (mountinfo === '' || Number.isNaN(uid) || Number.isNaN(gid)) return null;
  const volumes = uncountedMounts(mountinfo, pod, name).map(mountPoint);
  const problem = volumesProblem(volumes);
  const image = pod.spec?.containers.find((container) => container.name === name)?.image ?? '';
  if (problem !== null)
    throw new DomainError(
      'permanent',
      'setup-failed',
      `workspace: the image ${image} of a service ${problem}; name another one in the project`,
    );
  return { id: statusOf(pod, name)?.imageID ?? '', uid, gid, volumes, passwd: passwdWith(passwd, uid, gid) };
}

function volumesProblem(volumes: readonly string[]): string | null {
  if (volumes.length > maxVolumes) return `declares ${volumes.length} volumes, and on Kubernetes a service may have ${maxVolumes}`;
  const odd = volumes.find((path) => !mayBeMounted(path));
  return odd === undefined ? null : `declares the volume ${printable(odd)}, where on Kubernetes no service may have one`;
}

/** A colon no cluster takes in a path. */
function mayBeMounted(path: string): boolean {
  const isPlain = /^\/[^:]+$/.test(path) && normalize(path) === path && !path.endsWith('/');
  return isPlain && !notForVolumes.some((folder) => path === folder || path.startsWith(`${folder}/`));
}

/** Programs ask for the name of their user, and some end when it has none. */
function passwdWith(passwd: string, uid: number, gid: number): string | null {
  const hasUser = passwd.split('\n').some((line) => line.split(':')[2] === String(uid));
  if (hasUser || passwd.length > passwdChars) return null;
  return `${passwd}service:x:${uid}:${gid}:service:/tmp:/bin/sh\n`;
}

/**
 * Which container of a trial shows its image: of its own user where that is a number and not root's, else of ours. Undefined: none as yet.
 * Pure.
 */
export function shownBy(pod: V1Pod): string | undefined {
  const own = statusOf(pod, trialContainers.own);
  if (own?.state?.running) return trialContainers.own;
  return isForRoot(own) && statusOf(pod, trialContainers.given)?.state?.running ? trialContainers.given : undefined;
}

/** A node starts nothing as root here, nor as a user of whom it knows only a name. */
function isForRoot(status: V1ContainerStatus | undefined): boolean {
  return /non-?root/i.test(status?.state?.waiting?.message ?? '');
}

/** Why a trial does not begin; null: nothing is wrong as far as one can see. Pure. */
export function trialProblem(pod: V1Pod, wanted: string, image: string): StartProblem | null {
  const maker = pod.status?.initContainerStatuses?.find(({ name }) => name === readerName);
  if (maker?.state?.terminated && maker.state.terminated.exitCode !== 0) {
    const text = `the image ${maker.image} of workspaces has no ${readerSource}, by which images of services are tried; build it on ${repository} and set WORKSPACE_IMAGE`;
    return { kind: 'permanent', code: 'kubernetes-container', text, final: true };
  }
  const own = statusOf(pod, trialContainers.own);
  const shown = isForRoot(own) ? statusOf(pod, trialContainers.given) : own;
  const ended = shown?.state?.terminated;
  if (!ended) return beginProblem(pod, (trouble) => serviceImageProblem(wanted, image, trouble), shown);
  const text = `the image ${image} of ${wanted} shows nothing of itself: no program starts in it (${printable(ended.message ?? ended.reason ?? '')}). Name another one`;
  return { kind: 'permanent', code: 'setup-failed', text, final: true };
}

/** DomainError `setup-failed` of a service of whose image its node has another than was tried; null: it is that. Pure. */
export function otherImage(pod: V1Pod, { spec, image }: ReadyService): DomainError | null {
  const found = statusOf(pod, serviceContainer(spec.name))?.imageID ?? '';
  if (found !== '' && found === image.id) return null;
  const text = `workspace: the service ${subjectOf(spec)} runs ${printable(found) || 'an unknown image'}, and ${printable(image.id)} was tried; the next attempt tries it again. Where nodes know different images by a name, name it by digest`;
  return new DomainError('transient', 'setup-failed', text);
}
